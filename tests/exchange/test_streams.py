"""The stand-in's streams are themselves under test: through exchangelib, and on the wire."""

from __future__ import annotations

import base64
import http.client
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from exchangelib import IMPERSONATION
from exchangelib.errors import ErrorSubscriptionNotFound
from exchangelib.properties import CreatedEvent, ModifiedEvent
from exchangelib.protocol import close_connections

from tests.exchange.booking import Owner, service_account
from tests.exchange.process import Exchange, Refused
from tests.exchange.soap import MESSAGES, TYPES

ANNA, BO = "anna@kommun.example", "bo@kommun.example"
MONDAY = datetime(2026, 10, 19, 9, tzinfo=ZoneInfo("Europe/Stockholm"))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Exchange]:
    """One process for all tests."""
    with Exchange() as exchange:
        yield exchange
        close_connections()


@pytest.fixture
def exchange(server: Exchange) -> Exchange:
    """The process as at its start, with two empty mailboxes and no subscription."""
    server.well_again()
    server.restart()
    server.now(MONDAY)
    for mailbox in (ANNA, BO):
        server.add_mailbox(mailbox)
    server.reset_counters()
    return server


@dataclass
class Caller:
    """Whoever subscribes and listens, on the wire; `cookie` is that of affinity as the server gave it."""

    exchange: Exchange
    cookie: str | None = None
    anchor: str = ANNA
    headers: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    opened: list[http.client.HTTPConnection] = field(default_factory=list)

    def subscribe(self, mailbox: str, *, delegate: bool = False, types: Iterable[str] | None = None) -> str:
        """A subscription to a calendar; the answer is its id."""
        found = re.search(
            "<m:SubscriptionId>(.+)</m:SubscriptionId>", self.subscribed(mailbox, delegate=delegate, types=types)
        )
        assert found is not None
        return found[1]

    def subscribed(self, mailbox: str, *, delegate: bool = False, types: Iterable[str] | None = None) -> str:
        """The whole answer to Subscribe."""
        kinds = types or ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent", "CopiedEvent")
        named = f"<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>" if delegate else ""
        content = (
            f'<m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="calendar">{named}'
            "</t:DistinguishedFolderId></t:FolderIds><t:EventTypes>"
            f"{''.join(f'<t:EventType>{kind}</t:EventType>' for kind in kinds)}</t:EventTypes>"
            "</m:StreamingSubscriptionRequest>"
        )
        return self._ask("Subscribe", content, None if delegate else mailbox).read().decode()

    def unsubscribed(self, subscription: str) -> str:
        """The whole answer to Unsubscribe."""
        return self._ask("Unsubscribe", f"<m:SubscriptionId>{subscription}</m:SubscriptionId>").read().decode()

    def listen(self, *subscriptions: str, minutes: int = 30, acting: str | None = None) -> Listening:
        """A connection that hangs."""
        ids = "".join(f"<t:SubscriptionId>{one}</t:SubscriptionId>" for one in subscriptions)
        content = f"<m:SubscriptionIds>{ids}</m:SubscriptionIds><m:ConnectionTimeout>{minutes}</m:ConnectionTimeout>"
        answer = self._ask("GetStreamingEvents", content, acting)
        return Listening(answer, self.opened[-1])

    def begin(self, subscription: str) -> http.client.HTTPConnection:
        """Asks for a connection that hangs, and waits for no answer."""
        ids = f"<t:SubscriptionId>{subscription}</t:SubscriptionId>"
        content = f"<m:SubscriptionIds>{ids}</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout>"
        return self._asked("GetStreamingEvents", content, None)

    def _ask(self, operation: str, content: str, acting: str | None = None) -> http.client.HTTPResponse:
        answer = self._asked(operation, content, acting).getresponse()
        given = answer.getheader("Set-Cookie")
        self.cookie = given.partition(";")[0] if given else self.cookie
        return answer

    def _asked(self, operation: str, content: str, acting: str | None) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(urlsplit(self.exchange.endpoint).netloc, timeout=60)
        self.opened.append(connection)
        body = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><s:Header>{_impersonating(acting)}</s:Header><s:Body>'
            f"<m:{operation}>{content}</m:{operation}></s:Body></s:Envelope>"
        )
        connection.request("POST", "/EWS/Exchange.asmx", body, self._headers())
        return connection

    def _headers(self) -> dict[str, str]:
        user = self.user or self.exchange.user
        password = self.exchange.owner_password(user) if self.user else self.exchange.password
        logon = base64.b64encode(f"{user}:{password}".encode()).decode()
        affinity = {"X-AnchorMailbox": self.anchor, "X-PreferServerAffinity": "true"}
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        return {"Authorization": f"Basic {logon}", **affinity, **cookie, **self.headers}


@pytest.fixture
def caller(exchange: Exchange) -> Iterator[Caller]:
    """Somebody whose connections end with the test."""
    made = Caller(exchange)
    yield made
    for connection in made.opened:
        connection.close()


def _impersonating(acting: str | None) -> str:
    if acting is None:
        return ""
    sid = f"<t:PrimarySmtpAddress>{acting}</t:PrimarySmtpAddress>"
    return f"<t:ExchangeImpersonation><t:ConnectingSID>{sid}</t:ConnectingSID></t:ExchangeImpersonation>"


@dataclass
class Listening:
    """What comes on a connection that hangs, envelope by envelope."""

    answer: http.client.HTTPResponse
    connection: http.client.HTTPConnection

    def envelope(self) -> str:
        """The next one; empty where the answer has come to its end."""
        read = b""
        while not read.endswith(b"</s:Envelope>"):
            part = self.answer.read1(1)
            if not part:
                return ""
            read += part
        return read.decode()

    def events(self) -> list[str]:
        """The names of the events of the next envelope."""
        return re.findall(r"<t:(\w+Event)>", self.envelope())

    def rest(self) -> list[str]:
        """What comes until the end."""
        return list(iter(self.envelope, ""))

    def close(self) -> None:
        """Goes away."""
        self.answer.close()
        self.connection.close()


def _within_seconds(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 60
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def _status(envelope: str) -> str:
    found = re.search("<m:ConnectionStatus>(.+)</m:ConnectionStatus>", envelope)
    return found[1] if found else ""


def _code(envelope: str) -> str:
    found = re.search("ResponseCode[^>]*>([^<]+)<", envelope)
    return found[1] if found else ""


# exchangelib


def test_exchangelib_hears_of_a_booking(exchange: Exchange) -> None:
    """The library subscribes, listens, hears of what an owner books while it does, and unsubscribes."""
    account = service_account(exchange, ANNA, access=IMPERSONATION)
    with account.calendar.streaming_subscription() as subscription:
        Owner(exchange, ANNA).book("SAM: Budget", MONDAY, MONDAY + HOUR)
        notification = next(account.calendar.get_streaming_events(subscription, connection_timeout=1))
        assert exchange.counters().subscriptions == 1
    kinds = [type(event) for event in notification.events]
    assert (kinds[0], kinds[-1]) == (CreatedEvent, ModifiedEvent)
    assert notification.events[0].parent_folder_id.id == account.calendar.id
    assert notification.events[-1].folder_id.id == account.calendar.id
    assert account.calendar.get(id=notification.events[0].item_id.id).subject == "SAM: Budget"
    assert exchange.counters().subscriptions == 0


def test_exchangelib_is_told_of_a_subscription_that_is_gone(exchange: Exchange) -> None:
    """With the error and the ids that the library looks for."""
    account = service_account(exchange, ANNA, access=IMPERSONATION)
    subscription = account.calendar.subscribe_to_streaming()
    exchange.evict()
    with pytest.raises(ErrorSubscriptionNotFound) as refused:
        next(account.calendar.get_streaming_events(subscription, connection_timeout=1))
    assert subscription in refused.value.value


# Events


def test_a_connection_says_at_once_that_it_hangs_and_then_what_happens(exchange: Exchange, caller: Caller) -> None:
    """First that it is OK; then ids of what changed with a time, and no word of the subject."""
    listening = caller.listen(caller.subscribe(ANNA))
    assert _status(listening.envelope()) == "OK"
    exchange.add_item(ANNA, subject="SAM: Hemligt", start="2026-10-19T10:00", end="2026-10-19T11:00")
    heard = listening.envelope()
    assert re.findall(r"<t:(\w+Event)>", heard) == ["CreatedEvent", "ModifiedEvent", "ModifiedEvent"]
    assert "Hemligt" not in heard
    assert "<t:TimeStamp>2026-10-19T07:00:00Z</t:TimeStamp><t:ItemId" in heard
    assert exchange.counters().streams == 1


def test_each_kind_of_change_has_its_events(exchange: Exchange, caller: Caller) -> None:
    """Changed, moved to the deleted items, and deleted for good."""
    anna = Owner(exchange, ANNA)
    item = anna.book("SAM: Budget", MONDAY, MONDAY + HOUR)
    other = anna.book("SAM: Annat", MONDAY, MONDAY + HOUR)
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    item.location = "Rum 1"
    item.save(update_fields=["location"])
    assert listening.events() == ["ModifiedEvent"] * 3
    item.move_to_trash()
    moved = listening.envelope()
    assert re.findall(r"<t:(\w+Event)>", moved) == ["MovedEvent", "ModifiedEvent"]
    assert "<t:OldItemId" in moved
    assert "<t:OldParentFolderId" in moved
    other.delete()
    assert listening.events() == ["DeletedEvent", "ModifiedEvent"]


def test_a_copy_is_told_of_as_one(exchange: Exchange, caller: Caller) -> None:
    """It is an item of its own."""
    made = exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    copied = exchange.copy_item(ANNA, made)
    heard = listening.envelope()
    assert re.findall(r"<t:(\w+Event)>", heard) == ["CopiedEvent", "ModifiedEvent"]
    assert f'<t:ItemId Id="{copied}"' in heard
    assert f'<t:OldItemId Id="{made}"' in heard
    assert len(Owner(exchange, ANNA).view(MONDAY)) == 2


def test_an_item_that_is_changed_keeps_its_id(exchange: Exchange, caller: Caller) -> None:
    """Whoever edits it through the control is its owner, as far as anybody hears."""
    made = exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    exchange.change_item(ANNA, made, subject="x", start="2026-10-19T12:00", end="2026-10-19T13:00")
    heard = listening.envelope()
    assert re.findall(r"<t:(\w+Event)>", heard) == ["ModifiedEvent"] * 3
    assert f'<t:ItemId Id="{made}"' in heard
    with pytest.raises(Refused, match="is no id"):
        exchange.change_item(BO, made, subject="x", start="2026-10-19T12:00", end="2026-10-19T13:00")


def test_a_series_is_told_of_by_its_master(exchange: Exchange, caller: Caller) -> None:
    """Whichever occurrence is changed or deleted: the id is the master's, the events are those of a change."""
    anna = Owner(exchange, ANNA)
    series = anna.book_daily("SAM: Beredning", MONDAY, MONDAY + HOUR, number=4)
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    anna.delete_occurrence(series, 3)
    heard = listening.envelope()
    assert re.findall(r"<t:(\w+Event)>", heard) == ["ModifiedEvent"] * 3
    assert f'<t:ItemId Id="{series.id}"' in heard


def test_only_the_types_that_were_asked_for_are_told(exchange: Exchange, caller: Caller) -> None:
    """A subscription to deletions hears of no booking."""
    listening = caller.listen(caller.subscribe(ANNA, types=["DeletedEvent"]))
    listening.envelope()
    made = exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    exchange.remove_item(ANNA, made)
    assert listening.events() == ["DeletedEvent"]


def test_what_happens_meanwhile_is_told_on_the_next_connection_or_not(exchange: Exchange, caller: Caller) -> None:
    """As the stand-in is set: a subscription keeps what nobody has heard, or forgets it."""
    subscription = caller.subscribe(ANNA)
    exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    exchange.streaming(keeps_events=False)
    exchange.add_item(ANNA, subject="y", start="2026-10-19T10:00", end="2026-10-19T11:00")
    listening = caller.listen(subscription)
    assert _status(listening.envelope()) == "OK"
    assert listening.events().count("CreatedEvent") == 1
    exchange.add_item(ANNA, subject="z", start="2026-10-19T10:00", end="2026-10-19T11:00")
    assert listening.events().count("CreatedEvent") == 1


def test_the_invited_hear_of_a_meeting(exchange: Exchange, caller: Caller) -> None:
    """It is an entry of their calendar too."""
    listening = caller.listen(caller.subscribe(BO))
    listening.envelope()
    Owner(exchange, ANNA).book("SAM: Möte", MONDAY, MONDAY + HOUR, required_attendees=[BO])
    assert "CreatedEvent" in listening.events()


# Time


def test_a_quiet_connection_says_now_and_then_that_it_is_there(exchange: Exchange, caller: Caller) -> None:
    """Every 45 seconds of the time told; after the minutes asked for it says Closed and ends."""
    exchange.streaming(simulated=True)
    listening = caller.listen(caller.subscribe(ANNA), minutes=2)
    listening.envelope()
    exchange.now(MONDAY + timedelta(seconds=44))
    exchange.now(MONDAY + timedelta(seconds=45))
    exchange.now(MONDAY + timedelta(seconds=89))
    assert _status(listening.envelope()) == "OK"
    exchange.now(MONDAY + 2 * MINUTE)
    assert [_status(one) for one in listening.rest()] == ["Closed"]
    assert _within_seconds(lambda: exchange.counters().streams == 0)


def test_by_the_clock_it_says_so_as_well(exchange: Exchange, caller: Caller) -> None:
    """As often as told."""
    exchange.streaming(keep_alive=0.05)
    listening = caller.listen(caller.subscribe(ANNA))
    assert [_status(listening.envelope()) for _ in range(3)] == ["OK"] * 3


def test_a_quiet_connection_may_say_so_of_each_subscription(exchange: Exchange, caller: Caller) -> None:
    """By a StatusEvent, where the stand-in is set so."""
    exchange.streaming(keep_alive=0.05, status_events=True)
    listening = caller.listen(caller.subscribe(ANNA), caller.subscribe(ANNA))
    listening.envelope()
    assert listening.envelope().count("<t:StatusEvent/>") == 2


def test_a_subscription_that_nobody_listens_to_expires(exchange: Exchange, caller: Caller) -> None:
    """Half an hour after the last connection that used it."""
    subscription = caller.subscribe(ANNA)
    exchange.now(MONDAY + 29 * MINUTE)
    listening = caller.listen(subscription)
    listening.envelope()
    exchange.now(MONDAY + 59 * MINUTE)
    assert exchange.counters().subscriptions == 1
    listening.close()
    assert _within_seconds(lambda: exchange.counters().streams == 0)
    exchange.now(MONDAY + 89 * MINUTE)
    assert _code(caller.listen(subscription).envelope()) == "ErrorSubscriptionNotFound"


@pytest.mark.parametrize("minutes", [0, 31])
def test_a_timeout_is_of_one_to_thirty_minutes(caller: Caller, minutes: int) -> None:
    """Anything else is not of the schema."""
    assert (
        _code(caller.listen(caller.subscribe(ANNA), minutes=minutes).answer.read().decode()) == "ErrorSchemaValidation"
    )


# Affinity


def _on_different_back_ends(caller: Caller) -> tuple[str, str]:
    """Mailboxes whose homes differ."""
    homes: dict[str, str] = {}
    for number in range(20):
        address = f"person{number}@kommun.example"
        caller.exchange.add_mailbox(address)
        caller.anchor, caller.cookie = address, None
        caller.subscribe(address)
        assert caller.cookie is not None
        homes.setdefault(caller.cookie, address)
    caller.cookie = None
    first, second = homes.values()
    return first, second


def test_with_the_cookie_a_group_lies_on_one_back_end(exchange: Exchange, caller: Caller) -> None:
    """Both mailboxes are heard on one connection, wherever each has its home."""
    mailboxes = _on_different_back_ends(caller)
    subscriptions = []
    for caller.anchor in mailboxes:  # with the cookie the anchor is not looked at
        subscriptions.append(caller.subscribe(caller.anchor))
    listening = caller.listen(*subscriptions)
    assert _status(listening.envelope()) == "OK"
    for mailbox in mailboxes:
        exchange.add_item(mailbox, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
        assert "CreatedEvent" in listening.events()


def test_without_it_several_cannot_be_heard_on_one_connection(caller: Caller) -> None:
    """Those on another back end are named; one alone is heard from anywhere."""
    first, second = _on_different_back_ends(caller)
    caller.headers = {"X-PreferServerAffinity": "false"}
    caller.anchor = first
    here = caller.subscribe(first)
    caller.anchor = second
    there = caller.subscribe(second)
    assert caller.cookie is None
    refused = caller.listen(here, there).envelope()
    assert (_code(refused), _status(refused)) == ("ErrorProxyRequestNotAllowed", "Closed")
    assert re.findall("<m:SubscriptionId>(.+?)</m:SubscriptionId>", refused) == [here]
    assert _status(caller.listen(here).envelope()) == "OK"


def test_affinity_can_be_lost(exchange: Exchange, caller: Caller) -> None:
    """The cookie routes nowhere any more: what was subscribed before lies on another back end."""
    both = [caller.subscribe(ANNA), caller.subscribe(ANNA)]
    exchange.lose_affinity()
    assert _code(caller.listen(*both).envelope()) == "ErrorProxyRequestNotAllowed"
    exchange.streaming(affinity_error="ErrorSubscriptionNotFound")
    assert _code(caller.listen(*both).envelope()) == "ErrorSubscriptionNotFound"


# Limits and rights


def test_three_connections_hang_for_an_account(exchange: Exchange, caller: Caller) -> None:
    """A fourth is refused, unless it is charged to a mailbox that is impersonated; one that goes makes room."""
    listening = [caller.listen(caller.subscribe(ANNA)) for _ in range(3)]
    more = caller.subscribe(ANNA)
    refused = caller.listen(more)
    assert (refused.answer.status, _code(refused.answer.read().decode())) == (500, "ErrorExceededConnectionCount")
    assert _status(caller.listen(more, acting=ANNA).envelope()) == "OK"
    listening[0].close()
    assert _within_seconds(lambda: exchange.counters().streams == 3)
    assert _status(caller.listen(more).envelope()) == "OK"


def test_ids_and_subscriptions_are_limited(exchange: Exchange, caller: Caller) -> None:
    """More ids than a connection may have, and more subscriptions than a budget may have."""
    exchange.streaming(ids_limit=1, subscriptions_limit=2)
    both = [caller.subscribe(ANNA), caller.subscribe(ANNA)]
    assert _code(caller.listen(*both).answer.read().decode()) == "ErrorInvalidRequest"
    assert _code(caller.subscribed(ANNA)) == "ErrorExceededSubscriptionCount"
    assert _code(caller.subscribed(BO)) == "NoError"


def test_who_may_not_read_a_calendar_subscribes_to_none(exchange: Exchange, caller: Caller) -> None:
    """By impersonation and as a delegate, with the errors that reading has; nor where there is no mailbox."""
    assert _code(caller.subscribed("nobody@kommun.example")) == "ErrorNonExistentMailbox"
    assert _code(caller.subscribed("nobody@kommun.example", delegate=True)) == "ErrorNonExistentMailbox"
    assert _code(caller.subscribed(ANNA, delegate=True)) == "ErrorFolderNotFound"
    exchange.rights("reviewer")
    listening = caller.listen(caller.subscribe(ANNA, delegate=True))
    exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    assert [_status(listening.envelope()), listening.events()[0]] == ["OK", "CreatedEvent"]
    exchange.impersonation(BO)
    assert _code(caller.subscribed(ANNA)) == "ErrorImpersonateUserDenied"


def test_a_subscription_is_its_owners(caller: Caller) -> None:
    """Another account neither hears nor ends it; an id that is none is invalid."""
    subscription = caller.subscribe(ANNA)
    other = replace(caller, user=BO)
    assert _code(other.listen(subscription).envelope()) == "ErrorSubscriptionAccessDenied"
    assert _code(other.unsubscribed(subscription)) == "ErrorSubscriptionAccessDenied"
    assert _code(other.unsubscribed("AAAA")) == "ErrorInvalidSubscription"
    assert _code(caller.unsubscribed(subscription)) == "NoError"
    assert _code(caller.unsubscribed(subscription)) == "ErrorSubscriptionNotFound"


# What goes wrong


def test_a_subscription_is_evicted_and_its_connection_stays(exchange: Exchange, caller: Caller) -> None:
    """Without a word, or with an error that names it; the others of the connection are heard as before."""
    anna, bo = caller.subscribe(ANNA), caller.subscribe(BO)
    listening = caller.listen(anna, bo)
    listening.envelope()
    assert exchange.evict(ANNA) == 1
    for mailbox in (ANNA, BO):
        exchange.add_item(mailbox, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    heard = listening.envelope()
    assert bo in heard
    assert anna not in heard
    exchange.evict(BO, "ErrorReadEventsFailed")
    failed = listening.envelope()
    assert (_code(failed), _status(failed), bo in failed) == ("ErrorReadEventsFailed", "OK", True)
    refused = caller.listen(anna, bo).envelope()
    assert (_code(refused), anna in refused, bo in refused) == ("ErrorSubscriptionNotFound", True, True)


@pytest.mark.parametrize("how", ["closed", "cut", "reset"])
def test_a_connection_ends_and_its_subscriptions_stay(exchange: Exchange, caller: Caller, how: str) -> None:
    """It says so, or breaks off in the middle."""
    subscription = caller.subscribe(ANNA)
    listening = caller.listen(subscription)
    listening.envelope()
    assert exchange.end_streams(how) == 1
    if how == "closed":
        assert [_status(one) for one in listening.rest()] == ["Closed"]
    else:
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            listening.answer.read()
    assert _within_seconds(lambda: exchange.counters().streams == 0)
    assert exchange.counters().subscriptions == 1
    assert _status(caller.listen(subscription).envelope()) == "OK"


def test_there_is_no_other_way_to_end(exchange: Exchange) -> None:
    """A word that nobody knows is refused."""
    with pytest.raises(Refused, match="slowly"):
        exchange.end_streams("slowly")


def test_a_half_open_connection_says_nothing(exchange: Exchange, caller: Caller) -> None:
    """Neither events nor that it is there, but it stays."""
    exchange.streaming(keep_alive=0.02)
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    exchange.half_open()
    exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    listening.connection.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        list(iter(listening.envelope, "never"))
    assert exchange.counters().streams == 1


def test_what_was_on_its_way_on_a_half_open_connection_is_lost(exchange: Exchange, caller: Caller) -> None:
    """The next connection does not tell of it: whoever lost one reads everybody of it."""
    subscription = caller.subscribe(ANNA)
    caller.listen(subscription).envelope()
    exchange.half_open()
    exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    exchange.half_open(on=False)
    listening = caller.listen(subscription)
    listening.envelope()
    made = exchange.add_item(ANNA, subject="y", start="2026-10-19T10:00", end="2026-10-19T11:00")
    heard = listening.envelope()
    assert (heard.count("<t:CreatedEvent>"), made in heard) == (1, True)


def test_a_server_that_was_started_anew_knows_no_subscription(exchange: Exchange, caller: Caller) -> None:
    """And each connection is broken off."""
    subscription = caller.subscribe(ANNA)
    listening = caller.listen(subscription)
    listening.envelope()
    exchange.restart()
    with pytest.raises(http.client.IncompleteRead):
        listening.answer.read()
    assert exchange.counters().subscriptions == 0
    assert _code(caller.listen(subscription).envelope()) == "ErrorSubscriptionNotFound"


def test_too_many_events_are_missed(exchange: Exchange, caller: Caller) -> None:
    """A subscription that keeps more than it can says that some are lost."""
    subscription = caller.subscribe(ANNA)
    whole = {"start": "2026-10-19T10:00", "end": "2026-10-19T11:00"}
    exchange.add_items(ANNA, [{"subject": str(number), **whole} for number in range(334)])
    assert _code(caller.listen(subscription).envelope()) == "ErrorMissedNotificationEvents"


@pytest.mark.parametrize("operation", ["Subscribe", "GetStreamingEvents"])
def test_faults_befall_streams_too(exchange: Exchange, caller: Caller, operation: str) -> None:
    """Any of those that reading has: a status of IIS, or the server is busy."""
    subscription = caller.subscribe(ANNA)
    asks = {
        "Subscribe": lambda: caller.subscribed(ANNA),
        "GetStreamingEvents": lambda: caller.listen(subscription).answer.read().decode(),
    }
    exchange.fault("http", operation=operation, status=503, times=1)
    assert "503" in asks[operation]()
    exchange.fault("busy", operation=operation, times=1)
    assert _code(asks[operation]()) == "ErrorServerBusy"
    assert exchange.counters().operations[operation] == 2 + (operation == "Subscribe")


@pytest.mark.parametrize("kind", ["truncated-xml", "timeout", "cut"])
def test_a_connection_that_a_fault_takes_away_hangs_no_more(exchange: Exchange, caller: Caller, kind: str) -> None:
    """It counts for nobody's limit."""
    subscription = caller.subscribe(ANNA)
    exchange.fault(kind, operation="GetStreamingEvents", times=1)
    connection = caller.begin(subscription)
    assert _within_seconds(lambda: exchange.counters().operations.get("GetStreamingEvents") == 1)
    connection.close()
    assert _within_seconds(lambda: exchange.counters().faults == {kind: 1})
    assert _within_seconds(lambda: exchange.counters().streams == 0)


def test_a_mailbox_that_goes_takes_its_subscription_along(exchange: Exchange, caller: Caller) -> None:
    """Its connection is told that its events cannot be read."""
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    exchange.remove_mailbox(ANNA)
    assert _code(listening.envelope()) == "ErrorReadEventsFailed"


def test_events_may_be_late(exchange: Exchange, caller: Caller) -> None:
    """By as many seconds as told."""
    exchange.streaming(delay=0.3)
    listening = caller.listen(caller.subscribe(ANNA))
    listening.envelope()
    began = time.monotonic()
    exchange.add_item(ANNA, subject="x", start="2026-10-19T10:00", end="2026-10-19T11:00")
    listening.envelope()
    assert time.monotonic() - began >= 0.3
