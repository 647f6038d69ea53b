"""What Microsoft Graph says of calendars, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "the server gave a series as one entry, and not each time that it takes place: see that the endpoint is "
    "Microsoft Graph's, and that nothing on the way changes what is asked": (
        "servern lämnade en serie som en enda post och inte varje gång den äger rum: se till att endpoint är "
        "Microsoft Graphs och att inget på vägen ändrar det som frågas"
    ),
    "no subject is told: where the application has Calendars.ReadBasic.All, give it in its place the role Application "
    "Calendars.Read in Exchange Online, over a scope of mailboxes (way A of docs/exchange-online.md); where it has that, "
    "see that no rule takes the subjects away (Get-CalendarProcessing: DeleteSubject)": (
        "inget ämne lämnas ut: om programmet har Calendars.ReadBasic.All, ge det i stället rollen Application "
        "Calendars.Read i Exchange Online, över en omfattning av postlådor (väg `A` i docs/exchange-online.md); om det har "
        "den, se till att ingen regel tar bort ämnena (Get-CalendarProcessing: DeleteSubject)"
    ),
    "see what stands between this machine and Microsoft Graph: the answer holds no calendar": (
        "se vad som står mellan den här maskinen och Microsoft Graph: svaret innehåller ingen kalender"
    ),
    "the link to the calendar's next page leads away from Microsoft Graph, and is not followed": (
        "länken till kalenderns nästa sida leder bort från Microsoft Graph och följs inte"
    ),
    "the link to the calendar's next page leads to something else than this calendar, and is not followed": (
        "länken till kalenderns nästa sida leder till något annat än den här kalendern och följs inte"
    ),
    "Microsoft Graph told of an error beside the calendar's events: it may have more of them": (
        "Microsoft Graph uppgav ett fel jämte kalenderns händelser: den kan ha fler"
    ),
    "Microsoft Graph gave the same page of the calendar again and again, and not the rest": (
        "Microsoft Graph lämnade samma sida av kalendern om och om igen och inte resten"
    ),
    "the calendar has more than {most} pages: the others are not looked at": (
        "kalendern har fler än {most} sidor: de övriga läses inte"
    ),
    "a page of the calendar could not be read: {problem}": "en sida av kalendern kunde inte läsas: {problem}",
    "it does not say whose word it is: it has neither responseStatus nor isOrganizer": (
        "den säger inte vems ord det är: den har varken responseStatus eller isOrganizer"
    ),
    "by a consent in Entra the application may read whole entries in every mailbox of the organisation ({roles}), "
    "whatever scope RBAC for Applications gives it": (
        "genom ett medgivande i Entra får programmet läsa hela poster i organisationens alla postlådor ({roles}), "
        "vilken omfattning RBAC for Applications än ger det"
    ),
    "by consents in Entra the application has rights that are not needed ({roles})": (
        "genom medgivanden i Entra har programmet rättigheter som inte behövs ({roles})"
    ),
    "take them back in Entra (Enterprise apps, the application, Permissions); where another program needs them, let "
    "each have an application of its own": (
        "ta tillbaka dem i Entra (Enterprise apps, programmet, Permissions); om ett annat program behöver dem, låt dem "
        "ha var sin programregistrering"
    ),
    "take that consent back: a scope of mailboxes in Exchange, or Calendars.ReadBasic.All in Entra where subjects "
    "arrive with it, is enough (docs/exchange-online.md has both, and how to prove them)": (
        "ta tillbaka medgivandet: en omfattning av postlådor i Exchange räcker, eller Calendars.ReadBasic.All i Entra "
        "om ämnena lämnas ut med den (docs/exchange-online.md har båda och hur de bevisas)"
    ),
    "it has neither iCalUId nor id": "den har varken iCalUId eller id",
    "it is no event": "den är ingen händelse",
    "it does not say whether it is one of a series": "den säger inte om den hör till en serie",
    "its {name} is in a time zone that is not known": "dess {name} står i en tidszon som inte är känd",
    "its {name} is no text": "dess {name} är ingen text",
    "its {name} is neither true nor false": "dess {name} är varken sant eller falskt",
}
