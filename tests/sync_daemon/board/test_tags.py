"""What a browser has is remembered for as many as look, and no more."""

from __future__ import annotations

from sync_daemon.board.tags import Tags


def test_the_latest_tags_are_known_and_the_oldest_forgotten() -> None:
    """However many searches there are, they take no more room."""
    tags = Tags()
    assert tags.get("anna") is None
    assert tags.keep("anna", '"1"') == '"1"'
    for number in range(499):
        tags.keep(number, "")
    assert tags.get("anna") == '"1"'
    tags.keep("one more", "")
    assert tags.get("anna") is None
