"""The file of the board's users: what it keeps, who may read it, and that it is whole at every moment."""

from __future__ import annotations

import stat
import threading
from typing import TYPE_CHECKING

import pytest

from sync_daemon.accounts import Accounts, AccountsFile, AccountsUnreadable, User, passwords
from sync_daemon.accounts.models import tenants_meant
from sync_daemon.accounts.names import account_name, refuse_name, refuse_origin
from sync_daemon.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

EVA = User(name="eva", password="$argon2id$…", operates=("sorsele",))  # noqa: S106 - none


def with_eva(now: Accounts) -> Accounts:
    """Eva as well."""
    return now.with_user(EVA)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the mask is, and nothing else is left in the folder but what keeps two commands apart."""
    file = AccountsFile(tmp_path / "users.json")
    file.change(with_eva)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "users.json": 0o600,
        "users.json.lock": 0o600,
    }


def test_what_another_process_writes_is_read_at_once(tmp_path: Path) -> None:
    """A file that is not there has nobody in it."""
    board, command = AccountsFile(tmp_path / "users.json"), AccountsFile(tmp_path / "users.json")
    assert board.read() == Accounts()
    command.change(with_eva)
    assert board.read().user("eva") == EVA
    command.change(lambda now: now.without(user="eva"))
    assert board.read().user("eva") is None


def test_commands_at_once_lose_no_user(tmp_path: Path) -> None:
    """Each waits for the other."""
    begin = threading.Barrier(8)

    def add(number: int) -> None:
        begin.wait()
        user = EVA.model_copy(update={"name": f"user-{number}"})
        AccountsFile(tmp_path / "users.json").change(lambda now: now.with_user(user))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(AccountsFile(tmp_path / "users.json").read().users) == 8


@pytest.mark.parametrize("text", ["{", '{"users": [{"name": "eva"}]}', '{"user": []}', '{"users": "eva"}'])
def test_a_file_that_cannot_be_used_is_told_and_not_overwritten(tmp_path: Path, text: str) -> None:
    """By its name, and without what is in it."""
    path = tmp_path / "users.json"
    path.write_text(text, encoding="utf-8")
    for act in (AccountsFile(path).read, lambda: AccountsFile(path).change(with_eva)):
        with pytest.raises(AccountsUnreadable, match=r"users\.json cannot be read") as raised:
            act()
        assert "eva" not in str(raised.value)
    assert path.read_text(encoding="utf-8") == text


def test_every_change_of_a_user_gives_another_fingerprint() -> None:
    """By which a session knows that it is over."""
    changes: list[dict[str, object]] = [
        {"name": "bo"},
        {"password": "other"},
        {"operates": ()},
        {"administers": ("sorsele",)},
    ]
    changed = {EVA.model_copy(update=change).fingerprint for change in changes}
    assert len(changed | {EVA.fingerprint}) == 5


def test_a_password_is_kept_as_argon2id_and_known_again() -> None:
    """With the parameters of RFC 9106; of the same password twice nothing is alike."""
    kept = passwords.hashed("Fyra hästar på bron", "eva")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.is_right("Fyra hästar på bron", kept)
    assert not passwords.is_right("Fyra hästar på bro", kept)
    assert not passwords.is_right("Fyra hästar på bron", None)
    assert not passwords.is_right("Fyra hästar på bron", "no hash")


@pytest.mark.parametrize("password", ["elva tecken", "aaaaaaaaaaaaaaaa", "eva-maria.eva-maria.", "x" * 501])
def test_a_password_that_is_guessed_at_once_is_refused(password: str) -> None:
    """Fewer than twelve characters, a few letters again and again, the name, or without end."""
    with pytest.raises(UserError, match="the password") as raised:
        passwords.hashed(password, "eva-maria.")
    assert password not in str(raised.value)


def test_a_token_is_long_and_known_by_its_digest() -> None:
    """Each is another."""
    one, other = passwords.new_token(), passwords.new_token()
    assert one != other
    assert len(one) > 40
    assert passwords.digest_of(one) != passwords.digest_of(other)


@pytest.mark.parametrize("name", ["", " ", "a b", "-eva", "eva\n", "e" * 101, "eva<b>", "a\u200db"])
def test_a_name_that_nobody_can_type_or_show_is_refused(name: str) -> None:
    """It stands in the log, in the store and on the page."""
    with pytest.raises(UserError, match="cannot be a name"):
        refuse_name(name if name.endswith("\n") else account_name(name))


def test_names_are_alike_in_small_letters() -> None:
    """And however a letter is composed."""
    assert refuse_name(account_name(" A\u030asa.Ek@Sorsele.SE ")) == "åsa.ek@sorsele.se"


@pytest.mark.parametrize("origin", ["calendar", "operator", "Telia", "", "a b", "x" * 51])
def test_an_origin_of_hanvisas_own_is_no_systems(origin: str) -> None:
    """Else it could end what the calendars say."""
    with pytest.raises(UserError, match="--origin"):
        refuse_origin(origin)


def test_a_star_stands_for_every_tenant_also_for_those_to_come() -> None:
    """A tenant that the configuration does not have is nobody's."""
    assert tenants_meant(("*",), ["sorsele", "mala"]) == {"sorsele", "mala"}
    assert tenants_meant(("sorsele", "gone"), ["sorsele", "mala"]) == {"sorsele"}
