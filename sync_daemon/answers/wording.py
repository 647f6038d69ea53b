"""Sentences for people, in Swedish and English: what an operator tells the caller, and what has changed.

Swedish writes a time of day with a full stop (08.00); English here with a colon. Every time that comes in is aware, and
is told in the zone that comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import phonenumbers

from rules.command import Alternative, Mode, Phone
from rules.entry import Response
from rules.plan import Change
from rules.policy import MEETING, ON_DUTY_ELSEWHERE, CommandDefinition
from sync_daemon.answers.words import WORDS, Words
from sync_daemon.texts import InEachLanguage, Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from rules.entry import Verdict
    from rules.plan import Cause
    from rules.referral import Referral

_DAYS_TOLD_BY_WEEKDAY = 6

_AWAY: Mapping[Language, str] = {"sv": "borta", "en": "away"}

_ANSWERS = {
    Response.ORGANIZER: Text("the person's own"),
    Response.NONE: Text("the person's own"),
    Response.ACCEPTED: Text("accepted"),
    Response.TENTATIVE: Text("accepted tentatively"),
    Response.DECLINED: Text("declined"),
    Response.UNANSWERED: Text("not answered"),
}


def reason_texts(commands: Iterable[CommandDefinition], lang: Language) -> dict[str, str]:
    """What the operator says for each reason; a text that lacks the language is told in the one that it has.

    `away` is what `hanvisa refer` sets without a `--reason`.
    """
    return {
        "away": _AWAY[lang],
        **{
            definition.reason: definition.text.get(lang) or next(iter(definition.text.values()), definition.reason)
            for definition in commands
        },
    }


def reason_told(reason: str, commands: Iterable[CommandDefinition]) -> InEachLanguage:
    """What the operator says for the reason, in whichever language it is told; one that a person wrote as it stands."""
    known = tuple(commands)
    return InEachLanguage(
        sv=reason_texts(known, "sv").get(reason, reason), en=reason_texts(known, "en").get(reason, reason)
    )


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
    whose: str = "",
) -> str:
    """What the operator tells the caller of somebody who is referred: "Åter 13.00, sammanträde. Sök 4711.".

    A day other than today is told by its weekday, one more than six days ahead by its date too. `whose` the alternative
    is, in words, stands behind its number.
    """
    words = WORDS[lang]
    when = words.reachable if phone is Phone.OPEN else _back(back, now, zone, words)
    sentences = [", ".join(part for part in (when, reason_text) if part)]
    if alternative is not None:
        told = _alternative(alternative, country, words)
        sentences.append(f"{told} ({whose})" if whose else told)
    return " ".join(f"{one}." for one in sentences)


def back_told(back: datetime | None, now: datetime, zone: tzinfo, lang: Language) -> str:
    """When somebody is back, as `sentence` begins; that no time can be promised where that is not known."""
    return _back(back, now, zone, WORDS[lang])


def not_referred(lang: Language) -> str:
    """What the operator is told of somebody who is there."""
    return WORDS[lang].not_referred


def verdict(of: Verdict, lang: Language) -> str:
    """What became of an entry."""
    return WORDS[lang].verdicts[of]


def answer(response: Response) -> Text:
    """What the person has answered to an invitation; of an entry of their own, that it is."""
    return _ANSWERS[response]


def cause(of: Cause, lang: Language) -> str:
    """Why a referral changes."""
    return WORDS[lang].causes[of]


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
    words = WORDS[lang]
    texts = reason_texts((ON_DUTY_ELSEWHERE, MEETING), lang) if reasons is None else reasons
    told, before = (_parts(referral, zone, words, texts, country) for referral in (change.after, change.before))
    line = f"{words.action[change.action]} {', '.join(_worth_telling(told or before, words))}"
    changed = [old for old, new in zip(before, told, strict=False) if old != new]
    if changed:
        line = f"{line} ({words.before} {', '.join(changed)})"
    return f"{line}: {words.causes[change.cause]}."


def _back(back: datetime | None, now: datetime, zone: tzinfo, words: Words) -> str:
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


def _alternative(alternative: Alternative, country: str, words: Words) -> str:
    told = words.connected if alternative.mode is Mode.CONNECT else words.try_number
    return told.format(number=telephone_number(alternative.number, country))


def _wished(alternative: Alternative, country: str, words: Words) -> str:
    """As it was booked: whether calls are connected there is another matter at each moment."""
    if alternative.mode is Mode.CONNECT:
        return words.to_be_connected.format(number=telephone_number(alternative.number, country))
    told = _alternative(alternative, country, words)
    return told[0].lower() + told[1:]


def _parts(
    referral: Referral | None, zone: tzinfo, words: Words, reasons: Mapping[str, str], country: str
) -> tuple[str, ...]:
    """When, why, how the phone is, whom to try; nothing where there is no referral."""
    if referral is None:
        return ()
    alternative = words.no_alternative
    if referral.alternative is not None:
        alternative = _wished(referral.alternative, country, words)
    return (
        _stretch(referral.start.astimezone(zone), referral.until.astimezone(zone), words),
        reasons.get(referral.reason, referral.reason),
        words.phone[referral.phone],
        alternative,
    )


def _worth_telling(parts: Iterable[str], words: Words) -> list[str]:
    """The parts less what goes without saying: that the phone is closed, that nobody is named."""
    return [part for part in parts if part and part not in {words.phone[Phone.CLOSED], words.no_alternative}]


def _stretch(start: datetime, until: datetime, words: Words) -> str:
    if start == until:
        return f"{start:%Y-%m-%d}, {words.ended_at.format(time=f'{until:{words.clock}}')}"
    if start.date() == until.date():
        return f"{start:%Y-%m-%d {words.clock}}–{until:{words.clock}}"
    return f"{start:%Y-%m-%d {words.clock}} – {until:%Y-%m-%d {words.clock}}"
