"""Sends one word to one receiver, and says what became of it: it was taken, it was not, or nobody answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sync_daemon.errors import UserError
from sync_daemon.notices import webhook, words
from sync_daemon.settings import MailReceiver, Receiver, Settings, Tenant, WebhookReceiver
from sync_daemon.sources.password import password_in
from sync_daemon.store import Outgoing
from sync_daemon.texts import Text
from sync_daemon.transport.mail import MailUnsent, mail_server
from sync_daemon.transport.message import made
from sync_daemon.transport.web import Unanswered, post

_SUCCESS = range(200, 300)
_SERVER_FAILS = range(500, 600)
_LATER = frozenset({408, 425, 429})
"""Too slow, too early, too many: a client is to try again (RFC 9110, 15.5.9; RFC 8470; RFC 6585)."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why a word did not arrive.

    `refused`: another try comes to nothing until somebody has mended something. `answered`: it is this word that was
    not taken; otherwise nobody answered, and another word fares no better.
    """

    problem: str
    refused: bool = False
    answered: bool = True


Send = Callable[[Outgoing, datetime], NotTaken | None]
"""What became of a word that is sent now; None: it was taken."""


def sender(receiver: Receiver, tenant: Tenant, settings: Settings) -> Send:
    """What sends a word to that receiver of the tenant's."""
    if isinstance(receiver, MailReceiver):
        return lambda word, _now: _mailed(_mail(word, receiver, tenant, settings), settings)
    return lambda word, now: _posted(webhook.body(word, receiver, tenant.zone), word.key, receiver, now)


def on_trial(receiver: Receiver, tenant: Tenant, settings: Settings, now: datetime) -> NotTaken | None:
    """Sends something that is no notice; None: it was taken."""
    key = f"trial-{uuid.uuid4()}"
    if isinstance(receiver, WebhookReceiver):
        return _posted(webhook.trial(tenant.id, receiver, key, now), key, receiver, now)
    told = words.trial_sentences(tenant.id)
    to = [receiver.to]
    mail = made(words.trial_subject(), told, to, settings.alerts, now, lang=receiver.lang, key=key)
    return _mailed(mail, settings, try_again=True)


def _mail(word: Outgoing, receiver: MailReceiver, tenant: Tenant, settings: Settings) -> EmailMessage:
    """The same of one word, whenever it is made: its date is when the word was said."""
    subject, told = words.subject(word, tenant.zone), words.sentences(word, tenant.zone)
    at = word.notice.at
    return made(subject, told, [receiver.to], settings.alerts, at, lang=receiver.lang, key=word.key)


def _mailed(message: EmailMessage, settings: Settings, *, try_again: bool = False) -> NotTaken | None:
    [result] = mail_server(settings, try_again=try_again).send([message])
    if isinstance(result, MailUnsent):
        return NotTaken(result.text, result.refused, answered=bool(result.answer) or result.refused)
    return None


def _posted(content: bytes, key: str, receiver: WebhookReceiver, now: datetime) -> NotTaken | None:
    try:
        secret = password_in(receiver.secret)
    except UserError as error:
        return NotTaken(error.text, refused=True)
    headers = webhook.headers(content, key, secret, now)
    try:
        status = post(receiver.url, content, headers, name=receiver.label, ca_file=receiver.ca_file)
    except Unanswered as error:
        return NotTaken(error.text, answered=False)
    if status in _SUCCESS:
        return None
    refused = status not in _SERVER_FAILS and status not in _LATER
    return NotTaken(Text("{name} answers with {code}", name=receiver.label, code=status), refused)
