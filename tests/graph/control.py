"""The control of both faces: the commands of tests/exchange, and those that begin with `graph_`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from tests.exchange.control import Control, fault_fields
from tests.exchange.service import Service
from tests.graph.application import Granted
from tests.graph.face import GraphCounts, GraphFace
from tests.graph.limits import GraphAtOnce, GraphBudget
from tests.graph.policy import GraphPolicy

_HOMES = frozenset({"cloud", "site", "both"})


class BothControl(Control):
    """Does what is asked; each public method is a command."""

    def __init__(self, service: Service, face: GraphFace) -> None:
        super().__init__(service)
        self._face = face
        self._application = face.application

    def graph_home(self, mailbox: str, home: str, answer: str = "MailboxNotEnabledForRESTAPI") -> None:
        """Where a mailbox is from now on, with its items: cloud, site or both; `answer` is Graph's code if on site.

        What listened for it where it was is forgotten, and nobody is told: subscriptions on site, delta tokens.
        """
        if home not in _HOMES:
            raise ValueError(f"There is no home {home!r}; there are: {', '.join(sorted(_HOMES))}")
        address = mailbox.lower()
        self._organisation.in_cloud.discard(address)
        self._face.on_site.pop(address, None)
        if home == "cloud":
            self._organisation.in_cloud.add(address)
            self.evict(address)
        elif home == "site":
            self._face.on_site[address] = answer
            self.graph_end_delta_tokens(address)

    def graph_application(self, **values: Any) -> None:  # noqa: ANN401 - fields of Application
        """Changes what Entra knows of the application: the fields that are named."""
        for name, value in values.items():
            match name:
                case "consents":
                    self._application.consents = frozenset(value)
                case "lifetime":
                    self._application.lifetime = timedelta(seconds=value)
                case "certificates":
                    read = [x509.load_pem_x509_certificate(Path(file).read_bytes()) for file in value]
                    self._application.certificates = read
                case "scoped":
                    self._application.scoped = tuple(
                        Granted(frozenset(roles), frozenset(one.lower() for one in mailboxes))
                        for roles, mailboxes in value
                    )
                case "client_id" | "secret" | "secret_expired" | "subject_in_basic":
                    setattr(self._application, name, value)
                case _:
                    raise ValueError(f"An application has no {name!r}")

    def graph_policy(self, **values: Any) -> None:  # noqa: ANN401 - the fields of GraphPolicy
        """The fields of GraphPolicy; one that is not given is as at the start."""
        self._face.policy = GraphPolicy(**values)

    def graph_throttle(self, **values: Any) -> None:  # noqa: ANN401 - the fields of GraphBudget
        """A budget; with `requests` null none."""
        self._face.budget = None if values.get("requests", 0) is None else GraphBudget(**values)

    def graph_at_once(self, **values: Any) -> None:  # noqa: ANN401 - the fields of GraphAtOnce
        """So many at once; with `most` null as many as come."""
        self._face.at_once = None if values.get("most", 0) is None else GraphAtOnce(**values)

    def graph_end_delta_tokens(self, mailbox: str | None) -> None:
        """The delta tokens of a mailbox, or all, are not known any more."""
        self._face.deltas.end(None if mailbox is None else mailbox.lower())

    def graph_fault(self, **values: Any) -> int:  # noqa: ANN401 - the fields of Fault and the options of its kind
        """Something that goes wrong from now on; the answer is its id."""
        return self._face.faults.add(**fault_fields(values))

    def graph_clear_faults(self, fault: int | None = None) -> None:
        """All goes well again, or one fault ends."""
        self._face.faults.clear(fault)

    def graph_seed(self, seed: int) -> None:
        """The seed of chance."""
        self._face.faults.seed = seed

    def graph_revoke(self) -> None:
        """No token that was issued is good any more."""
        self._application.revoke()

    def graph_tokens(self) -> list[str]:
        """All tokens that were issued, for who looks whether one has been written anywhere."""
        return list(self._application.issued)

    def graph_counters(self) -> dict[str, Any]:
        """What was asked since the start or the last reset."""
        counts = self._face.counts
        with counts.lock:
            return {
                "requests": counts.requests,
                "batches": counts.batches,
                "questions": dict(counts.questions),
                "mailboxes": dict(counts.mailboxes),
                "statuses": dict(counts.statuses),
                "faults": dict(counts.faults),
                "tokens": len(self._application.issued),
                "connections": counts.connections,
                "connections_open": counts.connections_open,
            }

    def graph_reset_counters(self) -> None:
        """All counters from nought, but for the connections that are open."""
        self._face.counts = GraphCounts(connections_open=self._face.counts.connections_open)
        self._application.issued.clear()
