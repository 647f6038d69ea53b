"""What a person does to a phone: refers, opens, takes back; for the command line, the board and its interface alike.

An act is a function of a `Hand` (who does it, to whom, when by the clock). It looks at what is asked for, writes to the
store, logs it with who did it, and gives back a `Done`: the sentence that is said after, and the referral for other
programs. What may not be done raises `Refused`, with the field that is to be mended; where there is nothing to do it
to, `NothingToDo`. docs/rules.md §5 says what may be done by hand.
"""

from sync_daemon.by_hand.approving import Approval, approve
from sync_daemon.by_hand.hand import OPERATOR, Done, Hand
from sync_daemon.by_hand.opening import open_phone, undo_opening
from sync_daemon.by_hand.possible import PossibleActs, possible_acts
from sync_daemon.by_hand.referring import Wish, overlapping, refer, refer_instead
from sync_daemon.by_hand.refusals import NothingToDo, NothingToWithdraw, Refused
from sync_daemon.by_hand.said import alternative_told, referral_told, told_by_hand
from sync_daemon.by_hand.times import read_time, require_now, require_present
from sync_daemon.by_hand.whose import whose
from sync_daemon.by_hand.withdrawing import withdraw

__all__ = [
    "OPERATOR",
    "Approval",
    "Done",
    "Hand",
    "NothingToDo",
    "NothingToWithdraw",
    "PossibleActs",
    "Refused",
    "Wish",
    "alternative_told",
    "approve",
    "open_phone",
    "overlapping",
    "possible_acts",
    "read_time",
    "refer",
    "refer_instead",
    "referral_told",
    "require_now",
    "require_present",
    "told_by_hand",
    "undo_opening",
    "whose",
    "withdraw",
]
