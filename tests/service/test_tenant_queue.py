"""What is asked of a tenant's thread, and in what order it is taken from its queue."""

from __future__ import annotations

import threading
import time

from sync_daemon.service.tenant_queue import Request, TenantQueue

ANNA, BO = frozenset({"anna@sorsele.se"}), frozenset({"bo@sorsele.se"})


def test_two_requests_are_one_that_asks_for_both() -> None:
    """A ring and a source's event are one cycle."""
    assert Request(cycle=True) | Request(mailboxes=ANNA) == Request(cycle=True, mailboxes=ANNA)
    assert Request(mailboxes=ANNA) | Request(mailboxes=BO, stop=True) == Request(mailboxes=ANNA | BO, stop=True)


def test_what_is_taken_is_pending_no_more() -> None:
    """But for the end, which nobody takes back."""
    queue = TenantQueue()
    queue.put(Request(cycle=True, mailboxes=ANNA))
    queue.put(Request(stop=True))
    assert queue.take() == Request(cycle=True, mailboxes=ANNA, stop=True)
    assert queue.pending == Request(stop=True)


def test_mailboxes_alone_wait_for_the_next_cycle() -> None:
    """What was not read this time is no reason to begin at once."""
    queue = TenantQueue()
    queue.put(Request(mailboxes=ANNA))
    waiting = threading.Thread(target=queue.wait, daemon=True)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    queue.put(Request(cycle=True))
    waiting.join(30)
    assert queue.take() == Request(mailboxes=ANNA)


def test_a_cycle_that_was_waited_for_is_pending_no_more() -> None:
    """Whatever fails before anything is taken is not tried again at once; what is asked for meanwhile is."""
    queue = TenantQueue()
    queue.put(Request(cycle=True))
    queue.wait()
    assert queue.pending == Request()
    queue.put(Request(cycle=True))
    assert queue.pending == Request(cycle=True)


def test_a_pause_ends_when_the_end_is_asked_for() -> None:
    """However long it was to be; a cycle that is asked for does not shorten it."""
    queue = TenantQueue()
    queue.put(Request(cycle=True))
    began = time.monotonic()
    queue.pause(0.05)
    assert time.monotonic() - began >= 0.05
    threading.Timer(0.05, queue.put, [Request(stop=True)]).start()
    queue.pause(600)
    assert time.monotonic() - began < 300
    assert queue.pending == Request(cycle=True, stop=True)
