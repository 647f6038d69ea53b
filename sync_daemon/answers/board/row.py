"""A person as the operator sees them: one row, and the sentence that is read out to the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from rules.command import Alternative, Mode, Phone
from sync_daemon.answers import wording
from sync_daemon.answers.board.search_keys import SearchKeys
from sync_daemon.answers.setters import named
from sync_daemon.answers.told import unread_line
from sync_daemon.settings import Tenant
from sync_daemon.texts import InEachLanguage, Language, LocalTime, Text, in_language

_NUMBERS_REMEMBERED = 32768


class Presence(StrEnum):
    """Whether somebody can be reached at a moment."""

    THERE = "there"
    """Not referred, inside office hours and outside lunch."""
    REACHABLE = "reachable"
    """Referred, but the phone is open."""
    AWAY = "away"
    """The phone is closed."""
    LUNCH = "lunch"
    """Not referred, and at lunch as everybody else."""
    OFF_HOURS = "off-hours"
    """Not referred, outside office hours."""
    UNKNOWN = "unknown"
    """The phone is not known to be closed, and the calendar cannot be read, or the number is nobody's."""


@dataclass(frozen=True, slots=True)
class Number:
    """An extension: as the store compares it, as it is written for people, and whether it is a mobile number."""

    number: str
    written: str
    is_mobile: bool


@dataclass(frozen=True, slots=True)
class TenantWords:
    """How a tenant tells its times, reasons and numbers; `reasons` are by language and reason."""

    tenant: str
    zone: tzinfo
    country: str
    reasons: Mapping[Language, Mapping[str, str]]

    @classmethod
    def of(cls, tenant: Tenant) -> TenantWords:
        """The tenant's."""
        commands = tenant.rules.commands
        reasons = {lang: wording.reason_texts(commands, lang) for lang in _LANGUAGES}
        return cls(tenant.id, tenant.zone, tenant.rules.country, reasons)

    def reason(self, reason: str, language: Language) -> str:
        """What callers are told; one that a person wrote stands as it was written."""
        return self.reasons[language].get(reason, reason)


@dataclass(frozen=True, slots=True)
class AlternativeState:
    """Whom to try meanwhile, as it holds now: `connects` where calls go there by themselves (docs/rules.md §6.6).

    `whose` is a person of the same tenant, by name, and `whose_id` their id in the store; None where it is nobody's
    there. `back` is when that one can be reached again, in UTC, where they are away and that is known. `closed_until`:
    calls would be connected if the number itself were not closed until then.
    """

    number: str
    connects: bool
    whose: str | None = None
    whose_id: int | None = None
    has_left: bool = False
    presence: Presence = Presence.UNKNOWN
    back: datetime | None = None
    closed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coming:
    """The next time today that the phone is closed: from when, until when (UTC), and why."""

    start: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A person, with what holds of them now. Times in UTC; `today` is the local midnight that began the day.

    Of somebody who is not referred `phone`, `reason`, `start`, `until` and `set_by` are None. `back` is when somebody
    whose phone is closed can be reached again, None where no time can be promised, and of everybody else.
    `lunch_since` is when the phone opens, where that is in the lunch hour that `back` ends.
    `coming` is the next closed time of the day after that. `unread_since`: since then the calendar cannot be read.
    """

    id: int
    tenant: str
    name: str
    department: str | None
    extensions: tuple[str, ...]
    today: datetime
    presence: Presence
    phone: Phone | None = None
    reason: str | None = None
    start: datetime | None = None
    until: datetime | None = None
    back: datetime | None = None
    lunch_since: datetime | None = None
    set_by: str | None = None
    origin: str | None = None
    alternative: AlternativeState | None = None
    coming: Coming | None = None
    unread_since: datetime | None = None
    has_left: bool = False
    words: TenantWords = field(repr=False, kw_only=True)
    keys: SearchKeys = field(repr=False, compare=False, kw_only=True)

    @property
    def is_referred(self) -> bool:
        """Whether a referral is in force, the phone closed or open."""
        return self.phone is not None

    @property
    def is_away(self) -> bool:
        """Whether the phone is closed."""
        return self.phone is Phone.CLOSED

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every extension, as it is written for people."""
        return tuple(number_of(extension, self.words.country) for extension in self.extensions)

    @property
    def mobile_note(self) -> Text | None:
        """That an extension is the mobile number itself, which the caller is to be told (policy §4.2, §8)."""
        mobiles = [one for one in self.numbers if one.is_mobile]
        if not mobiles:
            return None
        return Text("The extension {number} is the mobile number.", number=mobiles[0].written)

    @property
    def setter(self) -> str | None:
        """Who set the referral, as a person is told: the calendar, or somebody's name."""
        return None if self.set_by is None else named(self.set_by)

    @property
    def warning(self) -> Text | None:
        """That the calendar cannot be read, and since when, where the sentence does not say it; for the operator."""
        if self.unread_since is None or self._is_in_doubt:
            return None
        return unread_line(self.unread_since, self.words.zone)

    @property
    def _is_in_doubt(self) -> bool:
        """Whether nobody can say that they are there, nor that they are not."""
        return self.phone is None and self.presence is Presence.UNKNOWN

    def reason_told(self, language: Language) -> str:
        """Why they are away, as callers are told; empty where they are not."""
        return "" if self.reason is None else self.words.reason(self.reason, language)

    def sentence(self, language: Language) -> str:
        """What is read out to the caller: "Åter 13.00, sammanträde. Sök 4711 (Bo Öberg, på plats).".

        Nobody is told to try an alternative that is known to be away as well: that it is, is told instead.
        """
        if self.phone is None:
            return in_language(self._doubt, language) if self._is_in_doubt else wording.not_referred(language)
        of, alternative, whose = self.alternative, None, ""
        is_away_too = of is not None and of.presence is Presence.AWAY
        if of is not None and not is_away_too:
            mode = Mode.CONNECT if of.connects else Mode.INFO
            alternative, whose = Alternative(of.number, mode), self.whose_told(language)
        told = wording.sentence(
            self.reason_told(language),
            self.back,
            alternative,
            self.today,
            self.words.zone,
            language,
            phone=self.phone,
            country=self.words.country,
            whose=whose,
        )
        return f"{told} {in_language(self._alternative_away(of), language)}" if of and is_away_too else told

    def _alternative_away(self, of: AlternativeState) -> Text:
        number = wording.telephone_number(of.number, self.words.country)
        back = InEachLanguage(sv=self._back_told(of, "sv"), en=self._back_told(of, "en"))
        if self.is_away:
            return Text(
                "The alternative {number} ({name}) is away too, {back}.", number=number, name=of.whose, back=back
            )
        return Text("The alternative {number} ({name}) is away, {back}.", number=number, name=of.whose, back=back)

    def _back_told(self, of: AlternativeState, language: Language) -> str:
        back = wording.back_told(of.back, self.today, self.words.zone, language)
        return f"{back[0].lower()}{back[1:]}"

    @property
    def _doubt(self) -> Text:
        """Said first, so that a hurried operator does not say that somebody is there who may not be."""
        if self.unread_since is None:
            return Text("It is not known whether {name} is there. The phone is not referred.", name=self.name)
        return Text(
            "It is not known whether {name} is there: the calendar has been unreadable since {since}."
            " The phone is not referred.",
            name=self.name,
            since=LocalTime(self.unread_since, self.words.zone, self.today),
        )

    def whose_told(self, language: Language) -> str:
        """Whose the alternative is, and whether that one is there: "Bo Öberg, på plats"; empty where it is nobody's."""
        of = self.alternative
        if of is None or of.whose is None:
            return ""
        if of.presence is Presence.AWAY:
            return f"{of.whose}, {self._back_told(of, language)}"
        return in_language(_whose(of), language)

    @property
    def lunch_note(self) -> Text | None:
        """Why they are back later than the referral ends, where that is for lunch."""
        if self.lunch_since is None or self.back is None:
            return None
        since, back = (LocalTime(moment, self.words.zone, self.today) for moment in (self.lunch_since, self.back))
        return Text("Referred until {since}, then lunch until {back}.", since=since, back=back)

    def coming_told(self, language: Language) -> str:
        """What comes later today: "Borta från 13.00, sammanträde."; empty where nothing is known to.

        Of somebody whose calendar cannot be read it is what was known last, and is told so.
        """
        if self.coming is None:
            return ""
        start = LocalTime(self.coming.start, self.words.zone, self.today)
        reason = self.words.reason(self.coming.reason, language)
        if self.is_away:
            return in_language(Text("Gone again from {start}, {reason}.", start=start, reason=reason), language)
        if self._is_in_doubt:
            return in_language(Text("Last known: gone from {start}, {reason}.", start=start, reason=reason), language)
        return in_language(Text("Gone from {start}, {reason}.", start=start, reason=reason), language)


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def number_of(extension: str, country: str) -> Number:
    """An extension as the store has it, for people in that country (ISO 3166, two letters)."""
    return Number(extension, wording.telephone_number(extension, country), _is_mobile(extension))


def _is_mobile(extension: str) -> bool:
    if not extension.startswith("+"):
        return False
    try:
        parsed = phonenumbers.parse(extension)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE


def _whose(of: AlternativeState) -> Text:
    if of.has_left:
        return Text("{name}, no longer in the directory", name=of.whose)
    match of.presence:
        case Presence.THERE:
            return Text("{name}, there", name=of.whose)
        case Presence.REACHABLE:
            return Text("{name}, reachable by phone", name=of.whose)
        case Presence.LUNCH:
            return Text("{name}, lunch hour", name=of.whose)
        case Presence.OFF_HOURS:
            return Text("{name}, outside office hours", name=of.whose)
        case _:
            return Text("{name}, not known whether there", name=of.whose)


_LANGUAGES: tuple[Language, ...] = ("sv", "en")
