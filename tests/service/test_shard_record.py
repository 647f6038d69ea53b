"""How long a shard waits by what was noted of it, and who wrote under an old number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.service.shard_record import Noted, judged, waits, woke_without, written_after

BEGAN = datetime(2026, 11, 27, 8, tzinfo=UTC)


def noted(*told: str) -> list[Noted]:
    """`second what name process`; a process has one job of each shard, and takings are numbered as they come."""
    found = []
    for number, one in enumerate(told):
        second, what, *rest = one.split()
        name = next((word for word in rest if word.startswith("mala")), "")
        process = next((int(word) for word in rest if word.isdigit()), None)
        fence = int(rest[-1][1:]) if rest[-1].startswith("#") else number
        found.append(Noted(BEGAN + timedelta(seconds=int(second)), what, name, process, process, fence))
    return found


def seconds(*told: str) -> list[int]:
    """How long each wait was."""
    return [round(one.lasted.total_seconds()) for one in waits(noted(*told))]


ASKED = ("0 asked mala/1", "2 started mala/1 7", "3 taken mala/1 7")


def test_a_shard_waits_until_a_host_has_both_its_lock_and_its_job() -> None:
    """However long it is read after that; a second request does not begin the wait anew."""
    assert seconds(*ASKED, "90 answered mala/1 7") == [3]
    assert seconds("0 asked mala/1", "20 asked mala/1", "35 answered mala/1 7") == [35]
    assert seconds(*ASKED, "9 answered mala/1 7", "80 lost 7", "99 back 7") == [3]


def test_it_waits_from_when_its_host_is_lost_or_its_lock_or_job_is() -> None:
    """Until another has it, or the host goes on; for ever, where nobody does."""
    taken = ("27 started mala/1 8", "28 taken mala/1 8", "40 answered mala/1 8")
    assert seconds(*ASKED, "10 lost 7", *taken) == [3, 18]
    assert seconds(*ASKED, "10 unlocked mala/1", *taken) == [3, 18]
    assert seconds(*ASKED, "10 ended mala/1 7", *taken) == [3, 18]
    assert seconds(*ASKED, "10 lost 7", "14 back 7", "20 answered mala/1 7") == [3, 4]
    assert seconds(*ASKED, "10 lost 7", "70 lost 9") == [3, 60]


def test_the_loss_of_who_was_about_to_end_a_wait_begins_another() -> None:
    """Of the tenant's holder, or of whom the job was given to; how long all of it was is known."""
    for given in ("25 taken mala 8", "25 deferred mala/1 8", "25 started mala/1 8"):
        events = (*ASKED, "10 lost 7", given, "30 lost 8", "45 started mala/1 9", "46 taken mala/1 9")
        assert seconds(*events) == [3, 20, 16]
        assert [round(one.in_all.total_seconds()) for one in waits(noted(*events))] == [3, 20, 36]


def test_a_wait_that_was_too_long_is_told_as_a_story() -> None:
    """In half a minute some other host has it."""
    late = ("39 started mala/1 8", "41 taken mala/1 8")
    found, wrong = judged(noted(*ASKED, "10 lost 7", *late))
    assert "waited 31.0 s at most" in found
    assert [one.partition(": ")[2] for one in wrong] == ["0.0 lost 7, 29.0 started 8, 31.0 taken 8"]
    assert judged(noted(*ASKED))[1] == []


def test_who_answers_under_an_old_number_is_found() -> None:
    """And how many shards were another's when their host woke."""
    woken = noted(*ASKED, "10 lost 7", "30 taken mala/1 8", "40 back 7", "41 answered mala/1 7 #2")
    assert [one.process for one in written_after(woken)] == [7]
    assert woke_without(woken) == 1
    assert written_after(noted(*ASKED, "9 answered mala/1 7 #2")) == []
    assert woke_without(noted(*ASKED, "10 lost 7", "14 back 7")) == 0
