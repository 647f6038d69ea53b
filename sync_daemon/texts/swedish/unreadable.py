"""Mailboxes that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "  {problem}: {remedy}": "  {problem}: {remedy}",
    "  {mailbox} {problem}: {remedy}": "  {mailbox} {problem}: {remedy}",
    "cannot be read ({source})": "går inte att läsa ({source})",
    "{tenant}: {mailbox}": "{tenant}: {mailbox}",
    "({mailbox} cannot be read, since {since})": "({mailbox} går inte att läsa, sedan {since})",
    "the configuration has log.file = false: there is no log to read": (
        "konfigurationen har log.file = false: det finns ingen logg att läsa"
    ),
    "there is no level {level}; there are {levels}": "det finns ingen nivå {level}; det finns {levels}",
    "{count} of {of} mailboxes {problem}, {named} and others": "{count} av {of} postlådor {problem}, {named} med flera",
    "{count} of {of} mailboxes {problem}, {named}": "{count} av {of} postlådor {problem}, {named}",
}
