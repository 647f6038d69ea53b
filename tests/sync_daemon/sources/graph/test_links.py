"""Where a page of a mailbox's calendar may lead: to more of it, and to nothing else."""

from __future__ import annotations

import pytest

from sync_daemon.sources.graph.links import Owner

ANNA = "Anna.O'Neil@sorsele.se"
GUID, OTHER = "0b3fa9d6-7c5a-4ad1-9d7e-2f1c6a8e4b10", "6e7b768e-07e2-4810-8459-485f84f8f204"


@pytest.mark.parametrize(
    "path",
    [
        "/users/anna.o'neil%40sorsele.se/calendarView?$skip=10",
        "/users/Anna.O%27Neil@SORSELE.se/calendarview?$skip=10",
        "/users('Anna.O''Neil%40sorsele.se')/calendarView?$skip=10",
        "/users/anna.o'neil@sorsele.se/calendar/calendarView?$skip=10",
        "/Users/anna.o'neil@sorsele.se/calendars/AAMk=/calendarView?$skiptoken=a/b",
        "/me/calendarView?$skip=10",
        f"/users/{GUID}/calendarView?$skip=10",
        f"/users('{GUID.upper()}')/calendarView?$skiptoken=x",
    ],
)
def test_a_link_to_more_of_the_calendar(path: str) -> None:
    """By the address that was asked for, or by the directory's id, which nobody knows yet."""
    assert Owner(ANNA).has(path)
    assert not Owner(ANNA).has(path, delta=True)
    assert Owner(ANNA).has(path.replace("?", "/delta?"), delta=True)


@pytest.mark.parametrize(
    "path",
    [
        "/users/bo@sorsele.se/calendarView?$skip=10",
        "/users('bo@sorsele.se')/calendarView?$skip=10",
        "/users/anna.o'neil@sorsele.se.example/calendarView",
        "/users/anna.o'neil@sorsele.se/messages?$filter=/calendarView",
        "/users/anna.o'neil@sorsele.se/messages/calendarView",
        "/users/anna.o'neil@sorsele.se/calendarView/delta",
        "/users/anna.o'neil@sorsele.se/calendarView/AAMk/messages",
        "/users/bo@sorsele.se%2f..%2fanna.o'neil@sorsele.se/calendarView",
        "/users//calendarView",
        "/me/messages",
        "/next",
        "/users",
        "/groups/anna.o'neil@sorsele.se/calendarView",
        "",
    ],
)
def test_a_link_to_something_else(path: str) -> None:
    """Another mailbox, another resource, or nothing that is known."""
    assert not Owner(ANNA).has(path)


def test_of_two_ids_one_is_anothers() -> None:
    """The first one that is told is the mailbox's, by a page's own words or by a link."""
    by_link, by_context = Owner(ANNA), Owner(ANNA)
    assert by_link.has(f"/users/{GUID}/calendarView")
    assert not by_link.has(f"/users/{OTHER}/calendarView")
    by_context.learn(f"https://graph.microsoft.com/v1.0/$metadata#users('{GUID}')/calendarView")
    assert by_context.has(f"/users/{GUID}/calendarView")
    assert not by_context.has(f"/users/{OTHER}/calendarView")


@pytest.mark.parametrize("context", [None, 7, "", "#users('')", "#users('anna')/calendarView", "x" * 5_000])
def test_a_context_that_names_no_id_says_nothing(context: object) -> None:
    """It may be anything."""
    owner = Owner(ANNA)
    owner.learn(context)
    assert owner.has(f"/users/{GUID}/calendarView")
