"""The first configuration of somebody who has none: the texts of its files, what is wrong with them, their writing.

`wanted` is what is asked for, `texts` makes TOML and CSV of it, `problems` says what hanvisa would refuse of that, and
`writing` puts it where nothing is yet.
"""

from sync_daemon.first_configuration.problems import problem_with
from sync_daemon.first_configuration.texts import configuration_text, directory_text
from sync_daemon.first_configuration.wanted import Exchange, Folder, Online, Person, Wanted, whole_endpoint
from sync_daemon.first_configuration.writing import refuse_to_overwrite, write

__all__ = [
    "Exchange",
    "Folder",
    "Online",
    "Person",
    "Wanted",
    "configuration_text",
    "directory_text",
    "problem_with",
    "refuse_to_overwrite",
    "whole_endpoint",
    "write",
]
