"""The rule book once more, slow and plain, to compare the real `rules` with (docs/rules.md; every § here is one of it).

Time is a grid of whole minutes of real elapsed time in UTC, and what the clock on the wall shows is asked for one
minute at a time. Of `rules` only the value classes are used; no function of theirs.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from rules.command import Alternative, Mode, Phone
from rules.entry import Entry, Response
from rules.referral import Opening

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rules.policy import Rules
    from rules.referral import Referral

IsHoliday = Callable[[date], bool]
Span = tuple[time, time]

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEAR = timedelta(days=370)
"""Whoever has no office hours for so long has none."""


@dataclass(frozen=True, slots=True)
class Naive:
    """An absence (§3), in UTC, with the keys of its entries."""

    phone: Phone
    start: datetime
    until: datetime
    reason: str
    alternative: Alternative | None
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counted:
    """An entry that counts (§1), in UTC; `whole_days` where its two ends are local midnights (§4)."""

    key: str
    start: datetime
    end: datetime
    code: str
    phone: Phone
    alternative: Alternative | None
    whole_days: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """An entry that has settled by itself (§3.1), between the openings that it lies between (§5)."""

    counted: Counted
    begins: datetime
    reach: datetime
    reached_a_night: bool
    lasts: datetime


# --- the clock on the wall, minute by minute ---------------------------------------------------------------------


class Kind(Enum):
    """What a minute is to a working person (§4)."""

    OFFICE = auto()
    LUNCH = auto()
    CLOSED = auto()


class Town:
    """A tenant's rules, clock and holidays; asked about one minute at a time, it remembers its answers."""

    def __init__(self, rules: Rules, zone: ZoneInfo, is_holiday: IsHoliday) -> None:
        self.rules = rules
        self.zone = zone
        self.is_holiday = is_holiday
        self._kinds: dict[datetime, Kind] = {}
        self._hours: dict[date, Span | None] = {}
        self._opens: dict[datetime, datetime | None] = {}
        self._midnights: dict[datetime, datetime] = {}

    def local(self, minute: datetime) -> datetime:
        """The minute as the clock on the wall shows it ("Times are local to the tenant")."""
        return minute.astimezone(self.zone)

    def hours(self, day: date) -> Span | None:
        """The office hours of a date: `special_hours` first, then holidays, then the week (§4, office hours)."""
        if day not in self._hours:
            special = self.rules.special_hours
            usual = None if self.is_holiday(day) else self._hours_of_weekday(day.weekday())
            self._hours[day] = (special[day] or None) if day in special else usual
        return self._hours[day]

    def _hours_of_weekday(self, number: int) -> Span | None:
        """One pair, Monday to Friday, or a pair for each of the seven weekdays (§4, office hours)."""
        hours = self.rules.hours
        if isinstance(hours, tuple):
            return hours if number < 5 else None
        for name, span in hours.items():
            if name == WEEKDAYS[number]:
                return span or None
        return None

    def kind(self, minute: datetime) -> Kind:
        """What the minute is: within office hours, lunch, or outside office hours (§4)."""
        if minute not in self._kinds:
            self._kinds[minute] = self._kind(self.local(minute))
        return self._kinds[minute]

    def _kind(self, local: datetime) -> Kind:
        """The same, of what the clock on the wall shows; lunch only "where it lies inside the office hours" (§4)."""
        hours, lunch, clock = self.hours(local.date()), self.rules.lunch, local.time()
        if not hours or not hours[0] <= clock < hours[1]:
            return Kind.CLOSED
        if lunch and hours[0] <= lunch[0] and lunch[1] <= hours[1] and lunch[0] <= clock < lunch[1]:
            return Kind.LUNCH
        return Kind.OFFICE

    def lunch_ends(self, minute: datetime) -> datetime:
        """The first minute after the lunch that this minute is in (§4, lunch)."""
        while self.kind(minute) is Kind.LUNCH:
            minute += MINUTE
        return minute

    def opens(self, closed: datetime) -> datetime | None:
        """The opening hour that ends the closed hours this minute is in, or None where none comes (§4, night)."""
        if closed not in self._opens:
            self._opens[closed] = self._opens_after(closed)
        return self._opens[closed]

    def _opens_after(self, closed: datetime) -> datetime | None:
        minute = closed
        while self.kind(minute) is Kind.CLOSED:
            minute += MINUTE
            if minute - closed > YEAR:
                return None
        return minute

    def day_begins(self, minute: datetime) -> bool:
        """Whether it is the first minute of a local date (§4, all-day entries)."""
        return self.local(minute).date() != self.local(minute - MINUTE).date()

    def shows_midnight(self, minute: datetime) -> bool:
        """Whether it is a local midnight: the clock shows 00:00, or skips it as the date begins (§4, night)."""
        return self.local(minute).time() == time(0) or self.day_begins(minute)

    def nearest_midnight(self, moment: datetime) -> datetime:
        """The beginning of a local date that is nearest to the moment, whatever zone it was told in (§4)."""
        if moment not in self._midnights:
            distance = timedelta(0)
            # "of two as near the later one"
            while not (found := [m for m in (moment + distance, moment - distance) if self.day_begins(m)]):
                distance += MINUTE
            self._midnights[moment] = found[0]
        return self._midnights[moment]


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every whole minute from start on and before end, in UTC."""
    minute = _whole_minute(start)
    while minute < end:
        yield minute
        minute += MINUTE


def _whole_minute(moment: datetime) -> datetime:
    """The first whole minute from that moment on."""
    floor = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return floor if floor == moment else floor + MINUTE


# --- §1: which entries count -------------------------------------------------------------------------------------


def counted(entries: Iterable[Entry], town: Town) -> list[Counted]:
    """The entries that count (§1), with the times that they have in this zone (§4)."""
    own_word = [entry for entry in entries if _counts(entry, town.rules)]
    timed = [_timed(entry, town) for entry in own_word]
    # "It ends after it starts; anything else is skipped and logged."
    return [entry for entry in timed if entry.end > entry.start]


def _counts(entry: Entry, rules: Rules) -> bool:
    """Not cancelled (§1.2), the subscriber's own word (§1.3), and not private where those don't count (§1.5)."""
    # "they organise it, it has no attendees, or they have accepted it. A declined entry never counts; tentative and
    # unanswered ones only with `count_tentative`"
    accepted = {Response.ORGANIZER, Response.NONE, Response.ACCEPTED}
    if rules.count_tentative:
        accepted |= {Response.TENTATIVE, Response.UNANSWERED}
    return not entry.cancelled and entry.response in accepted and (rules.count_private or not entry.private)


def _timed(entry: Entry, town: Town) -> Counted:
    """The entry on the grid; an all-day one between the nearest local midnights (§4)."""
    start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
    if entry.all_day:
        start, end = town.nearest_midnight(start), town.nearest_midnight(end)
    return Counted(
        key=entry.key,
        start=start,
        end=end,
        code=entry.command.code,
        phone=entry.command.phone,
        alternative=_own_alternative(entry),
        # "an all-day entry, or one whose two ends are both local midnights"
        whole_days=entry.all_day or (town.shows_midnight(start) and town.shows_midnight(end)),
    )


def _own_alternative(entry: Entry) -> Alternative | None:
    """The alternative, where the subscriber wrote it themselves (§2, "that somebody else organises")."""
    return entry.command.alternative if entry.response in {Response.ORGANIZER, Response.NONE} else None


# --- §3.1 and §4: an entry settles by itself ---------------------------------------------------------------------


def _settled(entry: Counted, openings: Sequence[Opening], town: Town) -> Settled:
    """What the entry reaches and how long it lasts: by itself (§3.1), then between openings (§5)."""
    reach, night, lasts = _by_itself(entry, town)
    opened = _opened(entry, openings)
    after = _after(entry, openings)
    if opened is not None and _is_ended_at(entry, opened, openings):
        # "Such an entry lasts until *o*, without rest or margin"
        reach, night, lasts = opened, False, opened
    elif opened is not None and opened < lasts:
        # "an entry that is over by *o* reaches no further than *o*"
        reach, night, lasts = min(reach, opened), False, opened
    # §5.2: no absence "reaches back over *o*: it begins at *o* at the earliest".
    begins = entry.start if after is None else max(entry.start, after)
    return Settled(entry, begins, reach, night, lasts)


def _by_itself(entry: Counted, town: Town) -> tuple[datetime, bool, datetime]:
    """Its reach, whether that is a night's end, and until when it lasts (§3.1)."""
    # "Of several rests the one that ends last."
    rests = [(end, False) for end in _lunches(entry, town)] + [(end, True) for end in _nights(entry, town)]
    if rests:
        reach, night = max(rests)
        return reach, night, reach
    # "Otherwise it reaches its own end and lasts until its end plus `margin`"
    return entry.end, False, entry.end + town.rules.margin * MINUTE


def _slack(rules: Rules) -> timedelta:
    """`slack` = max(`gap`, `margin`) (§3)."""
    return max(rules.gap, rules.margin) * MINUTE


def _near_the_end(entry: Counted, town: Town, kind: Kind) -> list[datetime]:
    """The minutes of that kind from its end to `slack` after it: it ends in such a rest, or shortly before (§3.1)."""
    window = minutes(entry.end, entry.end + _slack(town.rules) + MINUTE)
    return [minute for minute in window if town.kind(minute) is kind]


def _lunches(entry: Counted, town: Town) -> list[datetime]:
    """Where the lunch ends that it reaches: the last, if there were several (§3.1)."""
    return [town.lunch_ends(minute) for minute in _near_the_end(entry, town, Kind.LUNCH)[-1:]]


def _nights(entry: Counted, town: Town) -> list[datetime]:
    """Where the nights end that it reaches (§4, night)."""
    closed = []
    # "reaches the opening hour of the next working day, that same day included"
    if town.rules.night and entry.whole_days and town.kind(entry.end) is Kind.CLOSED:
        closed.append(entry.end)
    # With `after_hours` on, "any entry that ends outside office hours, or `slack` or less before they end".
    if town.rules.after_hours:
        closed += _near_the_end(entry, town, Kind.CLOSED)[-1:]
    opening_hours = [town.opens(minute) for minute in closed]
    return [hour for hour in opening_hours if hour is not None]


# --- §5: openings ------------------------------------------------------------------------------------------------


def _opened(entry: Counted, openings: Sequence[Opening]) -> datetime | None:
    """The first opening by which the entry has ended, by its key (§5.1) or by its own end (§5.2), if any."""
    moments = [o.at for o in _of(entry, openings) if _is_ended_by(entry, o) or entry.end <= o.at]
    return min(moments, default=None)


def _after(entry: Counted, openings: Sequence[Opening]) -> datetime | None:
    """The last opening that the entry outlasts: its absence begins there at the earliest (§5.2)."""
    opened = _opened(entry, openings)
    return max((o.at for o in _of(entry, openings) if opened is None or o.at < opened), default=None)


def _of(entry: Counted, openings: Sequence[Opening]) -> list[Opening]:
    """The openings that ended the entry's phone state (§5.2, "no absence of that phone state")."""
    return [opening for opening in openings if opening.phone is entry.phone]


def _is_ended_by(entry: Counted, opening: Opening) -> bool:
    """Whether its key is remembered, and it was not "moved to start after *o*" (§5.1)."""
    return entry.key in opening.keys and entry.start <= opening.at


def _is_ended_at(entry: Counted, moment: datetime, openings: Sequence[Opening]) -> bool:
    """Whether an opening at that moment ended it by its key (§5.1)."""
    return any(o.at == moment and _is_ended_by(entry, o) for o in _of(entry, openings))


def openings_written(referrals: Iterable[Referral], moment: datetime) -> list[Opening]:
    """What an opening at that moment remembers of the referrals that lie there; none where nothing is in force (§5)."""
    lasting = [referral for referral in referrals if referral.start <= moment < referral.until]
    current = in_force(lasting, moment)
    if current is None:
        return []
    # "only where nothing closed is in force does it end an open one", and what that one hides with it
    phones = {Phone.CLOSED, current.phone}
    return [
        Opening(moment, phone, _started(lasting, phone, moment))
        for phone in Phone
        if phone in phones and any(referral.phone is phone for referral in lasting)
    ]


def _started(referrals: Iterable[Referral], phone: Phone, moment: datetime) -> frozenset[str]:
    """The keys of the calendar's entries "that had started by *o*" (§5.1)."""
    its_own = [one for one in referrals if one.phone is phone and one.origin == "calendar"]
    return frozenset(booking.key for one in its_own for booking in one.bookings if booking.start <= moment)


# --- §6.3: what an entry is known by ------------------------------------------------------------------------------


def key(secret: bytes, uid: str) -> str:
    """The key of an entry that belongs to no series, and whose UID is none of Outlook's (§6.3)."""
    return hmac.new(secret, f"{len(uid)}:{uid}:".encode(), "sha256").hexdigest()[:32]


# --- §3.2 to §3.5: one absence out of several entries ------------------------------------------------------------


def absences(  # noqa: PLR0913, PLR0917 - everything that decides
    entries: Iterable[Entry],
    openings: Iterable[Opening],
    rules: Rules,
    zone: ZoneInfo,
    is_holiday: IsHoliday,
    standing: Alternative | None,
) -> list[Naive]:
    """The absences that the entries make after the openings, by start and phone (§1, §3, §4, §5)."""
    return absences_in(Town(rules, zone, is_holiday), entries, openings, standing)


def absences_in(
    town: Town, entries: Iterable[Entry], openings: Iterable[Opening], standing: Alternative | None
) -> list[Naive]:
    """The same, of whoever asks about one town several times."""
    rules = town.rules
    opened = [replace(opening, at=opening.at.astimezone(UTC)) for opening in openings]
    groups = defaultdict(list)
    for entry in counted(entries, town):
        # "Closed (`:`) and open (`;`) entries are merged apart from each other"; an absence "is not joined to one
        # before" an opening.
        groups[entry.phone, _after(entry, opened)].append(_settled(entry, opened, town))
    joined = [absence for group in groups.values() for absence in _joined(group, rules)]
    found = [_absence(absence, rules, standing) for absence in joined]
    return sorted((one for one in found if one.start < one.until), key=lambda one: (one.start, one.phone))


def left_of(  # noqa: PLR0913, PLR0917 - everything that decides
    absence: Naive,
    start: datetime,
    town: Town,
    entries: Iterable[Entry],
    openings: Iterable[Opening],
    standing: Alternative | None,
) -> Naive:
    """What an absence is that begins at `start` only: that of its entries which last beyond it (§6.2)."""
    opened = [replace(opening, at=opening.at.astimezone(UTC)) for opening in openings]
    own = [one for one in counted(entries, town) if one.key in absence.keys and one.phone is absence.phone]
    settled = [_settled(entry, opened, town) for entry in own]
    return _absence([one for one in settled if one.lasts > start], town.rules, standing)


def _joined(group: Iterable[Settled], rules: Rules) -> list[list[Settled]]:
    """The entries of each absence (§3.2)."""
    joined: list[list[Settled]] = []
    # "In order of start, an entry joins the absence so far if any entry in it takes it in […] Otherwise it begins a
    # new absence."
    for entry in sorted(group, key=lambda one: _order(one, rules)):
        if joined and any(_takes_in(earlier, entry, rules) for earlier in joined[-1]):
            joined[-1].append(entry)
        else:
            joined.append([entry])
    return joined


def _takes_in(earlier: Settled, later: Settled, rules: Rules) -> bool:
    """Whether the earlier entry takes the later one into its absence (§3.2)."""
    # "one that reached a night's end only what starts before that end"
    if earlier.reached_a_night:
        return later.begins < earlier.reach
    # "each takes in what starts no later than `slack` after its reach"
    return later.begins <= earlier.reach + _slack(rules)


def _order(entry: Settled, rules: Rules) -> tuple[datetime, int, str]:
    """By start; "At equal starts: order of commands, then of keys" (§3.5)."""
    return entry.counted.start, _rank(entry.counted.code, rules), entry.counted.key


def _rank(code: str, rules: Rules) -> int:
    """Where the code stands in the tenant's list (§3.5)."""
    codes = [definition.code for definition in rules.commands]
    return codes.index(code) if code in codes else len(codes)


def _absence(entries: Sequence[Settled], rules: Rules, standing: Alternative | None) -> Naive:
    """The absence that the entries make: "from its first start to the latest time that one lasts" (§3.3)."""
    start = min(entry.begins for entry in entries)
    return Naive(
        phone=entries[0].counted.phone,
        start=start,
        until=max(entry.lasts for entry in entries),
        reason=_reason(entries, rules),
        alternative=_alternative(entries, start, rules, standing),
        keys=frozenset(entry.counted.key for entry in entries),
    )


def _reason(entries: Sequence[Settled], rules: Rules) -> str:
    """The reason "of the command that stands first in the tenant's list among its entries" (§3.5)."""
    codes = {entry.counted.code for entry in entries}
    for definition in rules.commands:
        if definition.code in codes:
            return definition.reason
    return min(codes)


def _alternative(
    entries: Sequence[Settled], start: datetime, rules: Rules, standing: Alternative | None
) -> Alternative | None:
    """The first alternative that an entry names early enough, else the standing one (§3.5)."""
    chosen = standing
    for entry in sorted(entries, key=lambda one: _order(one, rules)):
        # "named by an entry which starts no later than `slack` after the absence begins"
        if entry.counted.alternative is not None and entry.counted.start <= start + _slack(rules):
            chosen = entry.counted.alternative
            break
    if chosen is not None and entries[0].counted.phone is Phone.OPEN:
        return Alternative(chosen.number, Mode.INFO)  # "With `;` an alternative is always `info`." (§2)
    return chosen


# --- §6: what is in force, and when the person is back -----------------------------------------------------------


def in_force(referrals: Iterable[Referral], moment: datetime) -> Referral | None:
    """The referral that holds at the moment: another hand's, else the calendar's (§6.1)."""
    lasting = [referral for referral in referrals if referral.start <= moment < referral.until]
    by_hand = [referral for referral in lasting if referral.origin != "calendar"]
    if by_hand:
        return max(by_hand, key=_set_last)  # "of several the one set last"
    # "while a closed absence lasts, an open one beside it is not in force" (§3)
    closed = [referral for referral in lasting if referral.phone is Phone.CLOSED]
    return next(iter(closed or lasting), None)


def _set_last(referral: Referral) -> tuple[datetime, int]:
    """When it was set, then which came later into the store (§6.1)."""
    return referral.set_at or datetime.min.replace(tzinfo=UTC), referral.id or 0


def _closed(referrals: Iterable[Referral], minute: datetime) -> bool:
    """Whether a closed referral is in force (§6.8, §8)."""
    referral = in_force(referrals, minute)
    return referral is not None and referral.phone is Phone.CLOSED


def back(  # noqa: PLR0913, PLR0917 - everything that decides
    referrals: Iterable[Referral],
    now: datetime,
    horizon_end: datetime,
    rules: Rules,
    zone: ZoneInfo,
    is_holiday: IsHoliday,
) -> datetime | None:
    """The first minute inside office hours and outside lunch with no closed referral in force (§6.8)."""
    town, own = Town(rules, zone, is_holiday), list(referrals)
    for minute in minutes(now, horizon_end):
        if town.kind(minute) is Kind.OFFICE and not _closed(own, minute):
            return minute
    return None


# --- §8: a whole department away ---------------------------------------------------------------------------------


def unmanned(  # noqa: PLR0913, PLR0917 - everything that decides
    members: Sequence[tuple[Sequence[Referral], bool]],
    start: datetime,
    end: datetime,
    rules: Rules,
    zone: ZoneInfo,
    is_holiday: IsHoliday,
) -> list[tuple[datetime, datetime]]:
    """From the first to after the last minute of each stretch in which nobody is there, if it is long enough (§8)."""
    town = Town(rules, zone, is_holiday)
    stretches: list[list[datetime]] = [[]]
    for minute in minutes(start, end):
        # "Stretches with only rests and closed hours between them are one.": such minutes neither add nor part.
        if town.kind(minute) is not Kind.OFFICE:
            continue
        if _nobody(members, minute):
            stretches[-1].append(minute)
        else:
            stretches.append([])
    # Only one "of at least `unmanned_minutes` (default 15) inside office hours" is told.
    long = [stretch for stretch in stretches if stretch and len(stretch) >= rules.unmanned_minutes]
    return [(stretch[0], stretch[-1] + MINUTE) for stretch in long]


def _nobody(members: Sequence[tuple[Sequence[Referral], bool]], minute: datetime) -> bool:
    """Whether every one of two or more is closed; who could not be read "counts as present" (§8)."""
    return len(members) >= 2 and all(readable and _closed(referrals, minute) for referrals, readable in members)
