"""What is done to a person's phone from their page: by a form, which leads back to the page with what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from rules.command import Mode, Phone
from rules.referral import Referral
from sync_daemon.answers.wording import reason_texts
from sync_daemon.board.pages.person import Asked, Draft, asked_for, person_page, said_of, shown, state_of
from sync_daemon.board.place import place_of, viewer_of
from sync_daemon.board.said_once import FormSent
from sync_daemon.board.sign_in.requests import form_of
from sync_daemon.by_hand import (
    Done,
    Hand,
    Refused,
    Wish,
    open_phone,
    overlapping,
    possible_acts,
    read_time,
    refer,
    refer_instead,
    referral_told,
    undo_opening,
    withdraw,
)
from sync_daemon.by_hand.refusals import Field
from sync_daemon.texts import Language, Text, listed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Form = Mapping[str, str]

_LANGUAGES: tuple[Language, ...] = ("sv", "en")

_LONGEST_ID = 18
"""Digits, which SQLite can hold."""

_LONGEST = 300
"""Characters of what was typed that are shown again."""


_DIGITS = re.compile(r"(?P<hours>\d{1,2})(?P<minutes>\d\d)?", re.ASCII)
"""A time of day in digits alone, as it is typed with a caller on the line: 11, 930, 1130."""

_EXAMPLES = "13.00, 2026-11-24 13.00"


class _Stale(Refused):
    """The person's state is another one than the form was made for."""


class _Overlaps(Refused):
    """What is set by hand already is to be replaced, or added to: whoever sets more is to say which."""


def act(request: Request) -> Response:
    """`POST /people/TENANT/ID/ACT`. A form that is sent again gets the answer that it has had."""
    asked = asked_for(request)
    name = request.path_params["act"]
    doing = _ACTS.get(name)
    if doing is None or asked.hand is None:
        raise HTTPException(404)
    form = form_of(request)
    sent = FormSent(viewer_of(request).name, asked.address, form.get("form", ""))
    said = said_of(request)
    with said.acting:
        refused = None
        if not said.was_done(sent):
            try:
                done = _done(doing, asked.hand, form)
            except Refused as error:
                refused = error
            else:
                said.keep(sent, done.text)
    if refused is not None:
        return _refused(request, name, form, refused)
    place_of(request).keeper.look_again()
    return RedirectResponse(f"{asked.address}?{urlencode({'done': sent.form})}", 303)


def page_of_act(request: Request) -> Response:
    """`GET /people/TENANT/ID/ACT`: the person's page, for a form that was refused leaves a browser at its address."""
    if request.path_params["act"] not in _ACTS:
        raise HTTPException(404)
    return person_page(request)


def _done(doing: Callable[[Hand, Form], Done], hand: Hand, form: Form) -> Done:
    """Raises Refused, where nothing was done."""
    if form.get("state") != state_of(possible_acts(hand)):
        raise _Stale(
            Text(
                "This has changed since the page was shown, and nothing was done. Look at how it is now; if it is still"
                " right, press once more."
            )
        )
    return doing(hand, form)


def _refused(request: Request, act: str, form: Form, error: Refused) -> Response:
    """The page as it is by now, with why nothing was done, and nothing that was typed lost."""
    typed = {name: form[name][:_LONGEST] for name in ("until", "start", "reason", "number") if name in form}
    chosen = {
        "phone": "open" if form.get("phone") == "open" else "closed",
        "mode": "connect" if form.get("mode") == "connect" else "info",
    }
    overlaps = isinstance(error, _Overlaps)
    draft = Draft(act, **typed, **chosen, field=error.field, problem=error.text, overlaps=overlaps)
    return shown(request, _now(request), draft, status=409 if overlaps or isinstance(error, _Stale) else 422)


def _now(request: Request) -> Asked:
    place_of(request).keeper.look_again()
    return asked_for(request)


def _refer(hand: Hand, form: Form) -> Done:
    start = form.get("start", "").strip()
    phone = Phone.OPEN if form.get("phone") == "open" else Phone.CLOSED
    number = form.get("number", "").strip()
    wish = Wish(
        until=_time(hand, form.get("until", ""), "until"),
        start=_time(hand, start, "from") if start else None,
        reason=_reason(hand, form.get("reason", "").strip()),
        phone=phone,
        number=number or None,
        mode=Mode.CONNECT if form.get("mode") == "connect" else Mode.INFO,
    )
    answer = form.get("overlap")
    if answer == "replace":
        return refer_instead(hand, wish)
    if answer != "add" and (held := overlapping(hand, wish)):
        raise _Overlaps(_replace_or_add(hand, held, wish))
    return refer(hand, wish)


def _replace_or_add(hand: Hand, held: Sequence[Referral], wish: Wish) -> Text:
    told = [
        Text(
            "{name} is referred by hand already: {referral}.", name=hand.person.name, referral=referral_told(hand, one)
        )
        for one in held
    ]
    referrals = listed(told, " ")
    if wish.number is None and any(one.alternative for one in held):
        return Text(
            "{referrals} Nothing is done yet: replace that, or add the new one. Of that no number is kept: write it"
            " as the alternative where it is to hold on.",
            referrals=referrals,
        )
    return Text("{referrals} Nothing is done yet: replace that, or add the new one.", referrals=referrals)


def _time(hand: Hand, text: str, field: Field) -> datetime:
    digits = _DIGITS.fullmatch(text.strip())
    written = f"{digits['hours']}.{digits['minutes'] or '00'}" if digits else text
    return read_time(written, hand.tenant.zone, hand.now, field, examples=_EXAMPLES)


def _reason(hand: Hand, text: str) -> str:
    """The reason's own name where its word was typed, so that it is told in each language; else what was typed."""
    if not text:
        return "away"
    for language in _LANGUAGES:
        for name, word in reason_texts(hand.tenant.rules.commands, language).items():
            if text.casefold() in {word.casefold(), name.casefold()}:
                return name
    return text


def _open(hand: Hand, form: Form) -> Done:
    del form
    return open_phone(hand)


def _undo(hand: Hand, form: Form) -> Done:
    del form
    return undo_opening(hand)


def _withdraw(hand: Hand, form: Form) -> Done:
    """The one of that id, which is one of this person's or none."""
    which = form.get("referral", "")
    return withdraw(
        hand, referral=int(which) if which.isascii() and which.isdigit() and len(which) <= _LONGEST_ID else 0
    )


_ACTS: Mapping[str, Callable[[Hand, Form], Done]] = {
    "refer": _refer,
    "open": _open,
    "undo": _undo,
    "withdraw": _withdraw,
}
