"""`hanvisa board add-user` and the like: who may use the board, and which systems may ask."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from sync_daemon.accounts import passwords

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality, Result

PASSWORD, OTHER = "Fyra hästar på bron", "Korrekt batteri häfta"


@pytest.fixture
def typed(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Commands with something on standard input."""
    return Typed(town, monkeypatch)


class Typed:
    """Runs a command that reads the password from standard input."""

    def __init__(self, town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
        self._town = town
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, password: str = PASSWORD) -> Result:
        """The command of `hanvisa board`."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return self._town.hanvisa("board", *arguments)


def kept(town: Municipality) -> dict[str, list[dict[str, str]]]:
    """What the file holds."""
    found: dict[str, list[dict[str, str]]] = json.loads((town.folder / "board-users.json").read_text(encoding="utf-8"))
    return found


def test_a_user_is_added_listed_changed_and_removed(town: Municipality, typed: Typed) -> None:
    """The password is nowhere but in the head of who typed it."""
    added = typed("add-user", "Eva", "--operator", "sorsele", "--admin", "*", "--lang", "sv")
    assert (added.code, added.out) == (0, "eva får logga in på tavlan.\n")
    first = kept(town)["users"][0]
    assert passwords.is_right(PASSWORD, first["password"])
    assert PASSWORD not in json.dumps(kept(town), ensure_ascii=False)
    assert typed("users", "--json").json["users"] == [{"name": "eva", "operates": ["sorsele"], "administers": ["*"]}]
    assert typed("set-password", "eva", password=OTHER).code == 0
    assert kept(town)["users"][0]["password"] != first["password"]
    assert typed("remove-user", "eva").code == 0
    assert typed("users", "--json").json == {"users": [], "systems": []}


def test_a_token_is_printed_once_and_its_digest_kept(town: Municipality, typed: Typed) -> None:
    """Nothing else stands on standard output, so that it can be piped into a file."""
    added = typed("add-token", "telia", "--tenant", "sorsele")
    token = added.out.removesuffix("\n")
    assert (added.code, len(token.split())) == (0, 1)
    assert kept(town)["systems"] == [
        {"name": "telia", "token": passwords.digest_of(token), "origin": "telia", "operates": ["sorsele"]}
    ]
    assert token not in (town.folder / "board-users.json").read_text(encoding="utf-8")
    assert typed("remove-token", "telia").code == 0
    assert kept(town)["systems"] == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("add-user", "eva"), "say what they may see"),
        (("add-user", "eva", "--operator", "sorsle"), "there is no tenant 'sorsle'"),
        (("add-user", "a b", "--operator", "sorsele"), "cannot be a name"),
        (("set-password", "eva"), "the board has no user 'eva'"),
        (("remove-user", "eva"), "the board has no user 'eva'"),
        (("remove-token", "telia"), "the board knows no system 'telia'"),
        (("add-token", "telia", "--tenant", "sorsele", "--origin", "operator"), "hanvisa's own"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    town: Municipality, typed: Typed, arguments: tuple[str, ...], problem: str
) -> None:
    """With what is wrong."""
    refused = typed(*arguments)
    assert (refused.code, problem in refused.err) == (2, True)
    assert not (town.folder / "board-users.json").exists() or kept(town) == {"users": [], "systems": []}


@pytest.mark.parametrize("password", ["", "kort"])
def test_a_short_password_is_refused(town: Municipality, typed: Typed, password: str) -> None:
    """And no user is added."""
    assert typed("add-user", "eva", "--operator", "sorsele", password=password).code == 2
    assert not (town.folder / "board-users.json").exists()


def test_a_password_is_typed_twice_alike(town: Municipality, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal nobody sees what they type."""
    answers = iter([PASSWORD, "Fyra hästar", PASSWORD, PASSWORD])
    monkeypatch.setattr("sync_daemon.cli.commands.board_users.is_somebody_there", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert typed("add-user", "eva", "--operator", "sorsele", password="").code == 2
    assert typed("add-user", "eva", "--operator", "sorsele", password="").code == 0
    assert passwords.is_right(PASSWORD, kept(town)["users"][0]["password"])


def test_users_that_others_may_read_are_told_and_made_private(town: Municipality, typed: Typed) -> None:
    """As all that is hanvisa's own."""
    typed("add-user", "eva", "--operator", "sorsele")
    file = town.folder / "board-users.json"
    file.chmod(0o644)
    assert str(file) in [one["thing"] for one in town.hanvisa("check", "--json").json]
    town.once("9:00")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_board_whose_table_is_wrong_does_not_begin(town: Municipality) -> None:
    """While it is, it would listen as nobody meant; other commands work."""
    toml = town.folder / "hanvisa.toml"
    toml.write_text('[board]\nlisten = "0.0.0.0"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    for arguments in (("board",), ("board", "users")):
        result = town.hanvisa(*arguments)
        assert (result.code, "board.listen" in result.err) == (2, True)
