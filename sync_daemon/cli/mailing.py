"""What `status --mail` and `check --mail` do beside what the commands show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sync_daemon import log, settings
from sync_daemon.alerts.looking import mail_of
from sync_daemon.alerts.memory import BesideStore
from sync_daemon.alerts.messages import trial
from sync_daemon.alerts.telling import Audience, audiences
from sync_daemon.answers.health import Health
from sync_daemon.cli.output import say
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.settings import Settings
from sync_daemon.texts import Text, listed
from sync_daemon.texts.system_errors import reason_of
from sync_daemon.transport.mail import MailUnsent, mail_server


def refuse_beside_mail(options: Mapping[str, object]) -> None:
    """Raises UserError for what was given beside `--mail` and would go unheard."""
    given = [name for name, value in options.items() if value]
    if given:
        raise UserError(Text("--mail goes with none of {options}: leave it out", options=listed(given)))


def as_far_as_it_can_be_used(config: Path) -> tuple[Settings, str]:
    """The configuration, and what is wrong with it, of which the rest is left; empty where nothing is."""
    try:
        return settings.load(config, os.environ), ""
    except settings.SettingsError as error:
        return settings.load_in_part(config, os.environ), error.findings[0].text


def mail_what_is_due(loaded: Settings, health: Health) -> int:
    """Mails it, logs that, and says so; 1 where something could not be mailed.

    Raises UserError where nobody is to be mailed, StoreUnavailable where it cannot be kept who was told what.
    """
    _named(loaded)
    days, most = loaded.retention.log_days, loaded.log.max_mb
    log.configure(loaded.log.file, loaded.log.level, days, terminal=False, megabytes=most)
    try:
        told = mail_of(loaded, health)
    except OSError as error:
        file = BesideStore(loaded.store_url).file
        problem = Text(
            "nothing is mailed, for it cannot be kept in {file} what was: {reason}", file=file, reason=reason_of(error)
        )
        raise StoreUnavailable(problem) from None
    for one in told:
        to = listed(one.audience.to)
        if isinstance(one.result, MailUnsent):
            say(Text("Could not be mailed to {to}: {problem}", to=to, problem=one.result.text))
        else:
            say(Text("Mailed to {to}.", to=to))
    return int(any(isinstance(one.result, MailUnsent) for one in told))


def mail_on_trial(loaded: Settings) -> int:
    """Mails whoever would be told of trouble, with a password that was refused of late as well; 1 where it is refused.

    Raises UserError where nobody is to be mailed.
    """
    named = _named(loaded)
    mails = [trial(one.to, loaded.alerts, datetime.now(UTC)) for one in named]
    results = mail_server(loaded, try_again=True).send(mails)
    for one, result in zip(named, results, strict=True):
        to = listed(one.to)
        if isinstance(result, MailUnsent):
            answer = result.answer or Text("nothing")
            problem = result.text
            say(
                Text(
                    "The mail to {to} could not be sent: {problem}. The server said: {answer}",
                    to=to,
                    problem=problem,
                    answer=answer,
                )
            )
        else:
            say(Text("The mail to {to} was taken: {answer}", to=to, answer=result.answer))
            for address in result.refused:
                say(Text("{to} is refused: mend the address in [alerts]", to=address))
    return int(any(isinstance(result, MailUnsent) or bool(result.refused) for result in results))


def _named(loaded: Settings) -> list[Audience]:
    named = audiences(loaded)
    if not named:
        raise UserError(Text("nobody is to be mailed: name them as `to` in [alerts]"))
    return named
