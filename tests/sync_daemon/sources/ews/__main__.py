"""Compares our reading with exchangelib's over many answers: `python -m tests.sync_daemon.sources.ews`.

It says how many it compared. HANVISA_EWS_EXAMPLES says how many it shall; 20,000 take some minutes.
"""

from __future__ import annotations

import sys

from tests.sync_daemon.sources.ews import test_same_as_exchangelib as same
from tests.sync_daemon.sources.ews.answers import FIXTURES
from tests.sync_daemon.sources.ews.differences import DIFFERENCES
from tests.sync_daemon.sources.ews.theirs import host_in


def main() -> None:
    """Raises AssertionError at the first answer that says one thing to us and another to exchangelib."""
    with host_in("Europe/Stockholm"):
        for path in FIXTURES:
            same.test_a_fixture_says_the_same_to_both(path)
        same.test_a_made_up_answer_says_the_same_to_both()
    for difference in DIFFERENCES:
        same.test_a_difference_is_just_as_the_table_says(difference)
    held = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(same.COMPARED.items()))
    sys.stdout.write(
        f"{len(FIXTURES)} fixtures and {held}: the same; {len(DIFFERENCES)} differences, as the table says\n"
    )
    for difference in DIFFERENCES:
        sys.stdout.write(
            f"{difference.name}: we: {difference.ours}; exchangelib: {difference.theirs}. {difference.why}\n"
        )


if __name__ == "__main__":
    main()
