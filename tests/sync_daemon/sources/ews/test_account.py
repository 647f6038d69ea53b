"""The service account: where its password stands, and how often it may be tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_daemon.errors import UserError
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.logons import Logons, account_key
from sync_daemon.sources.password import password_in
from sync_daemon.sources.refusals import REFUSED_FOR


@pytest.mark.parametrize(
    "content",
    [
        "hemligt åäö".encode(),
        "hemligt åäö\n".encode(),
        "hemligt åäö\r\n".encode(),
        "\ufeffhemligt åäö\r\n".encode(),
        "hemligt åäö\r\n".encode("utf-16"),
        "hemligt åäö\r\nmer".encode(),
    ],
)
def test_the_password_is_the_first_line(tmp_path: Path, content: bytes) -> None:
    """As an editor, Notepad or PowerShell's `Out-File` writes it."""
    file = tmp_path / "sorsele-ews"
    file.write_bytes(content)
    assert password_in(file) == "hemligt åäö"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"\nhemligt", "is empty"),
        (b"heml\xe5gt", "is no text"),
        ("heml".encode("utf-16-le"), "is no text"),
    ],
)
def test_a_secret_that_is_none_is_told_without_a_word_of_it(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """With the file's name, and what to do."""
    file = tmp_path / "sorsele-ews"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=problem) as raised:
        password_in(file)
    assert str(file) in str(raised.value)
    assert "heml" not in str(raised.value).replace(str(file), "")
    assert raised.value.__cause__ is None


def test_a_refused_password_rests_for_an_hour() -> None:
    """Whoever else uses the account; another password is another matter."""
    settings = EwsSource(kind="ews", endpoint="https://mail.sorsele.se/", user="svc", secret=Path("s"))
    old, new = account_key(settings, "old"), account_key(settings, "new")
    logons = Logons()
    logons.refuse(old, 100.0)
    assert logons.is_refused(old, 100.0)
    assert logons.is_refused(old, 99.0 + REFUSED_FOR)
    assert not logons.is_refused(old, 100.0 + REFUSED_FOR)
    assert not logons.is_refused(new, 100.0)
    logons.accept(old, began=99.0)
    assert logons.is_refused(old, 101.0)
    logons.accept(old, began=101.0)
    assert not logons.is_refused(old, 101.0)
    elsewhere = settings.model_copy(update={"endpoint": "https://mail2.sorsele.se/", "user": "SVC"})
    assert account_key(elsewhere, "old") == old
    assert "old" not in old
