"""Sentences for people, in Swedish and English: what an operator tells the caller, and what has changed.

Swedish writes a time of day with a full stop (08.00); English here with a colon. Every time that comes in is aware, and
is told in the zone that comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import phonenumbers

from rules.command import Alternative, Mode, Phone
from rules.entry import Verdict
from rules.plan import Action, Cause, Change
from rules.policy import MEETING, ON_DUTY_ELSEWHERE, CommandDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from rules.referral import Referral

Language = Literal["sv", "en"]

_DAYS_TOLD_BY_WEEKDAY = 6


@dataclass(frozen=True, slots=True)
class _Words:
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
    no_alternative: str
    phone: Mapping[Phone, str]
    action: Mapping[Action, str]
    before: str
    verdicts: Mapping[Verdict, str]
    causes: Mapping[Cause, str]


_SWEDISH = _Words(
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
    no_alternative="inget alternativ",
    phone={Phone.CLOSED: "telefonen stängd", Phone.OPEN: "telefonen öppen"},
    action={
        Action.CREATE: "Ny hänvisning",
        Action.UPDATE: "Ändrad hänvisning",
        Action.REMOVE: "Borttagen hänvisning",
    },
    before="förut",
    verdicts={
        Verdict.COUNTS: "gäller",
        Verdict.OPENED: "avslutad när telefonen öppnades",
        Verdict.CANCELLED: "inställd",
        Verdict.NOT_ACCEPTED: "inte accepterad",
        Verdict.PRIVATE: "privat, gäller inte",
        Verdict.NO_LENGTH: "slutar inte efter sin början",
    },
    causes={
        Cause.BOOKED: "bokad i kalendern",
        Cause.MOVED: "flyttad i kalendern",
        Cause.EDITED: "ändrad i kalendern",
        Cause.GONE: "borta ur kalendern",
        Cause.CANCELLED: "inställd",
        Cause.NOT_ACCEPTED: "inte längre accepterad",
        Cause.JOINED: "sammanslagen med en annan frånvaro",
        Cause.OPENED: "telefonen öppnad för hand",
        Cause.RULES: "reglerna har ändrats",
        Cause.PUT_RIGHT: "rättad efter en ändring av annan hand",
        Cause.LEFT_DIRECTORY: "inte längre i katalogen",
        Cause.BY_HAND: "satt för hand",
        Cause.OPENING_UNDONE: "öppningen återtagen",
        Cause.SUCCESSOR: "satt för hand på numret, som har fått en ny innehavare",
        Cause.SAME_PERSON: "samma person under en annan adress",
        Cause.NOT_SAME_PERSON: "inte samma person som den tidigare adressen",
    },
)

_ENGLISH = _Words(
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
        Verdict.CANCELLED: "cancelled",
        Verdict.NOT_ACCEPTED: "not accepted",
        Verdict.PRIVATE: "private, does not count",
        Verdict.NO_LENGTH: "does not end after it starts",
    },
    causes={
        Cause.BOOKED: "booked in the calendar",
        Cause.MOVED: "moved in the calendar",
        Cause.EDITED: "edited in the calendar",
        Cause.GONE: "gone from the calendar",
        Cause.CANCELLED: "cancelled",
        Cause.NOT_ACCEPTED: "no longer accepted",
        Cause.JOINED: "joined to another absence",
        Cause.OPENED: "phone opened by hand",
        Cause.RULES: "the rules have changed",
        Cause.PUT_RIGHT: "put right after another hand's change",
        Cause.LEFT_DIRECTORY: "no longer in the directory",
        Cause.BY_HAND: "set by hand",
        Cause.OPENING_UNDONE: "opening taken back",
        Cause.SUCCESSOR: "set by hand on the number, which has passed to a successor",
        Cause.SAME_PERSON: "the same person under another mailbox",
        Cause.NOT_SAME_PERSON: "not the same person as the former mailbox's",
    },
)

_LANGUAGES: Mapping[Language, _Words] = {"sv": _SWEDISH, "en": _ENGLISH}


def default_language(environ: Mapping[str, str]) -> Language:
    """The language of the person's locale: Swedish where it is Swedish, else English.

    The first of LC_ALL, LC_MESSAGES and LANG that is set and not empty decides (POSIX.1-2017, 8.2:
    https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html#tag_08_02).
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    return "sv" if locale.replace(".", "_").split("_")[0].lower() == "sv" else "en"


def reason_texts(commands: Iterable[CommandDefinition], lang: Language) -> dict[str, str]:
    """What the operator says for each reason; a text that lacks the language is told in the one that it has."""
    return {
        definition.reason: definition.text.get(lang) or next(iter(definition.text.values()), definition.reason)
        for definition in commands
    }


def telephone_number(number: str, country: str) -> str:
    """An internal number as it is; an external one (E.164) as it is written in the country, or abroad."""
    if not number.startswith("+"):
        return number
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    at_home = parsed.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def sentence(  # noqa: PLR0913, PLR0917 - all that an operator is told of
    reason_text: str,
    back: datetime | None,
    alternative: Alternative | None,
    now: datetime,
    zone: tzinfo,
    lang: Language,
    *,
    phone: Phone = Phone.CLOSED,
    country: str = "SE",
) -> str:
    """What the operator tells the caller of somebody who is referred: "Åter 13.00, sammanträde. Sök 4711.".

    A day other than today is told by its weekday, one more than six days ahead by its date too.
    """
    words = _LANGUAGES[lang]
    when = words.reachable if phone is Phone.OPEN else _back(back, now, zone, words)
    sentences = [", ".join(part for part in (when, reason_text) if part)]
    if alternative is not None:
        sentences.append(_alternative(alternative, country, words))
    return " ".join(f"{one}." for one in sentences)


def not_referred(lang: Language) -> str:
    """What the operator is told of somebody who is there."""
    return _LANGUAGES[lang].not_referred


def verdict(of: Verdict, lang: Language) -> str:
    """What became of an entry."""
    return _LANGUAGES[lang].verdicts[of]


def cause(of: Cause, lang: Language) -> str:
    """Why a referral changes."""
    return _LANGUAGES[lang].causes[of]


def describe(
    change: Change,
    zone: tzinfo,
    lang: Language,
    *,
    reasons: Mapping[str, str] | None = None,
    country: str = "SE",
) -> str:
    """A change in one line: what it makes of which referral, what that was before, and why.

    `reasons` is what `reason_texts` makes of the tenant's commands; those of the default commands where it is left out.
    """
    words = _LANGUAGES[lang]
    texts = reason_texts((ON_DUTY_ELSEWHERE, MEETING), lang) if reasons is None else reasons
    told, before = (_parts(referral, zone, words, texts, country) for referral in (change.after, change.before))
    line = f"{words.action[change.action]} {', '.join(_worth_telling(told or before, words))}"
    changed = [old for old, new in zip(before, told, strict=False) if old != new]
    if changed:
        line = f"{line} ({words.before} {', '.join(changed)})"
    return f"{line}: {words.causes[change.cause]}."


def _back(back: datetime | None, now: datetime, zone: tzinfo, words: _Words) -> str:
    if back is None:
        return words.no_time
    local, today = back.astimezone(zone), now.astimezone(zone).date()
    time = f"{local:{words.clock}}"
    if local.date() == today:
        return words.back_today.format(time=time)
    day = words.weekdays[local.weekday()]
    if (local.date() - today).days > _DAYS_TOLD_BY_WEEKDAY:
        day = f"{day} {local.day} {words.months[local.month - 1]}"
    return words.back_on_day.format(day=day, time=time)


def _alternative(alternative: Alternative, country: str, words: _Words) -> str:
    told = words.connected if alternative.mode is Mode.CONNECT else words.try_number
    return told.format(number=telephone_number(alternative.number, country))


def _parts(
    referral: Referral | None, zone: tzinfo, words: _Words, reasons: Mapping[str, str], country: str
) -> tuple[str, ...]:
    """When, why, how the phone is, whom to try; nothing where there is no referral."""
    if referral is None:
        return ()
    alternative = words.no_alternative
    if referral.alternative is not None:
        told = _alternative(referral.alternative, country, words)
        alternative = told[0].lower() + told[1:]
    return (
        _stretch(referral.start.astimezone(zone), referral.until.astimezone(zone), words),
        reasons.get(referral.reason, referral.reason),
        words.phone[referral.phone],
        alternative,
    )


def _worth_telling(parts: Iterable[str], words: _Words) -> list[str]:
    """The parts less what goes without saying: that the phone is closed, that nobody is named."""
    return [part for part in parts if part and part not in {words.phone[Phone.CLOSED], words.no_alternative}]


def _stretch(start: datetime, until: datetime, words: _Words) -> str:
    if start.date() == until.date():
        return f"{start:%Y-%m-%d {words.clock}}–{until:{words.clock}}"
    return f"{start:%Y-%m-%d {words.clock}} – {until:%Y-%m-%d {words.clock}}"
