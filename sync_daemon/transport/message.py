"""A mail as text, in the language of who gets it, marked as one that no machine is to answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sync_daemon.printable import cut, one_line
from sync_daemon.settings import AlertsSettings
from sync_daemon.texts import Language, Text, in_language


def made(  # noqa: PLR0913 - the last two have defaults
    subject: Text,
    paragraphs: Iterable[Text],
    to: Sequence[str],
    settings: AlertsSettings,
    now: datetime,
    *,
    lang: Language | None = None,
    key: str | None = None,
) -> EmailMessage:
    """A mail in the language of the settings, or in `lang`, marked as one that no machine is to answer (RFC 3834).

    By its `Message-ID` a mail that comes twice is known (RFC 5322, 3.6.4): with a `key` it is made of that alone.
    """
    language = lang or settings.lang
    domain = (settings.sender or "@localhost").rpartition("@")[2]
    message = EmailMessage()
    message["Subject"] = cut(in_language(subject, language))
    message["From"] = settings.sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=domain) if key is None else f"<{key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    # Exchange's own, for replies that it makes by itself ([MS-OXCMAIL] 2.2.3.2.14).
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = language
    message.set_content(_told(paragraphs, language), cte="quoted-printable")
    return message


def _told(paragraphs: Iterable[Text], language: Language) -> str:
    return "".join(f"{one_line(in_language(text, language))}\n\n" for text in paragraphs)
