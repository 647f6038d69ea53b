"""What is said of an explanation beside its strip of time: the same sentences for the command line and the board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.office_hours import OfficeHours
from rules.plan import Change
from sync_daemon.answers import wording
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.entries_told import entry_lines, later_return_line, no_return_line
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.rests_told import closed_day_line
from sync_daemon.answers.setters import named, setter
from sync_daemon.answers.told import held_lines, not_looked_at, state_lines, unknown
from sync_daemon.answers.words import WORDS
from sync_daemon.settings import Tenant
from sync_daemon.store import ChangeRow
from sync_daemon.texts import Language, LocalTime, in_language


@dataclass(frozen=True, slots=True)
class ToldExplanation:
    """The lines in a language: whose it is and of when, what an operator would say, and then each entry and change.

    Where nothing is known of the moment, `above` says so and there is neither strip nor anything `below` it.
    """

    head: str
    above: tuple[str, ...]
    below: tuple[str, ...] = ()
    known: bool = True


def explanation_told(
    told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language, why_store_only: str | None = None
) -> ToldExplanation:
    """What is said of it; `why_store_only` is why the calendar was not looked at, where that was for another reason."""
    head = f"{told.person.name} ({', '.join(told.person.extensions)}), {LocalTime(told.at, tenant.zone).told(lang)}"
    if not told.known:
        return ToldExplanation(head, (in_language(unknown(told, tenant), lang),), known=False)
    words = WORDS[lang]
    above = [sentence_of(told, tenant, lang)]
    if told.referral is not None:
        above.append(words.set_by.format(by=in_language(named(setter(told.referral)), lang)))
    if told.store_only:
        above += [in_language(why_store_only or not_looked_at(), lang)]
    above += [in_language(line, lang) for line in _state(told, tenant, office, lang)]
    return ToldExplanation(head, tuple(above), tuple(_below(told, tenant, office, lang)))


def sentence_of(told: Explanation, tenant: Tenant, lang: Language) -> str:
    """What the operator tells the caller."""
    if told.referral is None:
        return wording.not_referred(lang)
    text = wording.reason_texts(tenant.rules.commands, lang).get(told.referral.reason, told.referral.reason)
    return wording.sentence(
        text,
        told.back,
        told.alternative.alternative,
        told.at,
        tenant.zone,
        lang,
        phone=told.referral.phone,
        country=tenant.rules.country,
    )


def _state(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> Iterator[str]:
    """What is to be said beside the sentence: of the return, of the day, of the person."""
    yield from no_return_line(told, tenant, lang)
    if not told.store_only:
        times = DayTimes(told.at, tenant.zone, lang)
        yield from later_return_line(told, office, times)
        yield from closed_day_line(office, times)
    yield from state_lines(told, tenant)


def _below(told: Explanation, tenant: Tenant, office: OfficeHours, lang: Language) -> Iterator[str]:
    words = WORDS[lang]
    if told.past:
        yield words.from_memory
    if told.remedy:
        yield words.unreadable.format(remedy=in_language(told.remedy, lang))
    if not told.complete:
        yield words.read_in_part
    yield from entry_lines(told, tenant, office, lang)
    yield from _changes(told, tenant, lang)


def _changes(told: Explanation, tenant: Tenant, lang: Language) -> Iterator[str]:
    """What was done, what the next cycle does, and what the brake holds back."""
    words = WORDS[lang]
    for title, changes in ((words.done, told.changes), (words.pending, told.pending or ())):
        if changes:
            yield title
            yield from (f"  {line}" for line in change_lines(changes, tenant, lang))
    for held in held_lines(told, tenant, lang):
        yield in_language(held, lang)


def change_lines(changes: Iterable[Change | ChangeRow], tenant: Tenant, lang: Language) -> Iterator[str]:
    """Each in a line: when it was made and by whom, where it was made; what it makes of which referral, and why."""
    texts = wording.reason_texts(tenant.rules.commands, lang)
    for change in changes:
        plain = Change(change.action, change.before, change.after, change.cause)
        told = wording.describe(plain, tenant.zone, lang, reasons=texts, country=tenant.rules.country)
        if isinstance(change, ChangeRow):
            told = f"{LocalTime(change.at, tenant.zone).told(lang)} {told} ({in_language(named(change.by), lang)})"
        yield told
