"""`[store]`: where the referrals are held, a SQLite file or PostgreSQL.

The password of a database is a file in `secrets_dir`, never a part of the address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, ValidationInfo, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from sync_daemon.settings.section import FilePath, Folders, Refused, Section, beside_the_file
from sync_daemon.settings.sources import SecretFile
from sync_daemon.settings.spelling import nearest
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

PASSWORD_FILE = "password_file"  # noqa: S105 - the name of a parameter
"""The parameter of our own in the address that names the file with the password."""

BESIDE = "beside"
"""The one that says under which path the files stand that a host keeps for itself, each with an ending of its own."""

_DRIVER = "postgresql+psycopg"
_EXAMPLE = "postgresql+psycopg://hanvisa@db.example/hanvisa"
_NAME = "hanvisa"
"""What files of a host's own are called, where no SQLite file gives them its name."""

_FILES = ("sslcert", "sslcrl", "sslkey", "sslrootcert")
_PARAMETERS = frozenset(
    {
        *_FILES,
        "application_name",
        "channel_binding",
        "client_encoding",
        "connect_timeout",
        "gssencmode",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "options",
        "port",
        "require_auth",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcrldir",
        "sslmode",
        "sslnegotiation",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
    }
)
"""Of libpq's what an admin may need (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS)."""

_VERIFIED = ("verify-ca", "verify-full")


def _store_url(text: str, info: ValidationInfo[Folders | None]) -> str:
    """The address with files' paths made absolute; what is wrong is said without it: it may hold a password."""
    remedy = Text("write sqlite:///hanvisa.db, or {example}", example=_EXAMPLE)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        if text.startswith("postgresql") and "," in text:
            remedy = Text("write several servers with ports as …@/hanvisa?host=db1:5432&host=db2:5433")
        raise Refused(Text("is no address of a database"), remedy) from None
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, info)
    if url.drivername != "sqlite":
        raise Refused(Text("is an address of a kind of database that hanvisa does not use"), remedy)
    if not url.database or url.database == ":memory:":
        raise Refused(Text("names no file, and a store in memory forgets everything"), remedy)
    return url.set(database=str(beside_the_file(Path(url.database), info))).render_as_string(hide_password=False)


def _postgresql(url: URL, info: ValidationInfo[Folders | None]) -> str:
    example = Text("write {example}", example=_EXAMPLE)
    if url.drivername not in {"postgresql", _DRIVER}:
        raise Refused(Text("names a driver that hanvisa does not use"), example)
    if url.password is not None or "password" in url.query or "passfile" in url.query:
        remedy = Text('take it out, write it into a file in secrets_dir, and name that: secret = "database" in [store]')
        raise Refused(Text("has a password in it"), remedy)
    if not url.database:
        raise Refused(Text("names no database"), example)
    for name in url.query:
        if name not in _PARAMETERS:
            meant = nearest(name, _PARAMETERS) or "sslmode"
            raise Refused(Text("has a parameter that is not known"), Text("write {example}", example=f"{meant}=…"))
    files = {
        name: value if value == "system" else str(beside_the_file(Path(str(value)), info))
        for name, value in url.query.items()
        if name in _FILES
    }
    return url.set(drivername=_DRIVER).update_query_dict(files).render_as_string(hide_password=False)


class StoreSettings(Section):
    """Where the referrals are held."""

    url: Annotated[str, AfterValidator(_store_url)]
    """SQLAlchemy's, the path of a SQLite file, or of certificates, made absolute; never with a password."""
    secret: SecretFile | None = None
    folder: FilePath | None = None
    """Where a host keeps what is its own, of a store in PostgreSQL."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.is_file and (self.secret or self.folder):
            remedy = Text("take {key} out", key="secret" if self.secret else "folder")
            raise Refused(Text("a store in a file has no password, and no other folder"), remedy)
        return self

    @property
    def is_file(self) -> bool:
        """Whether it is a SQLite file."""
        return make_url(self.url).get_backend_name() == "sqlite"

    @property
    def address(self) -> str:
        """What a store is opened by: the url, with where its password is, and where this host's own files are."""
        if self.is_file:
            return self.url
        ours = {BESIDE: str((self.folder or Path()) / _NAME)}
        if self.secret is not None:
            ours[PASSWORD_FILE] = str(self.secret)
        return make_url(self.url).update_query_dict(ours).render_as_string(hide_password=False)

    @property
    def unverified_hosts(self) -> list[str]:
        """Servers beyond this machine whose certificates are not looked at: anybody between could be one."""
        url = make_url(self.url)
        if self.is_file or url.query.get("sslmode") in _VERIFIED or url.query.get("sslrootcert") == "system":
            return []
        return [host for host in _hosts(url) if not _is_here(host)]


def _hosts(url: URL) -> list[str]:
    """By name or number; none of one that is reached by the socket where PostgreSQL has it by default."""
    named: list[str] = [url.host] if url.host else []
    more: str | Iterable[str] = url.query.get("host", ())
    named += [more] if isinstance(more, str) else more
    return [one for part in named for one in part.split(",") if one]


def _is_here(host: str) -> bool:
    """Also a socket's folder, and one of the abstract namespace."""
    if host.startswith(("/", "@")):
        return True
    name = host if host.count(":") > 1 else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
