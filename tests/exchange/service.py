"""One EWS request from the caller's body to the answer: whose mailbox, which fault, which operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.exchange import booking_operations, faults, lookups
from tests.exchange.answer import Answer, Parts
from tests.exchange.back_ends import COOKIE
from tests.exchange.faults import Faults
from tests.exchange.finding import Damage, find_item, view_key
from tests.exchange.folders import address_in, get_folder
from tests.exchange.item import read_id
from tests.exchange.notifying import Asked, get_streaming_events, subscribe, unsubscribe
from tests.exchange.organisation import Organisation
from tests.exchange.soap import Request, SoapFault, fault, local_name, read_request
from tests.exchange.streams import Stream, Streams
from tests.exchange.subscriptions import Subscriptions

_OPERATIONS: dict[str, Callable[[Organisation, Request, str], bytes]] = {
    "FindItem": find_item,
    "GetFolder": get_folder,
    "GetItem": booking_operations.get_item,
    "CreateItem": booking_operations.create_item,
    "UpdateItem": booking_operations.update_item,
    "DeleteItem": booking_operations.delete_item,
    "GetServerTimeZones": lookups.get_server_time_zones,
    "ResolveNames": lookups.resolve_names,
    "ConvertId": lookups.convert_id,
}
_NOTIFYING = frozenset({"Subscribe", "Unsubscribe", "GetStreamingEvents"})


@dataclass(frozen=True)
class Call:
    """A request with the mailbox that it is about, who makes it, and the headers of HTTP in lower case."""

    request: Request
    address: str
    account: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Service:
    """What stands behind /EWS/Exchange.asmx."""

    organisation: Organisation
    faults: Faults = field(default_factory=Faults)
    streams: Streams = field(init=False)

    def __post_init__(self) -> None:
        self.streams = Streams(Subscriptions(self.organisation.now), self.organisation.clock)

    def before_logon(self, body: bytes) -> Answer | None:
        """What a fault answers before anybody looks at the account, so even in the middle of a handshake."""
        if not any(one.before_logon for one in self.faults.in_force):
            return None
        try:
            request = read_request(body)
            address = self._address(request, request.impersonated or "")
            return self._befallen(Call(request, address, ""), before_logon=True)
        except SoapFault as refused:
            return Answer(fault(refused), 500)

    def answer(self, body: bytes, account: str, headers: Mapping[str, str]) -> Answer:
        """The answer to somebody who has logged on; names of headers are in lower case."""
        try:
            request = read_request(body)
            address = self._address(request, request.impersonated or account)
            self._count(request.operation, address)
            call = Call(request, address, account, headers)
            if self.organisation.at_once is None:
                return self._answered(call)
            with self.organisation.at_once.place() as free:
                return self._answered(call) if free else self._busy(self.organisation.at_once.answer)
        except SoapFault as refused:
            return Answer(fault(refused), 500)

    def _answered(self, call: Call) -> Answer:
        return self._befallen(call, before_logon=False) or self._done(call, None)

    def _busy(self, answer: str) -> Answer:
        with self.organisation.counts.lock:
            self.organisation.counts.busy += 1
        if answer.isdigit():
            return Answer(b"The service is unavailable.", int(answer), "text/html")
        raise SoapFault(answer, "The server cannot service this request right now. Try again later.")

    def _befallen(self, call: Call, *, before_logon: bool) -> Answer | None:
        now = self.organisation.now()
        one = self.faults.draw(call.request.operation, call.address, now, before_logon=before_logon)
        if one is None:
            return None
        with self.organisation.counts.lock:
            self.organisation.counts.faults[one.kind] += 1

        begun: list[Parts] = []

        def render(damage: Damage | None) -> Answer:
            done = self._done(call, damage)
            begun.extend([done.stream] if done.stream else [])
            return done

        befallen = faults.befall(one, call.request.operation, render)
        for stream in begun:
            if befallen.stream is not stream:
                stream.left()  # nobody will ever hear of it
        return befallen

    def _done(self, call: Call, damage: Damage | None) -> Answer:
        organisation, request, address, account = self.organisation, call.request, call.address, call.account
        if organisation.budget is not None:
            self._spend(account, address)
        acting = organisation.acting(account, request.impersonated)
        mailbox = organisation.mailbox(address)
        if mailbox is not None and mailbox.canned is not None and request.operation == "FindItem":
            return Answer(mailbox.canned.body, mailbox.canned.status, mailbox.canned.content_type)
        if request.operation in _NOTIFYING:
            return self._notified(call, acting)
        operation = _OPERATIONS.get(request.operation)
        if operation is None:
            raise SoapFault("ErrorInvalidRequest", f"The stand-in does not know {request.operation}.")
        if request.operation != "FindItem":
            return Answer(operation(organisation, request, acting))
        if damage is not None:
            return Answer(find_item(organisation, request, acting, damage))
        key = view_key(organisation, request, acting)
        if key is None or mailbox is None:
            return Answer(find_item(organisation, request, acting))
        return Answer(mailbox.answer(key, lambda: find_item(organisation, request, acting)))

    def _notified(self, call: Call, acting: str) -> Answer:
        routed = self.streams.subscriptions.back_ends.route(call.headers, acting)
        asked = Asked(call.request, call.account, acting, routed)
        headers: tuple[tuple[str, str], ...] = ()
        if routed.cookie is not None:
            headers = (("Set-Cookie", f"{COOKIE}={routed.cookie}; path=/; secure; HttpOnly"),)
        if call.request.operation == "GetStreamingEvents":
            stream = get_streaming_events(self.streams, asked)
            if isinstance(stream, Stream):
                return Answer(b"", headers=headers, stream=stream)
            return Answer(stream, headers=headers)
        if call.request.operation == "Subscribe":
            return Answer(subscribe(self.streams.subscriptions, asked, self.organisation), headers=headers)
        return Answer(unsubscribe(self.streams, asked), headers=headers)

    def _spend(self, account: str, address: str) -> None:
        organisation = self.organisation
        if organisation.budget is None:
            return
        now = organisation.now() if organisation.budget.simulated else organisation.clock()
        try:
            organisation.budget.spend(account=account, mailbox=address, now=now)
        except SoapFault:
            with organisation.counts.lock:
                organisation.counts.busy += 1
            raise

    def _address(self, request: Request, acting: str) -> str:
        """The mailbox that a request is about: that of its first folder or item, else the one acting."""
        for child in request.element:
            for element in child.iter():
                if local_name(element) in {"FolderId", "DistinguishedFolderId"}:
                    return address_in(element, acting)
                if local_name(element) == "ItemId":
                    parts = read_id(element.get("Id", ""))
                    return parts[1] if parts else acting
        return acting

    def _count(self, operation: str, address: str) -> None:
        counts = self.organisation.counts
        with counts.lock:
            counts.operations[operation] += 1
            counts.mailboxes[address] += 1
