"""Random people with nasty calendars, to compare the real rules with the naive ones.

Everything comes from the `random.Random` that is handed in, so a seed names a person. Times cluster on a few days
around lunch, closing hours, midnights, clock changes and holidays, at distances where the rules change their mind.
Kept out on purpose: office hours while a clock is changed, and all-day entries exactly twelve hours off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from rules.command import Alternative, Command, Mode, Phone
from rules.entry import Entry, Response
from rules.policy import MEETING, ON_DUTY_ELSEWHERE, CommandDefinition, Rules, SpanOrNone
from rules.referral import CALENDAR, Opening, Referral
from tests import naive
from tests.naive import DAY, MINUTE

LUNCH_COMMAND = CommandDefinition(code="LUN", reason="lunch", text={"sv": "lunch", "en": "at lunch"})
ZONES = ("Europe/Stockholm",) * 7 + ("Atlantic/Azores", "Asia/Kolkata", "Australia/Lord_Howe")
MIDNIGHT_CHANGES = "Atlantic/Azores"
"""Where the clock is changed at midnight, so that there is none in March, and two in October."""
FIRST_DAYS = (
    date(2026, 11, 23),  # a plain Monday
    date(2026, 11, 27),  # a plain Friday
    date(2026, 3, 27),  # the Friday before summer time
    date(2026, 10, 23),  # the Friday before winter time
    date(2027, 3, 25),  # Maundy Thursday, with summer time on Easter Sunday
    date(2026, 4, 2),  # Maundy Thursday, with winter time on Lord Howe on Easter Sunday
    date(2026, 10, 2),  # the Friday before summer time on Lord Howe
    date(2026, 5, 13),  # the day before Ascension
    date(2026, 6, 18),  # the day before Midsummer's Eve
    date(2026, 12, 23),
    date(2026, 12, 30),
)
ALTERNATIVES = tuple(Alternative(number, mode) for number in ("4711", "4712", "+46701234567") for mode in Mode)
LUNCHES: tuple[SpanOrNone, ...] = (
    False,
    (time(11, 30), time(12, 30)),
    (time(11), time(11, 45)),
    (time(12), time(12, 1)),
    (time(8), time(9)),
    (time(16), time(17)),
)
WEEKS: tuple[Any, ...] = (
    (time(7), time(16)),
    (time(8, 30), time(16, 45)),
    (time(8), time(12)),
    (time(8), time(12, 30)),
    (time(0), time(23, 59)),
    {"mon": (time(8), time(17)), "tue": (time(8), time(17)), "wed": (time(8), time(12)), "thu": (time(13), time(19))},
    {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (time(8), time(16))), "sat": (time(10), time(14))},
    {"mon": (time(9), time(15)), "fri": False, "sat": (time(11, 30), time(13, 30)), "sun": (time(10), time(16))},
)
SPECIAL_SPANS: tuple[SpanOrNone, ...] = (
    False,
    (time(10), time(14)),
    (time(8), time(12)),
    (time(9), time(12, 30)),
    (time(8), time(17)),
)
RESPONSES = (Response.ORGANIZER, Response.NONE, Response.ACCEPTED) * 4 + tuple(Response)

_HOLIDAYS = holidays.country_holidays("SE", years=range(2025, 2029), categories=("public", "de_facto"))

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Person:
    """A subscriber's calendar as it was read, the openings of their phone, and their tenant's rules."""

    entries: tuple[Entry, ...]
    openings: tuple[Opening, ...]
    rules: Rules
    zone_name: str
    standing: Alternative | None

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.zone_name)


@dataclass(frozen=True, slots=True)
class Department:
    """The members of a department, each with their referrals and whether they could be read, and when to look."""

    members: tuple[tuple[tuple[Referral, ...], bool], ...]
    start: datetime
    end: datetime
    rules: Rules
    zone_name: str

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.zone_name)


def dice(seed: int) -> Random:
    """What a person comes from."""
    return Random(seed)


def is_holiday(day: date) -> bool:
    """Whether it is one of Sweden's holidays, public or de facto."""
    return day in _HOLIDAYS


def person(rng: Random) -> Person:
    """A person with up to twelve entries, whose phone was opened at up to three moments."""
    scene = _scene(rng)
    count = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10, 12))
    entries = _entries(scene, count)
    booked_before = entries[: rng.randint(0, count)] if rng.random() < 0.3 else entries
    openings = _openings(scene, booked_before)
    entries = _edited(scene, entries, openings)
    rng.shuffle(entries)
    return Person(tuple(entries), tuple(_odd(scene, openings)), scene.rules, scene.zone.key, _standing(rng))


def members(rng: Random) -> Department:
    """A department of up to four, away at much the same times."""
    scene = _scene(rng)
    common = [scene.times() for _ in range(rng.randint(1, 4))]
    everybody = tuple(
        (_referrals(scene, common), rng.random() < 0.95) for _ in range(rng.choice((0, 1, 2, 2, 2, 3, 4)))
    )
    start, end = scene.midnight(scene.first_day), scene.midnight(scene.first_day + 5 * DAY)
    return Department(everybody, start, end, scene.rules, scene.zone.key)


# --- the scene: rules, place and the days on which things happen -------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where and when a person's entries lie, and the marks that their times fall on."""

    rng: Random
    rules: Rules
    zone: ZoneInfo
    town: naive.Town
    first_day: date
    days: tuple[date, ...]
    mark: int

    def midnight(self, day: date) -> datetime:
        """The local midnight that begins the date; where the clock shows it twice, one of them."""
        first = datetime.combine(day, time(0), tzinfo=self.zone)
        second = first.replace(fold=1).astimezone(UTC)
        return second if self.town.shows_midnight(second) and self.rng.random() < 0.5 else first.astimezone(UTC)

    def day(self) -> date:
        """One of the days on which things happen."""
        return self.rng.choice(self.days)

    def near(self) -> timedelta:
        """A distance at which the rules may change their mind."""
        slack = max(self.rules.gap, self.rules.margin)
        distances = (0, 0, 0, 1, 5, 10, slack - 1, slack, slack, slack + 1, self.rules.margin, 15, 16, 60)
        return self.rng.choice(distances) * self.rng.choice((-1, 1)) * MINUTE

    def moment(self) -> datetime:
        """A time on a mark, near one that matters."""
        day, clock = self.day(), self.rng.choice(_clocks(self.rules))
        wall = datetime.combine(day, clock, tzinfo=self.zone).replace(fold=self.rng.choice((0, 0, 1)))
        return self.on_mark(wall.astimezone(UTC) + self.near())

    def on_mark(self, moment: datetime) -> datetime:
        """The mark at or before the moment."""
        return moment - (moment.minute % self.mark) * MINUTE

    def times(self) -> Times:
        """From one moment up to another one after it."""
        start, end = sorted((self.moment(), self.moment()))
        return start, max(end, start + self.mark * MINUTE)


def _scene(rng: Random) -> _Scene:
    """A place, a few days in a row, and rules."""
    first_day = rng.choice(FIRST_DAYS)
    days = tuple(first_day + offset * DAY for offset in range(rng.choice((1, 2, 3, 5))))
    rules, zone = _rules(rng, first_day), ZoneInfo(MIDNIGHT_CHANGES if rng.random() < 0.1 else rng.choice(ZONES))
    return _Scene(rng, rules, zone, naive.Town(rules, zone, is_holiday), first_day, days, rng.choice((1, 5)))


def _clocks(rules: Rules) -> list[time]:
    """The times of day around which it is dense."""
    spans = [rules.lunch, *(rules.hours.values() if isinstance(rules.hours, Mapping) else (rules.hours,))]
    spans += list(rules.special_hours.values())
    edges = [clock for span in spans if span for clock in span]
    return [*edges[:8], time(0), time(0), time(1), time(2), time(9), time(10), time(11, 40), time(12), time(15)]


def _rules(rng: Random, first_day: date) -> Rules:
    """The defaults, with some of them changed."""
    options: dict[str, Callable[[], Any]] = {
        "commands": lambda: _commands(rng),
        "gap": lambda: rng.choice((0, 1, 5, 10, 15, 30, 60)),
        "margin": lambda: rng.choice((0, 1, 5, 15, 20, 45)),
        "lunch": lambda: rng.choice(LUNCHES),
        "hours": lambda: rng.choice(WEEKS),
        "special_hours": lambda: _special_hours(rng, first_day),
        "night": lambda: False,
        "after_hours": lambda: True,
        "count_tentative": lambda: True,
        "count_private": lambda: False,
        "unmanned_minutes": lambda: rng.choice((0, 1, 30, 60)),
    }
    changed = rng.choice((0.0, 0.2, 0.2, 0.4))
    values = {name: value() for name, value in options.items() if rng.random() < changed}
    if rng.random() < 0.05:  # lunch and night within reach of one end
        values |= {"lunch": (time(16), time(17)), "after_hours": True}
    return Rules(**values)


def _commands(rng: Random) -> tuple[CommandDefinition, ...]:
    """The commands in any order, sometimes with `LUN`."""
    commands = [ON_DUTY_ELSEWHERE, MEETING, *([LUNCH_COMMAND] if rng.random() < 0.7 else [])]
    rng.shuffle(commands)
    return tuple(commands)


def _special_hours(rng: Random, first_day: date) -> dict[date, SpanOrNone]:
    """Other hours, or none, for a few dates, holidays among them."""
    return {first_day + rng.randrange(7) * DAY: rng.choice(SPECIAL_SPANS) for _ in range(rng.randint(1, 3))}


def _standing(rng: Random) -> Alternative | None:
    """The subscriber's standing alternative, or none."""
    return rng.choice((None, Alternative("4700", Mode.INFO), Alternative("4700", Mode.CONNECT)))


# --- entries -----------------------------------------------------------------------------------------------------


def _entries(scene: _Scene, count: int) -> list[Entry]:
    """So many entries, many of them placed beside an earlier one."""
    entries: list[Entry] = []
    for number in scene.rng.sample(range(100), count):
        entries.append(_entry(scene, f"key-{number:02}", entries))
    return entries


def _entry(scene: _Scene, key: str, earlier: Sequence[Entry]) -> Entry:
    """One entry with everything that may matter about it."""
    rng = scene.rng
    all_day = rng.random() < 0.15
    start, end = _told_elsewhere(scene, _whole_days(scene)) if all_day else _times(scene, earlier)
    return Entry(
        key=key,
        start=_told(scene, start),
        end=_told(scene, end),
        command=_command(scene),
        all_day=all_day,
        cancelled=rng.random() < 0.04,
        response=rng.choice(RESPONSES),
        private=rng.random() < 0.1,
    )


def _command(scene: _Scene) -> Command:
    """A command as the parser makes it: with the phone open an alternative is told."""
    rng = scene.rng
    code = rng.choice(scene.rules.commands).code
    phone = rng.choice((Phone.CLOSED, Phone.CLOSED, Phone.CLOSED, Phone.OPEN))
    alternative = rng.choice(ALTERNATIVES) if rng.random() < 0.4 else None
    if alternative is not None and phone is Phone.OPEN:
        alternative = replace(alternative, mode=Mode.INFO)
    return Command(code, phone, alternative)


def _told(scene: _Scene, moment: datetime) -> datetime:
    """The same moment as a server may say it: in UTC, in the tenant's zone, or in another."""
    zones = (UTC, UTC, scene.zone, timezone(timedelta(hours=scene.rng.randint(-11, 11))))
    return moment.astimezone(scene.rng.choice(zones))


def _told_elsewhere(scene: _Scene, times: Times) -> Times:
    """An all-day entry's midnights, sometimes those of another zone."""
    off = timedelta(hours=scene.rng.randint(-11, 11) if scene.rng.random() < 0.4 else 0)
    return times[0] + off, times[1] + off


def _times(scene: _Scene, earlier: Sequence[Entry]) -> Times:
    """The times of an entry that is not all-day."""
    alone = (_short, _short, _from_one_to_another, _whole_days, _until_midnight, _several_days, _without_length)
    if earlier and scene.rng.random() < 0.55:
        other = scene.rng.choice(earlier)
        return _beside(scene, (other.start.astimezone(UTC), other.end.astimezone(UTC)))
    return scene.rng.choices(alone, weights=(6, 6, 6, 2, 2, 2, 1))[0](scene)


def _short(scene: _Scene) -> Times:
    """A meeting of minutes or hours."""
    start = scene.moment()
    return start, start + scene.rng.choice((1, 5, 10, 15, 30, 45, 60, 60, 90, 120, 240)) * MINUTE


def _from_one_to_another(scene: _Scene) -> Times:
    """From one moment that matters up to another."""
    return scene.times()


def _whole_days(scene: _Scene) -> Times:
    """From local midnight to local midnight."""
    day = scene.day()
    return scene.midnight(day), scene.midnight(day + scene.rng.choice((1, 1, 1, 2, 3, 6)) * DAY)


def _until_midnight(scene: _Scene) -> Times:
    """Up to the midnight after its start, or a later one."""
    start = scene.moment()
    day = start.astimezone(scene.zone).date()
    return start, scene.midnight(day + scene.rng.choice((1, 1, 2)) * DAY)


def _several_days(scene: _Scene) -> Times:
    """From a moment on one day up to a moment a few days later."""
    start, end = scene.times()
    return start, end + scene.rng.randint(1, 4) * DAY


def _without_length(scene: _Scene) -> Times:
    """It ends when it starts, or before."""
    start = scene.moment()
    return start, start - scene.rng.choice((0, 0, 1, 30)) * MINUTE


def _beside(scene: _Scene, other: Times) -> Times:
    """Back to back with another entry, or nearly; the morning after; with its start or end; within or across it."""
    rng, (start, end) = scene.rng, other
    length = rng.choice((1, 5, 10, 15, 30, 60, 120)) * MINUTE
    inside = start + rng.randint(0, max(0, (end - start) // MINUTE)) * MINUTE
    morning = scene.town.opens(end) or end
    choices = (
        (morning, morning + length),
        (morning + scene.near(), morning + length + 60 * MINUTE),
        (end, end + length),
        (end + scene.near(), end + length + 60 * MINUTE),
        (end + scene.near(), end + length + scene.near()),
        (start - length, start),
        (start - length, start - scene.near()),
        (start, start + length),
        (start, end + scene.near()),
        (start + scene.near(), end),
        (start, end),
        (inside, inside + length),
        (scene.on_mark(inside), scene.moment()),
        (start - length, end + length),
    )
    return rng.choice(choices)


# --- openings ----------------------------------------------------------------------------------------------------


def _openings(scene: _Scene, entries: Sequence[Entry]) -> list[Opening]:
    """Up to three openings, one after the other, as they would come about with these entries."""
    openings: list[Opening] = []
    wanted = scene.rng.choice((0, 0, 1, 1, 1, 2, 3)) if entries else 0
    for moment in sorted(_within(scene, scene.rng.choice(entries)) for _ in range(wanted)):
        openings += _opening(scene, entries, openings, moment)
    return openings


def _within(scene: _Scene, entry: Entry) -> datetime:
    """A moment while the entry lasts, at its ends, or a little after it."""
    start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
    inside = start + scene.rng.randint(0, max(0, (end - start) // MINUTE)) * MINUTE
    return scene.rng.choice((inside, inside, inside, start, end, end + abs(scene.near()), start + abs(scene.near())))


def _opening(scene: _Scene, entries: Sequence[Entry], openings: Sequence[Opening], moment: datetime) -> list[Opening]:
    """What an opening at that moment writes: closed before open, with the keys that had started (docs/rules.md §5)."""
    keys = {phone: _met(scene, entries, openings, phone, moment) for phone in (Phone.CLOSED, Phone.OPEN)}
    if scene.rng.random() < 0.1:  # another hand's open one was in force, and both under it end
        return [Opening(moment, phone, met) for phone, met in keys.items() if met]
    for phone, met in keys.items():
        if met:
            return [Opening(moment, phone, met)]
    # Nothing of the calendar's was in force: it was another hand's that was ended, or nothing.
    return [Opening(moment, Phone.CLOSED)] if scene.rng.random() < 0.4 else []


def _met(
    scene: _Scene, entries: Sequence[Entry], openings: Sequence[Opening], phone: Phone, moment: datetime
) -> frozenset[str]:
    """The keys of the entries that had started by then in the absence of that phone state that is met."""
    absences = naive.absences_in(scene.town, entries, openings, None)
    started = {entry.key for entry in naive.counted(entries, scene.town) if entry.start <= moment}
    met = [one.keys for one in absences if one.phone is phone and one.start <= moment < one.until]
    return frozenset(key for keys in met for key in keys if key in started)


def _odd(scene: _Scene, openings: Sequence[Opening]) -> list[Opening]:
    """The openings, of which few remember less than they should."""
    return [replace(o, keys=_fewer(scene, o.keys)) if scene.rng.random() < 0.1 else o for o in openings]


def _fewer(scene: _Scene, keys: frozenset[str]) -> frozenset[str]:
    """Some of the keys."""
    return frozenset(key for key in sorted(keys) if scene.rng.random() < 0.5)


def _edited(scene: _Scene, entries: Sequence[Entry], openings: Sequence[Opening]) -> list[Entry]:
    """The entries, some of which have changed since the phone was opened."""
    remembered = {key for opening in openings for key in opening.keys}
    return [
        _moved(scene, entry) if entry.key in remembered and scene.rng.random() < 0.15 else entry for entry in entries
    ]


def _moved(scene: _Scene, entry: Entry) -> Entry:
    """The entry, moved earlier or later, or with another start or end."""
    by = scene.rng.choice((scene.near(), 2 * scene.near(), 60 * MINUTE, -60 * MINUTE, DAY, -DAY))
    start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
    whole = entry.all_day and by % DAY
    times = ((start + by, end + by), (start + by, end), (start, end + by))
    start, end = (start, end) if whole else scene.rng.choice(times)
    return replace(entry, start=_told(scene, start), end=_told(scene, end))


# --- departments -------------------------------------------------------------------------------------------------


def _referrals(scene: _Scene, common: Sequence[Times]) -> tuple[Referral, ...]:
    """A member's referrals: most of the common times, an end moved here and there, and other hands' among them."""
    rng = scene.rng
    calendar = [_away(scene, times) for times in common if rng.random() < 0.9]
    by_hand = [_by_hand(scene, number) for number in range(rng.choice((0, 0, 0, 1, 2)))]
    return (*calendar, *by_hand)


def _away(scene: _Scene, times: Times) -> Referral:
    """A referral of the calendar's at much the same time."""
    rng = scene.rng
    start, until = times[0] + rng.choice((0, 0, 1, 5)) * MINUTE, times[1] + rng.choice((0, 0, 1, 14, 15, 16)) * MINUTE
    return Referral(CALENDAR, rng.choice((Phone.CLOSED,) * 9 + (Phone.OPEN,)), "meeting", start, max(start, until))


def _by_hand(scene: _Scene, number: int) -> Referral:
    """A referral of another hand's; each was set at another time."""
    start, until = scene.times()
    phone = scene.rng.choice((Phone.CLOSED, Phone.OPEN))
    return Referral("telephone", phone, "lunch", start, until, set_at=start - (number + 1) * MINUTE, id=number)
