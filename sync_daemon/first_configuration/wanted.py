"""What somebody wants to begin with: one tenant, where its calendars are, perhaps a first person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sync_daemon.settings.sources import is_loopback

SECRETS = Path("secrets")
"""The folder of the secrets, beside the configuration."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Calendars as files `<mailbox>.ics` in a folder, which may be relative to the configuration's."""

    path: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """Calendars on an Exchange, read by a service account."""

    endpoint: str
    account: str
    auth: str = "ntlm"
    access: str = "impersonation"
    ca_file: str | None = None

    @property
    def is_in_the_clear(self) -> bool:
        """Whether it is asked without encryption, which is for a test on this machine only."""
        return urlsplit(self.endpoint).scheme == "http" and is_loopback(self.endpoint)


@dataclass(frozen=True, slots=True)
class Online:
    """Calendars on Exchange Online, read over Microsoft Graph by an application that Entra knows.

    `authority` and `endpoint` only where they are not the ones of Microsoft's worldwide cloud.
    """

    directory_id: str
    client_id: str
    sign_in: Literal["certificate", "secret"] = "certificate"
    authority: str | None = None
    endpoint: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The directory's first line; `extensions` as they stand there: `4711 oe:0701740605`."""

    mailbox: str
    extensions: str
    name: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One tenant with its source. `emergency` is the number of the first person's department; empty: it has none."""

    tenant: str
    source: Folder | Exchange | Online
    zone: str = "Europe/Stockholm"
    person: Person | None = None
    emergency: str = ""
    internal_numbers: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        """The directory's file, beside the configuration."""
        return Path(f"{self.tenant}.csv")

    @property
    def secret(self) -> Path | None:
        """The file of what the source signs in with, in its folder beside the configuration."""
        match self.source:
            case Folder():
                return None
            case Exchange():
                return SECRETS / f"{self.tenant}-ews"
            case Online(sign_in="certificate"):
                return SECRETS / f"{self.tenant}-graph.pem"
            case Online():
                return SECRETS / f"{self.tenant}-graph"


def whole_endpoint(text: str) -> str:
    """The address of Exchange's web services, also where only the host was named."""
    return text if not text or "://" in text else f"https://{text.rstrip('/')}/EWS/Exchange.asmx"
