"""Looks once how hanvisa is, and mails what is due: what `hanvisa status --mail` does, and `run` each minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sync_daemon.alerts.memory import BesideStore, InStore
from sync_daemon.alerts.telling import Memories, Told, tell
from sync_daemon.answers.health import Cause, Health, with_wrong_configuration
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings
from sync_daemon.store import Store
from sync_daemon.transport.mail import mail_server


def mail_of(settings: Settings, health: Health) -> list[Told]:
    """Mails what is due, of health as it was seen from outside.

    Raises OSError where it can be kept nowhere who was told what, UserError where the store is of another version.
    """
    with _memories(settings, health) as memories:
        return tell(settings, health, memories, mail_server(settings).send)


def with_refused_configuration(health: Health, problem: str) -> Health:
    """The same, where the configuration that health was looked for with is only a part, for the rest is wrong.

    While a service works that has another one, which it could use, it is the service that says so: what it is given in
    its environment may differ.
    """
    if any(tenant.holder is not None for tenant in health.tenants):
        return health
    return with_wrong_configuration(health, problem)


@contextmanager
def _memories(settings: Settings, health: Health) -> Iterator[Memories]:
    """Where the store can be opened, it is; none is made where there was none."""
    beside = BesideStore(settings.store_url)
    if any(problem.cause is Cause.STORE_UNAVAILABLE for problem in health.problems):
        yield Memories(beside, None)
        return
    try:
        store = Store.open(settings.store_url)
    except StoreUnavailable as error:
        yield Memories(beside, _Away(error))
        return
    with store:
        yield Memories(beside, InStore(store))


class _Away:
    """A store that cannot be opened."""

    def __init__(self, error: StoreUnavailable) -> None:
        self._error = error

    def change(self, _change: object) -> None:
        """Raises StoreUnavailable."""
        raise self._error
