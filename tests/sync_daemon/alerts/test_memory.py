"""Where it is kept who was mailed what: the store, a file beside it, or the process while neither can be had."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon.alerts.memory import BesideStore, InProcess, InStore, Memory
from sync_daemon.directory import Subscriber as Line
from sync_daemon.store import Alert, Store

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRST = Alert("", "store_unavailable", "", "", NOON, told=True, told_at=NOON)
SECOND = Alert("mala", "held_back", "mala", "a1", None, tries=3, next_try=NOON)


def _known(memory: Memory) -> list[Alert]:
    """What it holds."""
    seen: list[Alert] = []

    def look(alerts: Sequence[Alert]) -> Sequence[Alert]:
        seen.extend(alerts)
        return alerts

    memory.change(look)
    return seen


@pytest.fixture(params=["in the store", "beside it"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Memory]:
    """Makes one anew, as another process would."""
    url = f"sqlite:///{tmp_path / 'hanvisa.db'}"
    if request.param == "beside it":
        return lambda: BesideStore(url)
    return lambda: InStore(Store.open(url))


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the stores are closed with the test's process
def test_what_one_process_keeps_the_next_one_knows(memory: Callable[[], Memory]) -> None:
    """All of it, in one change; what is left out of that is forgotten."""
    memory().change(lambda _: [FIRST, SECOND])
    assert _known(memory()) == [FIRST, SECOND]
    memory().change(lambda alerts: alerts[1:])
    assert _known(memory()) == [SECOND]


def _count_up(url: str, times: int) -> None:
    def change(alerts: Sequence[Alert]) -> list[Alert]:
        [one] = alerts or [FIRST]
        return [Alert(*one.key, NOON, tries=one.tries + 1)]

    for _ in range(times):
        BesideStore(url).change(change)


def test_two_processes_change_it_one_after_the_other(tmp_path: Path) -> None:
    """Nothing of either is lost: else both would mail."""
    url = f"sqlite:///{tmp_path / 'hanvisa.db'}"
    BesideStore(url).change(lambda _: [Alert(*FIRST.key, NOON)])
    fork = multiprocessing.get_context("fork")
    other = fork.Process(target=_count_up, args=(url, 200))
    other.start()
    _count_up(url, 200)
    other.join()
    assert [one.tries for one in _known(BesideStore(url))] == [400]


def test_no_file_is_made_while_there_is_nothing_to_keep(tmp_path: Path) -> None:
    """An admin who looks as root would own it, and the service could not write it."""
    beside = BesideStore(f"sqlite:///{tmp_path / 'hanvisa.db'}")
    assert _known(beside) == []
    assert not beside.file.exists()


@pytest.mark.parametrize("content", [b"", b"[{", b'{"a": 1}', b'[{"cause": 1}]', b"\xff", b"[" * 100_000])
def test_a_file_that_is_torn_holds_nothing(tmp_path: Path, content: bytes) -> None:
    """It is told anew, and the file is whole again."""
    beside = BesideStore(f"sqlite:///{tmp_path / 'hanvisa.db'}")
    beside.file.write_bytes(content)
    assert _known(beside) == []
    beside.change(lambda _: [FIRST])
    assert _known(beside) == [FIRST]


def test_a_link_in_the_files_place_leads_nowhere(tmp_path: Path) -> None:
    """It could have any file of the service's overwritten."""
    (tmp_path / "victim").write_text("precious", encoding="utf-8")
    beside = BesideStore(f"sqlite:///{tmp_path / 'hanvisa.db'}")
    beside.file.symlink_to(tmp_path / "victim")
    with pytest.raises(OSError):  # noqa: PT011 - ELOOP, whatever its words
        beside.change(lambda _: [FIRST])
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "precious"


def test_where_nothing_can_be_written_the_process_remembers(tmp_path: Path) -> None:
    """Its disk is gone: it is told once all the same; what the file says counts as soon as there is one."""
    beside = BesideStore(f"sqlite:///{tmp_path / 'hanvisa.db'}")
    beside.file.mkdir()
    memory = InProcess(beside)
    memory.change(lambda _: [FIRST])
    assert _known(memory) == [FIRST]
    beside.file.rmdir()
    assert _known(memory) == [FIRST]
    assert _known(beside) == [FIRST]
    beside.change(lambda _: [SECOND])
    assert _known(memory) == [SECOND]
    beside.change(lambda _: [])
    assert _known(memory) == []


def test_a_tenant_that_is_renamed_is_told_of_under_its_new_id(tmp_path: Path) -> None:
    """What was mailed of the id that it has now, before the store knew that, is in nobody's way."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        store.put_directory("sorsele", [Line("a@s.se", "A", ("4711",))], set(), leave=True, now=NOON)
        rows = [Alert("", "not_read", tenant, "", NOON) for tenant in ("malå", "sorsele")]
        store.change_alerts(lambda _: [*rows, Alert("sorsele", "not_read", "sorsele", "", NOON)])
        store.rename_tenant("sorsele", "malå")
        assert store.alerts() == [Alert("", "not_read", "malå", "", NOON)]
