"""Why a mailbox is not listened for, and what is told of that."""

ROWS = {
    "listening has not begun yet": "avlyssningen har inte börjat än",
    "listening has ended": "avlyssningen har upphört",
}
