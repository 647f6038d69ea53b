"""`script/demo`: four municipalities in a folder of their own, real cycles, and what the switchboard sees of them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

import board  # noqa: E402 - it is beside this file, which is no package
import calendars  # noqa: E402 - the same
import stand_ins  # noqa: E402 - the same

_ZONE = ZoneInfo("Europe/Stockholm")
_PAUSE_SECONDS = 10
_FRIDAY = 4


def main() -> int:
    """Shows it all once; on a terminal it then goes on reading until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="script/demo", description="Shows the daemon at work on four municipalities.")
    stand_ins = parser.add_mutually_exclusive_group()
    stand_ins.add_argument("--exchange", action="store_true", help="read them from a stand-in for Exchange, over EWS")
    stand_ins.add_argument(
        "--online", action="store_true", help="read them from a stand-in for Exchange Online, over Microsoft Graph"
    )
    options = parser.parse_args()
    source = "exchange" if options.exchange else "online" if options.online else "files"
    folder = calendars.folder_of(os.environ, source)
    try:
        calendars.clear(folder)
    except calendars.NotOurs as problem:
        parser.error(str(problem))
    {"files": _from_files, "exchange": _from_exchange, "online": _from_online}[source](folder)
    return 0


def _from_files(folder: Path) -> None:
    _say("Four municipalities with ten people each; their calendars are written as iCalendar files.")
    calendars.write(folder)
    _show(folder)


def _from_exchange(folder: Path) -> None:
    _say("Four municipalities with ten people each; a stand-in for Exchange, a process of its own, has the calendars.")
    from tests.exchange.process import Exchange  # noqa: PLC0415 - only here

    with Exchange(calendars=folder / "calendars") as exchange:
        calendars.write(folder, stand_ins.ews_source(folder, exchange))
        _show_stand_in(folder)
    _say("An Exchange of your own to try with: docs/exchange.md, `Without an Exchange`.")


def _from_online(folder: Path) -> None:
    _say("Four municipalities with ten people each; a stand-in for Entra and Microsoft Graph has the calendars.")
    from tests.graph.process import Graph  # noqa: PLC0415 - only here

    with Graph(calendars=folder / "calendars", folder=folder / "stand-in") as graph:
        calendars.write(folder, stand_ins.graph_source(folder, graph))
        _show_stand_in(folder)
    _say("An Exchange Online of your own to try with: docs/exchange-online.md, `Without a tenant`.")


def _show_stand_in(folder: Path) -> None:
    _run(folder, "What an admin asks first: can everybody be read?", "check")
    _show(folder, of_files=False)
    _say(f"The stand-in has ended with the demonstration, whose files stay in {folder}.")


def _show(folder: Path, *, of_files: bool = True) -> None:
    _run(folder, "A first cycle reads every calendar and writes the referrals", "once")
    _by_hand(folder)
    _run(folder, "Another cycle: nothing has changed, so nothing is written", "once")
    _run(folder, "What the switchboard sees now", "referrals")
    morning = _next_working_morning(datetime.now(_ZONE)).isoformat(timespec="minutes")
    _run(folder, "Departments without anybody there, on the next working morning", "notices", "--at", morning)
    _run(folder, "A few lines of the log", "log", last=8)
    _run(folder, "Why is extension 3314 closed, or not?", "explain", "3314", "--lang", "en")
    if sys.stdin.isatty() and sys.stdout.isatty():
        _go_on(folder)
        return
    _fetch_from_board(folder)
    if of_files:
        _how_to_go_on(folder)


def _next_working_morning(now: datetime) -> datetime:
    """Half past eight: today's if that is to come, else that of the next day from Monday to Friday."""
    morning = now.replace(hour=8, minute=30, second=0, microsecond=0)
    while morning < now or morning.weekday() > _FRIDAY:
        morning += timedelta(days=1)
    return morning


def _by_hand(folder: Path) -> None:
    """A referral by hand that wins over the calendar, and a phone that is opened before its time."""
    later = datetime.now(UTC).astimezone(_ZONE) + timedelta(hours=1)
    until = later.isoformat(timespec="minutes")
    _run(
        folder,
        "An operator refers 3311 by hand",
        "refer",
        "3311",
        "--until",
        until,
        "--reason",
        "lunch",
        "--info",
        "3315",
        "--by",
        "Eva",
    )
    _run(folder, "Somebody comes back early: 4410 is opened", "open", "4410")


def _how_to_go_on(folder: Path) -> None:
    configuration = f"--config {folder / 'hanvisa.toml'}"
    _say(
        f"""\
To see a referral follow a calendar: open {_without_colon(folder)}
and put the colon into `SAM Budget utan kolon`, then run
  .venv/bin/hanvisa once {configuration}
  .venv/bin/hanvisa referrals --all {configuration}
The board: .venv/bin/hanvisa board {configuration}"""
    )


def _without_colon(folder: Path) -> Path:
    return next((folder / "calendars" / "sorsele").glob("hans*.ics"))


def _fetch_from_board(folder: Path) -> None:
    with _board(folder) as address:
        page = f"{address}/?q=3314"
        print(f"\n── What the board says of 3314\n$ curl {page}\n{board.sentence_on(page)}", flush=True)


def _go_on(folder: Path) -> None:
    every = {"HANVISA_SERVICE__INTERVAL": str(_PAUSE_SECONDS), "HANVISA_SERVICE__JITTER": "0"}
    with _board(folder) as address, board.process(folder, "run", **every) as service:
        _say(
            f"""\
The board is at {address}/ and shows what changes within seconds.
The calendars are read every {_PAUSE_SECONDS} seconds from here on; Ctrl-C ends it. To see a referral follow one:
open {_without_colon(folder)}
and put the colon into `SAM Budget utan kolon`."""
        )
        try:
            service.wait()
        except KeyboardInterrupt:
            _say(f"Ended. The demonstration's files stay in {folder}")
        else:
            raise SystemExit("`hanvisa run` ended by itself, which it should not")


@contextmanager
def _board(folder: Path) -> Iterator[str]:
    try:
        with board.served(folder) as address:
            yield address
    except board.NotServed as problem:
        raise SystemExit(str(problem)) from None


def _run(folder: Path, title: str, *arguments: str, last: int | None = None) -> None:
    print(f"\n── {title}\n$ hanvisa {' '.join(arguments)}", flush=True)
    result = _hanvisa(folder, *arguments)
    lines = result.splitlines()
    print("\n".join(lines[-last:] if last else lines), flush=True)


def _hanvisa(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "sync_daemon", *arguments, "--config", str(folder / "hanvisa.toml")]
    environment = {**os.environ, "COLUMNS": "120"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if ended.returncode:
        print(ended.stdout + ended.stderr, flush=True)
        raise SystemExit(f"`hanvisa {' '.join(arguments)}` ended with {ended.returncode}, which it should not")
    return ended.stdout + ended.stderr


def _say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
