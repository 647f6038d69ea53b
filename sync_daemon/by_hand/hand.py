"""Who acts on whose phone, and what an act comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rules import by_hand as limits
from rules.referral import Referral
from sync_daemon.answers.phone_after import phone_after
from sync_daemon.cycle.roster import person_of
from sync_daemon.settings import Tenant
from sync_daemon.store import Store, StoredSubscriber
from sync_daemon.texts import LocalTime, Text

OPERATOR = "operator"
"""The origin of what people set; another system has its own."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who acts on a person's phone: `by` is their name for the record, `now` the clock, aware.

    An operator may open any phone, and withdraw whatever was set by hand. Another system (whose `origin` is its own)
    may open any phone too, and takes back only what it has done itself.
    """

    store: Store
    tenant: Tenant
    person: StoredSubscriber
    by: str
    now: datetime
    origin: str = OPERATOR

    @property
    def is_operator(self) -> bool:
        """Whether a person acts, and no other system."""
        return self.origin == OPERATOR

    @property
    def extension(self) -> str:
        """The number that the log and refusals name the person by."""
        return person_of(self.person).extension

    @property
    def named(self) -> str:
        """The person with all of their numbers."""
        return f"{self.person.name} ({', '.join(self.person.extensions)})"

    def past(self, moment: datetime) -> datetime:
        """Up to when nothing may be changed by what is done at that moment."""
        return limits.end_of_the_past(moment, self.now)

    def local(self, moment: datetime, today: datetime | None = None) -> LocalTime:
        """The time as the person's tenant has it; of `today` its time only."""
        return LocalTime(moment, self.tenant.zone, today)

    def referrals(self, moment: datetime) -> tuple[Referral, ...]:
        """The person's that end after the moment, whoever set them."""
        held = self.store.held([self.person.id], moment).get(self.person.id)
        return held.referrals if held else ()

    def phone_after(self, moment: datetime) -> Text:
        """What becomes of the phone after an act at the moment."""
        return phone_after(self.referrals(moment), moment, self.tenant)

    def logged(self) -> dict[str, str]:
        """What the log says of each act: whom it concerns, who did it, and which other system."""
        about = {"tenant": self.tenant.id, "mailbox": self.person.mailbox, "extension": self.extension, "by": self.by}
        return about if self.is_operator else {**about, "system": self.origin}


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence; `referral` as other programs are given it: as the act has left it, or None."""

    text: Text
    referral: Referral | None
