"""What can go wrong, by what the caller can do about it.

Every message names the thing, what was wrong, and what to do. Whatever is no `HanvisaError` is a bug.
"""

from __future__ import annotations


class HanvisaError(Exception):
    """Something that a person is told without a traceback; `exit_code` is the command line's."""

    exit_code = 1

    @property
    def text(self) -> str:
        """What is wrong, for a person: the `sync_daemon.texts.Text` that it was made of, if any."""
        return self.args[0] if len(self.args) == 1 and isinstance(self.args[0], str) else str(self)


class UserError(HanvisaError):
    """Wrong usage or configuration: a person can mend it. A refusal is one too."""

    exit_code = 2


class StoreUnavailable(HanvisaError):
    """The store cannot be reached now; the same call may go through later."""

    exit_code = 3


class StoreReplaced(StoreUnavailable):
    """Another file has taken the store's place: whoever has it open opens it anew."""


class LockLost(StoreUnavailable):
    """Who writes has lost the lock that they write under: nothing was written, nor is until it is had again."""


class RevisionMoved(HanvisaError):
    """Somebody wrote to the subscriber since the plan was made: nothing was written, plan again."""
