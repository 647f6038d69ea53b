"""A store of which one may lose the right to write: before each commit that is asked, within the transaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_daemon.store import Store


class Lost(BaseException):
    """The right to write is another's."""


@pytest.mark.parametrize("question", [1, 2], ids=["before anything is written", "before what was written is kept"])
def test_who_lost_the_right_to_write_leaves_no_trace(tmp_path: Path, question: int) -> None:
    """Lost before the transaction or while it hangs: nothing of it is kept, and others write at once."""
    asked: list[None] = []

    def check() -> None:
        asked.append(None)
        if len(asked) == question:
            raise Lost

    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}?timeout=0.1") as store:
        with pytest.raises(Lost):
            store.guarded(check).mark("mine")
        store.mark("others")
        assert store.marked("others")
        assert not store.marked("mine")


def test_who_has_the_right_writes_as_ever(tmp_path: Path) -> None:
    """The store is the same one."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        store.guarded(lambda: None).mark("mine")
        assert store.marked("mine")
        assert store.guarded(lambda: None).secret() == store.secret()
