"""Why a mailbox is not listened for, and what is told of that."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "listening has not begun yet": "bevakningen har inte börjat än",
    "listening has ended": "bevakningen har upphört",
    "{thing}: {count} of {of} mailboxes are listened for": "{thing}: {count} av {of} postlådor bevakas",
    "{thing}: {problem}": "{thing}: {problem}",
    "{count} are polled, though they are to be listened for: {why}": (
        "{count} läses enligt schema fast de skulle bevakas: {why}"
    ),
    "of {count} mailboxes it is not known whether they are listened for: in the last cycle, whoever reads their shards "
    "did not say": (
        "om {count} postlådor är det inte känt om de bevakas: i det senaste varvet sade den som läser deras delar inget "
        "om det"
    ),
    "{tenant}: source {source}": "{tenant}: källan {source}",
    "wait: it is tried again by itself; if it lasts for hours, see what it says": (
        "vänta: det prövas igen av sig självt; varar det i timmar, se vad det säger"
    ),
    "mailboxes are no longer listened for": "postlådor bevakas inte längre",
    "mailboxes are listened for again": "postlådor bevakas igen",
    "Graph has forgotten what it told last: it is asked anew": "Graph har glömt vad den sade sist: den frågas på nytt",
    "what Graph tells of changes has no end: it is asked anew later": (
        "det som Graph säger om ändringar tar aldrig slut: den frågas på nytt senare"
    ),
    "what Graph tells of changes cannot be understood: it is asked anew later": (
        "det som Graph säger om ändringar går inte att förstå: den frågas på nytt senare"
    ),
    "changes in {mailbox} are not told: it would be read each interval": (
        "ändringar i {mailbox} berättas inte: den skulle läsas enligt schema"
    ),
    "see what stands between this machine and Microsoft Graph: the answer holds no changes": (
        "se vad som står mellan den här maskinen och Microsoft Graph: svaret innehåller inga ändringar"
    ),
    "what Graph tells of changes carries the bodies of entries, which nobody here wants; nothing of them is kept": (
        "det som Graph säger om ändringar bär med sig posternas innehåll, som ingen här vill ha; inget av det sparas"
    ),
    "leave it, or set detect to poll; only where the whole organisation is to be read (way B of docs/exchange-online.md) "
    "give the application Calendars.ReadBasic.All in the place of Calendars.Read, if subjects arrive with it (this check "
    "says so)": (
        "låt det vara, eller sätt detect till poll; bara om hela organisationen ska läsas (väg B i "
        "docs/exchange-online.md): ge programmet Calendars.ReadBasic.All i stället för Calendars.Read, om ämnena kommer "
        "med då (check säger det)"
    ),
    "Graph is slow to tell what has changed": "Graph dröjer med att säga vad som har ändrats",
}
