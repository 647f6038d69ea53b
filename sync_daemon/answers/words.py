"""The words of every sentence for people, in Swedish and in English: one table with the same rows for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.command import Phone
from rules.entry import Verdict
from rules.plan import Action, Cause
from sync_daemon.texts import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language; the lists begin with Monday and January, `{…}` is filled in."""

    clock: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    back_today: str
    back_on_day: str
    no_time: str
    reachable: str
    not_referred: str
    try_number: str
    connected: str
    to_be_connected: str
    ended_at: str
    no_alternative: str
    phone: Mapping[Phone, str]
    action: Mapping[Action, str]
    before: str
    verdicts: Mapping[Verdict, str]
    causes: Mapping[Cause, str]
    rows: Mapping[str, str]
    """The rows of an explanation's strip of time."""
    set_by: str
    none_that_day: str
    unknown_that_day: str
    on_another_day: str
    on_other_days: str
    from_memory: str
    unreadable: str
    read_in_part: str
    done: str
    pending: str
    settled: Mapping[str, str]
    """How an entry settled: in the rest of that name, within the margin, or ended by an opening."""
    ended: str
    joined: str
    remembered: str


_SWEDISH = Words(
    clock="%H.%M",
    weekdays=("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    months=(
        *("januari", "februari", "mars", "april", "maj", "juni"),
        *("juli", "augusti", "september", "oktober", "november", "december"),
    ),
    back_today="Åter {time}",
    back_on_day="Åter {day} {time}",
    no_time="Ingen tid för återkomst",
    reachable="Nås på telefonen",
    not_referred="Inte hänvisad, telefonen är öppen.",
    try_number="Sök {number}",
    connected="Samtal kopplas till {number}",
    to_be_connected="alternativ >{number}",
    ended_at="avslutad {time}",
    no_alternative="inget alternativ",
    phone={Phone.CLOSED: "telefonen stängd", Phone.OPEN: "telefonen öppen"},
    action={
        Action.CREATE: "Ny hänvisning",
        Action.UPDATE: "Ändrad hänvisning",
        Action.REMOVE: "Borttagen hänvisning",
    },
    before="tidigare",
    verdicts={
        Verdict.COUNTS: "gäller",
        Verdict.OPENED: "avslutad när telefonen öppnades",
        Verdict.ENDED: "gäller inte längre",
        Verdict.CANCELLED: "inställd",
        Verdict.NOT_ACCEPTED: "inte accepterad",
        Verdict.PRIVATE: "privat, gäller inte",
        Verdict.NO_LENGTH: "slutar inte efter sin början",
    },
    causes={
        Cause.BOOKED: "bokad i kalendern",
        Cause.MOVED: "flyttad i kalendern",
        Cause.EDITED: "ändrad i kalendern",
        Cause.GONE: "borta ur kalendern, eller utan sitt kommando",
        Cause.CANCELLED: "inställd",
        Cause.NOT_ACCEPTED: "inte längre accepterad",
        Cause.JOINED: "sammanslagen med en annan frånvaro",
        Cause.OPENED: "telefonen öppnad för hand",
        Cause.RULES: "reglerna har ändrats",
        Cause.PUT_RIGHT: "rättad efter en ändring av annan hand",
        Cause.LEFT_DIRECTORY: "inte längre i katalogen",
        Cause.BY_HAND: "satt för hand",
        Cause.WITHDRAWN: "återtagen för hand",
        Cause.OPENING_UNDONE: "öppningen återtagen",
        Cause.SUCCESSOR: "satt för hand på numret, som har fått en ny innehavare",
        Cause.SAME_PERSON: "samma person under en annan adress",
        Cause.NOT_SAME_PERSON: "inte samma person som den tidigare adressen",
    },
    rows={
        "hours": "timmar",
        "entries": "bokningar",
        "rests": "lunch, stängt",
        "referral": "hänvisning",
        "opening": "öppnad",
        "at": "tidpunkt",
    },
    set_by="Satt av {by}.",
    none_that_day="Ingen bokning med kommando den dagen.",
    unknown_that_day="Vilka bokningar som finns den dagen är inte känt.",
    on_another_day="1 bokning till med kommando en annan dag.",
    on_other_days="{count} bokningar till med kommando andra dagar.",
    from_memory="Ur lagrets minne av vad som gällde då; kalendern kan ha ändrats sedan dess.",
    unreadable="Kalendern kan inte läsas: {remedy}.",
    read_in_part=("Kalendern lästes delvis: bokningar som hänvisningen minns och läsningen saknar gäller ännu."),
    done="Vad som gjorts med dagens hänvisningar:",
    pending="Nästa varv skulle ändra:",
    settled={
        "night": "varar över natten till {until}",
        "lunch": "varar över lunchen till {until}",
        "margin": "varar till {until}",
        "opened": "klockan {until}",
    },
    ended="gäller inte längre sedan läsningen {at}: {cause}",
    joined="del av {span}",
    remembered="hänvisningen minns den",
)

_ENGLISH = Words(
    clock="%H:%M",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    back_today="Back at {time}",
    back_on_day="Back on {day} at {time}",
    no_time="No time of return",
    reachable="Reachable by phone",
    not_referred="Not referred, the phone is open.",
    try_number="Try {number}",
    connected="Calls are connected to {number}",
    to_be_connected="alternative >{number}",
    ended_at="ended at {time}",
    no_alternative="no alternative",
    phone={Phone.CLOSED: "phone closed", Phone.OPEN: "phone open"},
    action={
        Action.CREATE: "New referral",
        Action.UPDATE: "Changed referral",
        Action.REMOVE: "Removed referral",
    },
    before="before",
    verdicts={
        Verdict.COUNTS: "counts",
        Verdict.OPENED: "ended when the phone was opened",
        Verdict.ENDED: "no longer counts",
        Verdict.CANCELLED: "cancelled",
        Verdict.NOT_ACCEPTED: "not accepted",
        Verdict.PRIVATE: "private, does not count",
        Verdict.NO_LENGTH: "does not end after it starts",
    },
    causes={
        Cause.BOOKED: "booked in the calendar",
        Cause.MOVED: "moved in the calendar",
        Cause.EDITED: "edited in the calendar",
        Cause.GONE: "gone from the calendar, or without its command",
        Cause.CANCELLED: "cancelled",
        Cause.NOT_ACCEPTED: "no longer accepted",
        Cause.JOINED: "joined to another absence",
        Cause.OPENED: "phone opened by hand",
        Cause.RULES: "the rules have changed",
        Cause.PUT_RIGHT: "put right after another hand's change",
        Cause.LEFT_DIRECTORY: "no longer in the directory",
        Cause.BY_HAND: "set by hand",
        Cause.WITHDRAWN: "withdrawn by hand",
        Cause.OPENING_UNDONE: "opening taken back",
        Cause.SUCCESSOR: "set by hand on the number, which has passed to a successor",
        Cause.SAME_PERSON: "the same person under another mailbox",
        Cause.NOT_SAME_PERSON: "not the same person as the former mailbox's",
    },
    rows={
        "hours": "hours",
        "entries": "entries",
        "rests": "lunch, closed",
        "referral": "referral",
        "opening": "opened",
        "at": "asked for",
    },
    set_by="Set by {by}.",
    none_that_day="No entry with a command that day.",
    unknown_that_day="Which entries there are that day is not known.",
    on_another_day="1 more entry with a command on another day.",
    on_other_days="{count} more entries with a command on other days.",
    from_memory="From the store's memory of what it held then; the calendar may have been edited since.",
    unreadable="The calendar cannot be read: {remedy}.",
    read_in_part=(
        "The calendar was read in part: entries that a referral remembers and the reading lacks still count."
    ),
    done="What was done to the referrals of that day:",
    pending="The next cycle would change:",
    settled={
        "night": "lasts through the night until {until}",
        "lunch": "lasts through lunch until {until}",
        "margin": "lasts until {until}",
        "opened": "at {until}",
    },
    ended="no longer counts since the reading of {at}: {cause}",
    joined="part of {span}",
    remembered="remembered by the referral",
)

WORDS: Mapping[Language, Words] = {"sv": _SWEDISH, "en": _ENGLISH}
"""The table, by language."""
