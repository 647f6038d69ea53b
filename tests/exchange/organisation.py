"""The organisation: its mailboxes, who may read which, the policy in force and the time.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/impersonation-and-ews-in-exchange,
.../handling-delegation-related-errors-in-ews-in-exchange (no right: ErrorFolderNotFound), .../responsecode, and
https://github.com/OfficeDev/ews-java-api/issues/607 (a folder that is seen but may not be read: ErrorAccessDenied).
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.exchange.accounts import Accounts
from tests.exchange.mailbox import Mailbox
from tests.exchange.soap import Refusal, SoapFault
from tests.exchange.throttling import AtOnce, Budget

EVERYBODY = "*"
OWNER = "owner"
_NO_MAILBOX = "The SMTP address has no mailbox associated with it."


@dataclass
class Policy:
    """What is settable: the most items a view holds, how times are written, and whether answers are compressed."""

    find_limit: int = 1000
    find_limit_is_error: bool = False
    times_with_offset: bool = False
    compressed: bool = False


@dataclass
class Counts:
    """What has been asked and what was done: requests by operation and mailbox, faults by kind, connections."""

    operations: Counter[str] = field(default_factory=Counter)
    mailboxes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    proxied: int = 0
    busy: int = 0
    connections_open: int = 0
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Organisation:
    """All there is; `impersonation` is who may be impersonated by whom: all, or these addresses."""

    accounts: Accounts = field(default_factory=Accounts)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    in_cloud: set[str] = field(default_factory=set)
    """Mailboxes that are in Exchange Online alone, so that this server has none of the name: see tests/graph."""
    owners: dict[str, str] = field(default_factory=dict)
    impersonation: frozenset[str] = frozenset({EVERYBODY})
    rights: dict[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    budget: Budget | None = None
    at_once: AtOnce | None = None
    told: datetime | None = None
    look_again: Callable[[str], Mailbox | None] = lambda _: None
    counts: Counts = field(default_factory=Counts)
    _keys: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.accounts.owner = self._owners_password

    def _owners_password(self, user: str) -> str | None:
        """That of a mailbox's owner, who logs on by the address: the one set, else one made from the address."""
        return self.owners.get(user, f"owner-of-{user}") if user in self.mailboxes else None

    def clock(self) -> datetime:
        """The time of the clock, whatever was told."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """The time told, else that of the clock."""
        return self.told or self.clock()

    def new_key(self) -> str:
        """A key for an item."""
        return f"i{next(self._keys)}"

    def mailbox(self, address: str) -> Mailbox | None:
        """A mailbox by its address; one that is new where mailboxes come from is found as well."""
        found = self.mailboxes.get(address.lower())
        if found is None and (found := self.look_again(address.lower())) is not None:
            self.mailboxes[address.lower()] = found
        return found

    def on_site(self, address: str) -> Mailbox | None:
        """A mailbox that EWS has, by its address."""
        return None if address.lower() in self.in_cloud else self.mailbox(address)

    def acting(self, account: str, impersonated: str | None) -> str:
        """The address that a request acts as.

        Raises:
            SoapFault: there is no such mailbox, or the account lacks the role ApplicationImpersonation for it.
        """
        if impersonated is None:
            return account
        if self.on_site(impersonated) is None:
            raise SoapFault("ErrorNonExistentMailbox", _NO_MAILBOX)
        if account in self.accounts.passwords and self.impersonation & {EVERYBODY, impersonated}:
            return impersonated
        text = "The account does not have permission to impersonate the requested user."
        raise SoapFault("ErrorImpersonateUserDenied", text)

    def opened(self, address: str, acting: str) -> tuple[Mailbox, str]:
        """A mailbox and the right that somebody has there: owner, editor, reviewer or reviewer-without-private.

        Raises:
            Refusal: no such mailbox, no right to see the folder (ErrorFolderNotFound), or none to read it.
        """
        mailbox = self.on_site(address)
        if mailbox is None:
            raise Refusal("ErrorNonExistentMailbox", _NO_MAILBOX)
        if acting == mailbox.address:
            return mailbox, OWNER
        right = self.rights.get(mailbox.address, self.rights.get(EVERYBODY, "none"))
        if right == "none":
            raise Refusal("ErrorFolderNotFound", "The specified folder could not be found in the store.")
        if right == "denied":
            text = "Access is denied. Check credentials and try again., Cannot query rows in a table."
            raise Refusal("ErrorAccessDenied", text)
        return mailbox, right
