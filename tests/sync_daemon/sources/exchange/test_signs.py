"""What is heard of mailboxes: who is listened for, whose fingerprint changes, and why somebody is polled."""

from __future__ import annotations

from contextlib import suppress

from sync_daemon.sources import Hearing
from sync_daemon.sources.exchange.signs import NOT_BEGUN, Signs

ANNA, BO, CECILIA = "anna@sorsele.se", "bo@sorsele.se", "cecilia@sorsele.se"


def test_a_mailbox_has_a_fingerprint_as_long_as_it_is_listened_for() -> None:
    """None before, none after; another one after each sign, and where signs may have been missed."""
    signs = Signs()
    assert signs.fingerprints([ANNA, BO]) == {}
    signs.begin([ANNA])
    begun = signs.fingerprints([ANNA, BO])
    assert begun.keys() == {ANNA}
    assert signs.hear([ANNA, BO]) == {ANNA}  # nobody listens for Bo, who is read anyway
    heard = signs.fingerprints([ANNA, BO])
    signs.lose([ANNA], "the server is away")
    assert signs.fingerprints([ANNA, BO]) == {}
    signs.begin([ANNA])
    assert len({one[ANNA] for one in (begun, heard, signs.fingerprints([ANNA, BO]))}) == 3


def test_what_listening_lacks_is_counted_by_its_reason() -> None:
    """Of those that are wanted: who has left the directory is no lack."""
    signs = Signs()
    assert signs.hearing == Hearing(0, {})
    signs.fingerprints([ANNA, BO, CECILIA])
    assert signs.hearing == Hearing(0, {NOT_BEGUN: 3})
    signs.begin([ANNA])
    signs.lose([BO], "the server is away")
    assert signs.hearing == Hearing(1, {NOT_BEGUN: 1, "the server is away": 1})
    assert signs.hearing.polled == 2
    signs.fingerprints([ANNA])
    assert signs.hearing == Hearing(1, {})


def test_however_listening_ends_nobody_is_listened_for_any_more() -> None:
    """A bug in who listens must not leave a mailbox dark: it is polled."""
    signs = Signs()
    signs.fingerprints([ANNA])
    with suppress(ZeroDivisionError), signs.listening():
        signs.begin([ANNA])
        raise ZeroDivisionError
    assert signs.fingerprints([ANNA]) == {}
    assert signs.hearing.polled == 1
