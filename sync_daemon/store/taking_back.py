"""A store that was moved elsewhere is used again, and the one that it was moved to no more: never both."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from rules.referral import CALENDAR
from sync_daemon.errors import HanvisaError, UserError
from sync_daemon.store import moved
from sync_daemon.store.copied_tables import COPIED
from sync_daemon.store.database import refuse_other_version
from sync_daemon.store.databases import name_at, without_our_own
from sync_daemon.store.lock import TenantBusy
from sync_daemon.store.moved import MOVED, Standing, standing
from sync_daemon.store.moving import store_at, working_alone
from sync_daemon.store.schema import changes
from sync_daemon.texts import Text
from sync_daemon.times import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from sync_daemon.store.database import Database
    from sync_daemon.store.moving import Caller


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of it: the store that had been used since, and how many changes by people are in that one only.

    Where `unreached` says why, that one could not be asked, and is not marked as no longer used.
    """

    other: str
    lost: int = 0
    unreached: str | None = None


def use_again(url: str, reach: Callable[[str], str], caller: Caller, *, force: bool) -> TakenBack:
    """The store at the url is used from now on; `reach` makes of the other's url, without a password, what opens it.

    Without `force` nothing is done where people have changed something in the other one since, or it cannot be asked.

    Raises:
        UserError: there is no such store, or it was not moved; or what only `force` does.
        TenantBusy: somebody works on a tenant.
        StoreUnavailable: the store at the url does not answer.
    """
    with store_at(url) as ours:
        found = _moved_where(ours)
        try:
            taken = _taken_from(found, url, ours, reach, caller, force=force)
        except (TenantBusy, _OnlyByForce):
            raise
        except HanvisaError as error:
            if not force:
                raise _OnlyByForce(
                    Text(
                        "{other}, where the store was moved, cannot be asked what people have changed in it since: "
                        "{problem} (with --force the old one is used all the same)",
                        other=found.name,
                        problem=error.text,
                    )
                ) from error
            taken = TakenBack(found.name, unreached=error.text)
        with ours.write() as connection:
            moved.unseal(connection)
    return taken


class _OnlyByForce(UserError):
    """Something would be lost, or may be."""


def _moved_where(database: Database) -> Standing:
    with database.read() as connection:
        found = standing(connection)
    if found is None:
        raise UserError(Text("the store {name} was not moved: it can be used as it is", name=database.name))
    if found.mark != MOVED:
        moved.refuse(database.name, found)
    return found


def _taken_from(  # noqa: PLR0913 - both stores, and how
    found: Standing, url: str, ours: Database, reach: Callable[[str], str], caller: Caller, *, force: bool
) -> TakenBack:
    address = reach(found.url)
    with store_at(address) as other, ExitStack() as alone:
        refuse_other_version(other)
        alone.enter_context(working_alone(caller, (url, ours), (address, other)))
        with other.alone() as connection:
            again = standing(connection)
            if again is None or (again.mark, again.url) != (MOVED, without_our_own(url)):
                moved.refuse(other.name, again)
            lost = _by_people_since(connection, _given(ours))
            if lost and not force:
                raise _OnlyByForce(
                    Text(
                        "since {at} people have made {count} changes in {other} that {name} lacks: to keep them, copy "
                        "that one to a new place by `hanvisa store copy`; with --force they are left behind",
                        at=as_text(found.at),
                        count=lost,
                        other=found.name,
                        name=ours.name,
                    )
                )
            moved.seal(connection, without_our_own(url), name_at(url), caller.now)
    return TakenBack(found.name, lost)


def _given(database: Database) -> int:
    """The highest number of a change that the store had when it was moved."""
    (table,) = (one for one in COPIED if one.name == changes.name)
    with database.read() as connection:
        return table.given(connection)


def _by_people_since(connection: Connection, given: int) -> int:
    by_people = (changes.c.id > given, changes.c.by != CALENDAR)
    return connection.scalar(select(func.count()).select_from(changes).where(*by_people)) or 0
