"""Mailboxes that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "  {problem}: {remedy}": "  {problem}: {remedy}",
    "  {mailbox} cannot be read: {remedy}": "  {mailbox} går inte att läsa: {remedy}",
    "{tenant}: {mailbox}": "{tenant}: {mailbox}",
    "({mailbox} cannot be read, since {since})": "({mailbox} går inte att läsa, sedan {since})",
    "the configuration has log.file = false: there is no log to read": (
        "konfigurationen har log.file = false: det finns ingen logg att läsa"
    ),
    "there is no level {level}; there are {levels}": "det finns ingen nivå {level}; det finns {levels}",
    "{count} mailboxes cannot be read, {named} and others": "{count} postlådor går inte att läsa, {named} med flera",
}
