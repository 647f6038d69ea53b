"""One EWS request from the caller's body to the answer: whose mailbox, which fault, which operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.exchange import booking_operations, faults, lookups
from tests.exchange.answer import Answer
from tests.exchange.faults import Faults
from tests.exchange.finding import Damage, find_item, view_key
from tests.exchange.folders import address_in, get_folder
from tests.exchange.item import read_id
from tests.exchange.organisation import Organisation
from tests.exchange.soap import Request, SoapFault, fault, local_name, read_request

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


@dataclass
class Service:
    """What stands behind /EWS/Exchange.asmx."""

    organisation: Organisation
    faults: Faults = field(default_factory=Faults)

    def before_logon(self, body: bytes) -> Answer | None:
        """What a fault answers before anybody looks at the account, so even in the middle of a handshake."""
        if not any(one.before_logon for one in self.faults.in_force):
            return None
        try:
            request = read_request(body)
            address = self._address(request, request.impersonated or "")
            return self._befallen(request, address, "", before_logon=True)
        except SoapFault as refused:
            return Answer(fault(refused), 500)

    def answer(self, body: bytes, account: str) -> Answer:
        """The answer to somebody who has logged on."""
        try:
            request = read_request(body)
            address = self._address(request, request.impersonated or account)
            self._count(request.operation, address)
            if self.organisation.at_once is None:
                return self._answered(request, address, account)
            with self.organisation.at_once.place() as free:
                return (
                    self._answered(request, address, account) if free else self._busy(self.organisation.at_once.answer)
                )
        except SoapFault as refused:
            return Answer(fault(refused), 500)

    def _answered(self, request: Request, address: str, account: str) -> Answer:
        befallen = self._befallen(request, address, account, before_logon=False)
        return befallen or self._done(request, address, account, None)

    def _busy(self, answer: str) -> Answer:
        with self.organisation.counts.lock:
            self.organisation.counts.busy += 1
        if answer.isdigit():
            return Answer(b"The service is unavailable.", int(answer), "text/html")
        raise SoapFault(answer, "The server cannot service this request right now. Try again later.")

    def _befallen(self, request: Request, address: str, account: str, *, before_logon: bool) -> Answer | None:
        now = self.organisation.now()
        one = self.faults.draw(request.operation, address, now, before_logon=before_logon)
        if one is None:
            return None
        with self.organisation.counts.lock:
            self.organisation.counts.faults[one.kind] += 1

        def render(damage: Damage | None) -> Answer:
            return self._done(request, address, account, damage)

        return faults.befall(one, request.operation, render)

    def _done(self, request: Request, address: str, account: str, damage: Damage | None) -> Answer:
        organisation = self.organisation
        if organisation.budget is not None:
            self._spend(account, address)
        acting = organisation.acting(account, request.impersonated)
        mailbox = organisation.mailbox(address)
        if mailbox is not None and mailbox.canned is not None and request.operation == "FindItem":
            return Answer(mailbox.canned.body, mailbox.canned.status, mailbox.canned.content_type)
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
            for element in child:
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
