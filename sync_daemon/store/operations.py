"""Methods of `Store` that are one transaction each: a function on a connection, under the name that it has in `Store`.

    class Store:
        find = reading(subscribers.by_extension)

is `def find(self, extension)` that begins a transaction to read, and calls `by_extension(connection, extension)` in it.
The method has the function's other parameters, its answer, its errors and its docstring.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from sqlalchemy import Connection

from sync_daemon.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

P = ParamSpec("P")
R = TypeVar("R")


class HasDatabase(Protocol):
    """Whose methods these may be."""

    @property
    def database(self) -> Database:
        """Its transactions."""


class Operation(Generic[P, R]):
    """A method that calls the function within a transaction of its own, which `begin` makes."""

    def __init__(
        self,
        function: Callable[Concatenate[Connection, P], R],
        begin: Callable[[Database], AbstractContextManager[Connection]],
    ) -> None:
        self.__doc__ = function.__doc__
        self._function = function
        self._begin = begin

    @overload
    def __get__(self, store: None, kind: type) -> Self: ...
    @overload
    def __get__(self, store: HasDatabase, kind: type) -> Callable[P, R]: ...
    def __get__(self, store: HasDatabase | None, kind: type) -> Self | Callable[P, R]:
        """The method, bound to a store as any other is."""
        return self if store is None else partial(self._call, store)

    def _call(self, store: HasDatabase, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._begin(store.database) as connection:
            return self._function(connection, *args, **kwargs)


class OfSubscriber(Operation[P, R]):
    """The same, whose first argument is the id of the one subscriber that is read and written of."""

    def _call(self, store: HasDatabase, *args: P.args, **kwargs: P.kwargs) -> R:
        subscriber = args[0]
        if not isinstance(subscriber, int):
            raise TypeError(f"the first argument is a subscriber's id, and is {subscriber!r}")
        with store.database.write(subscriber=subscriber) as connection:
            return self._function(connection, *args, **kwargs)


def reading(function: Callable[Concatenate[Connection, P], R]) -> Operation[P, R]:
    """A method that sees one state of the store throughout."""
    return Operation(function, Database.read)


def writing(function: Callable[Concatenate[Connection, P], R]) -> Operation[P, R]:
    """A method that no other writer comes between, and of which nothing is written where it raises."""
    return Operation(function, Database.write)


def writing_repeatable(function: Callable[Concatenate[Connection, P], R]) -> Operation[P, R]:
    """The same for what a next cycle would write again: a loss of power soon after may undo it, whole."""
    return Operation(function, partial(Database.write, durable=False))


def writing_of_subscriber(function: Callable[Concatenate[Connection, P], R]) -> Operation[P, R]:
    """The same for what concerns the one subscriber whose id comes first: others may write of others meanwhile."""
    return OfSubscriber(function, Database.write)


def aside(function: Callable[Concatenate[Connection, P], R]) -> Operation[P, R]:
    """A method that writes rows that nobody else writes, and waits for no other writer."""
    return Operation(function, Database.aside)
