"""What several ask for is kept for as many as look, and no more."""

from __future__ import annotations

from sync_daemon.board.kept_answers import KeptAnswers


def test_the_latest_answers_are_known_and_the_oldest_forgotten() -> None:
    """However many searches there are, they take no more room."""
    answers = KeptAnswers()
    assert answers.get("anna") is None
    anna = answers.keep("anna", b"Anna")
    for number in range(299):
        answers.keep(number, b"")
    assert answers.get("anna") is anna
    answers.keep("one more", b"")
    assert answers.get("anna") is None


def test_a_tag_is_of_what_is_answered() -> None:
    """The same answer to another question has it too: a browser that has it need not get it again."""
    answers = KeptAnswers()
    anna, bo = answers.keep("anna", b"nobody"), answers.keep("bo", b"nobody")
    assert anna.tag == bo.tag != answers.keep("cecilia", b"Cecilia").tag
