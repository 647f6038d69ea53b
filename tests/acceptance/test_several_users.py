"""More than one user on the machine: `deploy/hanvisa`, what operators may do by sudo, backups that stay private."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.municipality import NOON, Municipality, hanvisa

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OPERATORS = ("referrals", "notices", "explain", "refer", "open", "withdraw", "status")
OTHERS = ("run", "once", "plan", "approve", "check", "log", "init", "subscriber", "tenant", "--help", "")
STAND_INS = {
    "id": "echo $WHO",
    "hanvisa-itself": 'echo hanvisa "$@" "($WHO, $HANVISA_CONFIG)"',
    # `sudo -u hanvisa -- COMMAND` and `runuser -u hanvisa -- COMMAND`, as far as it goes: another user, the same rest.
    "sudo": '[ "$1 $2 $3" = "-u hanvisa --" ] || exit 99; shift 3; echo "by sudo"; WHO=hanvisa exec "$@"',
    "runuser": '[ "$1 $2 $3" = "-u hanvisa --" ] || exit 99; shift 3; echo "by runuser"; WHO=hanvisa exec "$@"',
}
"""Programs of the machine that a test cannot have: there is no user `hanvisa`, and nobody else's rights to get."""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs, with ours as the page has them copied."""
    for name, script in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    for name in ("hanvisa", "hanvisa-operator"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        text = text.replace("/opt/hanvisa/bin/hanvisa", str(tmp_path / "hanvisa-itself"))
        (tmp_path / name).write_text(text.replace("/usr/local/bin", str(tmp_path)), encoding="utf-8")
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    return tmp_path


def typed(machine: Path, who: str, *words: str, **more: str) -> tuple[int, str]:
    """How it ends, and what is said, when that user types `hanvisa`; `more` is in the environment as well."""
    environment = {"PATH": f"{machine}:{os.environ['PATH']}", "WHO": who, **more}
    command = [str(machine / "hanvisa"), *words]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603 - ours
    return ended.returncode, ended.stdout + ended.stderr


CONFIG = "/srv/hanvisa/hanvisa.toml"


@pytest.mark.parametrize(("who", "way"), [("hanvisa", ""), ("root", "by runuser\n")])
def test_the_services_user_does_what_an_admin_types(machine: Path, who: str, way: str) -> None:
    """With the service's configuration, and every command."""
    assert typed(machine, who, "check", "--json") == (0, f"{way}hanvisa check --json (hanvisa, {CONFIG})\n")


@pytest.mark.parametrize("command", OPERATORS)
def test_an_operator_has_the_commands_of_the_switchboard(machine: Path, command: str) -> None:
    """By sudo, and with the configuration as the last thing that is said."""
    said = f"by sudo\nhanvisa {command} 4711 --config {CONFIG} (hanvisa, {CONFIG})\n"
    assert typed(machine, "eva", command, "4711") == (0, said)


def test_words_are_completed_without_anybodys_rights(machine: Path) -> None:
    """The Tab key asks as who presses it; sudo would leave out what it asks for."""
    said = typed(machine, "eva", _HANVISA_COMPLETE="complete_bash")
    assert said == (0, "hanvisa (eva, )\n")


@pytest.mark.parametrize("command", OTHERS)
def test_an_operator_has_no_other_command(machine: Path, command: str) -> None:
    """Those that read every calendar, and those that change who is who."""
    code, said = typed(machine, "eva", command)
    assert (code, said.startswith("by sudo\nhanvisa: operators have referrals,")) == (2, True)


def test_an_operator_cannot_name_another_configuration(town: Municipality, tmp_path: Path) -> None:
    """The last one that is named counts, and behind `--` there is none: no file of the service's is shown by a slip."""
    town.once("06:00")
    (tmp_path / "other.toml").write_text("the password", encoding="utf-8")
    last = ("--config", str(tmp_path / "hanvisa.toml"))
    for other in ("--config", "-c"):
        assert hanvisa("referrals", other, str(tmp_path / "other.toml"), *last).code == 0
    for command in ("explain", "open"):
        assert hanvisa(command, "--config", str(tmp_path / "other.toml"), "--", "4711", *last).code == 2


@pytest.mark.skipif(shutil.which("visudo") is None, reason="sudo is not installed")
def test_sudo_can_read_the_rule() -> None:
    """A file in /etc/sudoers.d that it cannot read would keep everybody from sudo."""
    visudo = str(shutil.which("visudo"))
    command = [visudo, "-c", "-f", str(DEPLOY / "hanvisa.sudoers")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - the machine's


def page(heading: str) -> list[str]:
    """The commands of the admin's page below that heading, a string each block."""
    text = (ROOT / "docs" / "admin.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return re.findall(r"^```sh\n(.*?)^```$", found[1], re.MULTILINE | re.DOTALL)


def as_here(commands: str, folder: Path) -> str:
    """The page's commands in that folder, for this user."""
    lines = [line for line in commands.splitlines() if "systemctl" not in line]
    text = "\n".join(lines).replace("sudo -u hanvisa ", "").replace("sudo ", "").replace("/srv/hanvisa", str(folder))
    text = text.replace("/opt/hanvisa/bin/python", sys.executable)
    program = f"{sys.executable} -m sync_daemon"
    text = re.sub(r"^hanvisa (.*)$", rf"{program} \1 --config {folder / 'hanvisa.toml'}", text, flags=re.MULTILINE)
    return text.replace("-o hanvisa -g hanvisa", '-o "$(id -un)" -g "$(id -gn)"')


def test_a_backup_is_private_and_so_is_what_is_restored(town: Municipality) -> None:
    """The page's own commands, whatever the umask: the copy holds what the store held, and is nobody else's."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    before, (backup, restore) = town.rows(), page("Backup")
    bash(f"umask 022\n{as_here(backup, town.folder)}")
    copy = town.folder / "backup.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    town.hanvisa("refer", "4712", "--until", f"{NOON.year + 1}-03-03T10:00", "--reason", "sick")
    copy.chmod(0o644)  # as one that came back from a share
    bash(f"umask 022\n{as_here(restore, town.folder)}")
    assert (town.folder / "hanvisa.db").stat().st_mode & 0o777 == 0o600
    assert (town.rows(), town.rows(extension="4712")) == (before, [])
    assert [one for one in town.hanvisa("check", "--json").json if "others" in one["problem"]] == []


def test_a_backup_that_fails_leaves_the_one_before(town: Municipality) -> None:
    """Where there is no store, say: the copy of yesterday is what there is."""
    town.once("06:00")
    bash(as_here(page("Backup")[0], town.folder))
    copy = (town.folder / "backup.db").read_bytes()
    (town.folder / "hanvisa.db").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        bash(as_here(page("Backup")[0], town.folder).replace(" backup ", " backup --force "))
    assert (town.folder / "backup.db").read_bytes() == copy
    assert not (town.folder / "hanvisa.db").exists()


def bash(commands: str) -> None:
    """Runs them; each must go well."""
    subprocess.run(["bash", "-euc", commands], check=True, capture_output=True)  # noqa: S603, S607 - the page's
