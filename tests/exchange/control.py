"""The control: what a test tells the stand-in, as JSON over HTTP on a port of its own, so that no fault touches it.

A request is `{"do": name, ...arguments}`, the answer `{"result": ...}` or `{"error": "..."}` with status 400. The
typed side of it is `tests.exchange.process.Exchange`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.exchange.answer import Answer
from tests.exchange.faults import Fault
from tests.exchange.item import Item, from_json, global_object_id, item_id, read_id
from tests.exchange.mailbox import Canned, Mailbox
from tests.exchange.organisation import Counts, Policy
from tests.exchange.server import Call, json_answer
from tests.exchange.service import Service
from tests.exchange.subscriptions import Streaming
from tests.exchange.throttling import AtOnce, Budget

_FAULT_FIELDS = frozenset(Fault.__dataclass_fields__) - {"id", "options"}


def fault_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Fault out of what the control was told: what is none of them is an option of its kind."""
    fields = {name: value for name, value in values.items() if name in _FAULT_FIELDS}
    if fields.get("until") is not None:
        fields["until"] = datetime.fromisoformat(fields["until"]).astimezone(UTC)
    if fields.get("mailbox") is not None:
        fields["mailbox"] = fields["mailbox"].lower()
    return {**fields, "options": {name: value for name, value in values.items() if name not in _FAULT_FIELDS}}


class Control:
    """Does what is asked; each public method is a command."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._organisation = service.organisation

    def __call__(self, call: Call) -> Answer:
        """The answer to one command."""
        asked = json.loads(call.body or b"{}")
        name = asked.pop("do", "counters")
        command: Callable[..., Any] | None = None if name.startswith("_") else getattr(self, name, None)
        if command is None:
            return json_answer({"error": f"There is no command {name!r}"}, 400)
        try:
            return json_answer({"result": command(**asked)})
        except (ValueError, KeyError, TypeError) as error:
            return json_answer({"error": f"{name}: {type(error).__name__}: {error}"}, 400)

    def add_mailbox(self, mailbox: str, items: list[dict[str, Any]] | None = None, password: str | None = None) -> None:
        """A new mailbox, or an empty one in place of the old; its owner's password is `password`, if given."""
        address = mailbox.lower()
        replaced = self._organisation.mailboxes.get(address)
        announce = None if replaced is None else replaced.announce
        self._organisation.mailboxes[address] = Mailbox(address, announce=announce)
        if password is not None:
            self._organisation.owners[address] = password
        self.add_items(address, items or [])

    def add_mailboxes(self, mailboxes: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
        """New mailboxes with these items; the answer is the items' ids, by mailbox."""
        for one in mailboxes:
            self.add_mailbox(one)
        return {one: self.add_items(one, items) for one, items in mailboxes.items()}

    def remove_mailbox(self, mailbox: str) -> None:
        """No such mailbox any more."""
        self._organisation.mailboxes.pop(mailbox.lower(), None)
        self._service.streams.evict(mailbox.lower(), "ErrorReadEventsFailed", "The events could not be read.")

    def add_items(self, mailbox: str, items: list[dict[str, Any]]) -> list[str]:
        """Further items; the answer is their ids."""
        where = self._mailbox(mailbox)
        now, new_key = self._organisation.now(), self._organisation.new_key
        return [item_id(where.address, where.put(from_json(values, new_key(), now))) for values in items]

    def replace_items(self, mailbox: str, items: list[dict[str, Any]]) -> list[str]:
        """These items in place of all."""
        self._mailbox(mailbox).clear()
        return self.add_items(mailbox, items)

    def change_item(self, mailbox: str, item: str, values: dict[str, Any]) -> None:
        """Another item in the place of one, under its id, and its UID unless that is given."""
        where, old = self._item(mailbox, item)
        where.put(from_json({"uid": old.uid, **values}, old.key, self._organisation.now()))

    def copy_item(self, mailbox: str, item: str) -> str:
        """A copy in the same calendar, with a UID of its own; the answer is its id."""
        where, old = self._item(mailbox, item)
        key = self._organisation.new_key()
        made = replace(old, key=key, uid=global_object_id(self._organisation.now(), key), modified={})
        return item_id(where.address, where.put(made, copied_from=old))

    def remove_item(self, mailbox: str, item: str, *, moved: bool = False) -> None:
        """Takes an item away by its id; `moved` to the deleted items."""
        parts = read_id(item)
        if parts is None:
            raise ValueError(f"{item!r} is no id of an item")
        self._mailbox(mailbox).remove(parts[2], moved=moved)

    def canned(self, mailbox: str, body: str | None, status: int = 200, content_type: str = "text/xml") -> None:
        """Whole bytes (in base64) as the answer to each FindItem of a mailbox; None for its own answers again."""
        canned = None if body is None else Canned(base64.b64decode(body), status, content_type)
        self._mailbox(mailbox).canned = canned

    def now(self, moment: str | None) -> None:
        """The time, None for the clock's."""
        self._organisation.told = None if moment is None else datetime.fromisoformat(moment).astimezone(UTC)
        self._service.streams.wake()

    def streaming(self, back_ends: int = 2, **values: Any) -> None:  # noqa: ANN401 - the fields of Streaming
        """How many back ends there are, and the fields of Streaming; one that is not given is as at the start."""
        self._service.streams.subscriptions.settings = Streaming(**values)
        self._service.streams.subscriptions.back_ends.number = back_ends
        self._service.streams.wake()

    def evict(self, mailbox: str | None = None, code: str | None = None) -> int:
        """Forgets the subscriptions to a mailbox, or all; their connections hear `code`, or nothing."""
        return self._service.streams.evict(None if mailbox is None else mailbox.lower(), code)

    def end_streams(self, how: str = "closed", mailbox: str | None = None) -> int:
        """Ends connections that hang: closed, cut or reset."""
        if how not in {"closed", "cut", "reset"}:
            raise ValueError(f"{how!r} is no way to end a connection")
        return self._service.streams.end(how, None if mailbox is None else mailbox.lower())

    def half_open(self, *, on: bool = True) -> None:
        """Connections that hang, and those to come, say nothing at all any more; or those to come speak again."""
        self._service.streams.silence(on=on)

    def restart(self) -> None:
        """As a server that was started anew: no subscription, and each connection that hangs is broken off."""
        self._service.streams.restart()

    def lose_affinity(self) -> None:
        """Cookies given so far route nowhere, and mailboxes have other homes; connections that hang stay."""
        self._service.streams.subscriptions.back_ends.forget()

    def set_password(self, user: str, password: str) -> None:
        """Another password of an account or an owner; connections that have logged on by NTLM stay."""
        if user.lower() in self._organisation.accounts.passwords:
            self._organisation.accounts.passwords[user.lower()] = password
        else:
            self._organisation.owners[user.lower()] = password

    def lock_after(self, refusals: int | None) -> None:
        """Accounts are locked after so many refused logons in a row."""
        self._organisation.accounts.lock_after = refusals

    def unlock(self, user: str) -> None:
        """Lets a locked account in again."""
        self._organisation.accounts.unlock(user)

    def impersonation(self, mailboxes: list[str]) -> None:
        """The mailboxes that the service account holds the role for; `["*"]` for all."""
        self._organisation.impersonation = frozenset(mailbox.lower() for mailbox in mailboxes)

    def rights(self, right: str, mailbox: str) -> None:
        """The right of everybody else in a calendar; `*` for all calendars that have none of their own."""
        self._organisation.rights[mailbox.lower()] = right

    def at_once(
        self, most: int | None, seconds: float = 0.0, answer: str = "ErrorServerBusy", *, crowd: bool = False
    ) -> None:
        """So many requests are answered at once, the others with that; None for as many as come."""
        self._organisation.at_once = None if most is None else AtOnce(most, seconds, answer, crowd)

    def throttle(
        self, requests: int | None, seconds: float = 60, per: str = "account", *, simulated: bool = False
    ) -> None:
        """A budget of so many requests a window, None for none."""
        self._organisation.budget = None if requests is None else Budget(requests, seconds, per, simulated)

    def policy(self, **values: Any) -> None:  # noqa: ANN401 - the fields of Policy
        """The fields of Policy; one that is not given is as at the start."""
        self._organisation.policy = Policy(**values)

    def fault(self, **values: Any) -> int:  # noqa: ANN401 - the fields of Fault and the options of its kind
        """Something that goes wrong from now on; the answer is its id."""
        return self._service.faults.add(**fault_fields(values))

    def clear_faults(self, fault: int | None = None) -> None:
        """All goes well again, or one fault ends."""
        self._service.faults.clear(fault)

    def seed(self, seed: int) -> None:
        """The seed of chance."""
        self._service.faults.seed = seed

    def counters(self) -> dict[str, Any]:
        """What was asked and done since the start or the last reset."""
        counts, accounts = self._organisation.counts, self._organisation.accounts
        with counts.lock:
            return {
                "operations": dict(counts.operations),
                "mailboxes": dict(counts.mailboxes),
                "faults": dict(counts.faults),
                "refused": dict(accounts.refused),
                "locked": sorted(accounts.locked),
                "negotiate": accounts.negotiate,
                "proxied": counts.proxied,
                "busy": counts.busy,
                "connections": counts.connections,
                "connections_open": counts.connections_open,
                "subscriptions": len(self._service.streams.subscriptions.of(None)),
                "streams": len(self._service.streams.hanging),
                "streams_begun": self._service.streams.begun,
            }

    def reset_counters(self) -> None:
        """All counters from nought, but for the connections that are open."""
        fresh = Counts(connections_open=self._organisation.counts.connections_open)
        self._organisation.counts = fresh
        self._organisation.accounts.refused.clear()
        self._organisation.accounts.negotiate = 0

    def _item(self, mailbox: str, item: str) -> tuple[Mailbox, Item]:
        parts, where = read_id(item), self._mailbox(mailbox)
        found = None if parts is None else where.get(parts[2])
        if found is None:
            raise ValueError(f"{item!r} is no id of an item there")
        return where, found

    def _mailbox(self, address: str) -> Mailbox:
        found = self._organisation.mailbox(address)
        if found is None:
            raise ValueError(f"There is no mailbox {address}")
        return found
