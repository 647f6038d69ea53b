"""What is refused of what somebody wants to do by hand."""

from __future__ import annotations

from typing import Literal

from rules.referral import Referral
from sync_daemon.errors import UserError
from sync_daemon.texts import Text

Field = Literal["from", "until", "at", "reason", "alternative"]
"""What of an act can be wrong."""


class Refused(UserError):
    """It may not be done; `field` is what is to be written otherwise, None where that is nothing of it."""

    def __init__(self, text: Text, field: Field | None = None) -> None:
        super().__init__(text)
        self.field = field


class NothingToDo(Refused):
    """The store has nothing that it could be done to: no referral to open, no set to approve."""


class NothingToWithdraw(NothingToDo):
    """Nothing is set by hand then that may be withdrawn; `coming` is what is set for later, by its beginning."""

    def __init__(self, text: Text, coming: tuple[Referral, ...]) -> None:
        super().__init__(text)
        self.coming = coming
