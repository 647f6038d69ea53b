"""What `check --notices` does beside what the command shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sync_daemon.cli.output import say
from sync_daemon.cli.workplace import tenants_of
from sync_daemon.errors import UserError
from sync_daemon.settings import Settings
from sync_daemon.texts import Text, listed


def refuse_beside_notices(options: Mapping[str, object]) -> None:
    """Raises UserError for what was given beside `--notices` and would go unheard."""
    given = [name for name, value in options.items() if value]
    if given:
        raise UserError(Text("--notices goes with none of {options}: leave it out", options=listed(given)))


def notices_on_trial(loaded: Settings, tenant: str | None) -> int:
    """Sends each receiver something that is no notice, and says what became of it; 1 where one did not take it.

    A password that was refused of late is sent as well. Raises UserError where there is no receiver.
    """
    receivers = [(one, receiver) for one in tenants_of(loaded, tenant) for receiver in one.notices]
    if not receivers:
        raise UserError(Text("nobody is told of unmanned departments: name them in [[tenants.notices]]"))
    from sync_daemon.notices.sending import on_trial  # noqa: PLC0415 - requests takes its time to load

    code = 0
    for one, receiver in receivers:
        problem = on_trial(receiver, one, loaded, datetime.now(UTC))
        who = {"tenant": one.id, "receiver": receiver.label}
        if problem is None:
            say(Text("{tenant}: {receiver} has taken what was sent on trial.", **who))
        else:
            code = 1
            say(Text("{tenant}: {receiver} has not: {problem}.", **who, problem=problem.problem))
    return code
