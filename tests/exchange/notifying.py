"""Subscribe, Unsubscribe and GetStreamingEvents, for streaming notifications.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/subscribe-operation,
.../unsubscribe-operation, .../getstreamingevents-operation, .../streamingsubscriptionrequest, .../responsecode, and
.../exchange-web-services/handling-notification-related-errors-in-ews-in-exchange; of several ids of which
one lies elsewhere https://github.com/David-Barrett-MS/EWSStreamingNotificationSample.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from tests.exchange.back_ends import Routed, back_end_of
from tests.exchange.events import TYPES as EVENT_TYPES
from tests.exchange.folders import open_folder
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.soap import Refusal, Request, SoapFault, failure, m, response, success, t, text_of
from tests.exchange.stream_messages import NOT_FOUND, error_message
from tests.exchange.streams import Stream, Streams
from tests.exchange.subscriptions import Subscription, Subscriptions

_ELSEWHERE = (
    "One or more subscriptions in the request reside on another Client Access server. GetStreamingEvents won't proxy "
    "in the event of a batch request."
)


@dataclass(frozen=True)
class Asked:
    """A request with who makes it, whom it acts as, where it is routed and whose budget it is charged to."""

    request: Request
    account: str
    acting: str
    routed: Routed

    @property
    def budget(self) -> str:
        """Each account has a budget for itself, and a copy of that of each mailbox that it impersonates."""
        return f"{self.account} as {self.request.impersonated}" if self.request.impersonated else self.account


def subscribe(subscriptions: Subscriptions, asked: Asked, organisation: Organisation) -> bytes:
    """Subscribe, for streaming.

    Raises:
        SoapFault: what is asked for is not of the schema, or for pull or push.
    """
    request = asked.request.element.find(m("StreamingSubscriptionRequest"))
    if request is None:
        raise SoapFault("ErrorInvalidRequest", "The stand-in knows subscriptions for streaming only.")
    types = [text_of(found) for found in request.iterfind(f"{t('EventTypes')}/{t('EventType')}")]
    if not types or set(types) - EVENT_TYPES:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: EventTypes.")
    try:
        mailbox = _subscribed(request, asked.acting, organisation)
        made = subscriptions.add(
            mailbox.address, types, owner=asked.account, budget=asked.budget, back_end=asked.routed.back_end
        )
    except Refusal as refusal:
        return response("Subscribe", [failure("Subscribe", refusal)])
    mailbox.announce = subscriptions.publish
    return response("Subscribe", [success("Subscribe", f"<m:SubscriptionId>{made.id}</m:SubscriptionId>")])


def _subscribed(request: Element, acting: str, organisation: Organisation) -> Mailbox:
    """The mailbox whose calendar is among the folders."""
    if request.get("SubscribeToAllFolders", "").lower() in {"true", "1"}:
        return organisation.opened(acting, acting)[0]
    named = request.find(t("FolderIds"))
    folders = [open_folder(organisation, element, acting) for element in (named if named is not None else ())]
    if not folders or len({folder.mailbox.address for folder in folders}) != 1:
        text = "The subscription request is invalid: it names no folder, or folders of several mailboxes."
        raise Refusal("ErrorInvalidSubscriptionRequest", text)
    return folders[0].mailbox


def unsubscribe(streams: Streams, asked: Asked) -> bytes:
    """Unsubscribe; a server that does not have the subscription hands the request on to the one that does."""
    named = text_of(asked.request.element.find(m("SubscriptionId"))).strip()
    try:
        _owned(streams.subscriptions, named, asked.account)
    except Refusal as refusal:
        return response("Unsubscribe", [failure("Unsubscribe", refusal)])
    streams.subscriptions.remove(named)
    return response("Unsubscribe", [success("Unsubscribe")])


def _owned(subscriptions: Subscriptions, named: str, account: str) -> Subscription:
    if back_end_of(named) is None:
        raise Refusal("ErrorInvalidSubscription", "The subscription ID is invalid.")
    found = subscriptions.get(named)
    if found is None:
        raise Refusal("ErrorSubscriptionNotFound", NOT_FOUND)
    if found.owner != account:
        raise Refusal("ErrorSubscriptionAccessDenied", "Access to the subscription is denied: another account owns it.")
    if found.missed:
        raise Refusal("ErrorMissedNotificationEvents", "Events were missed. Make a new subscription.")
    return found


def get_streaming_events(streams: Streams, asked: Asked) -> Stream | bytes:
    """GetStreamingEvents: a connection that hangs, or the one message that says why not.

    Raises:
        SoapFault: what is asked for is not of the schema, or too many connections hang.
    """
    settings = streams.subscriptions.settings
    element = asked.request.element
    ids = [text_of(found).strip() for found in element.iterfind(f"{m('SubscriptionIds')}/{t('SubscriptionId')}")]
    minutes = text_of(element.find(m("ConnectionTimeout")))
    if not ids or not minutes.isdigit() or not 1 <= int(minutes) <= 30:
        text = "The request failed schema validation: SubscriptionIds and a ConnectionTimeout of 1 to 30 are required."
        raise SoapFault("ErrorSchemaValidation", text)
    if len(ids) > settings.ids_limit:
        raise SoapFault("ErrorInvalidRequest", f"The request has more than {settings.ids_limit} subscriptions.")
    found, refused = _found(streams.subscriptions, ids, asked)
    if refused:
        code, text = next((refusal.code, refusal.text) for refusal in refused.values())
        named = [one for one, refusal in refused.items() if refusal.code == code]
        return error_message(code, text, named, "Closed")
    return streams.open(found, asked.budget, int(minutes))


def _found(subscriptions: Subscriptions, ids: list[str], asked: Asked) -> tuple[list[Subscription], dict[str, Refusal]]:
    """The subscriptions, and those that cannot be had with why; one alone is had from whichever back end has it."""
    found: list[Subscription] = []
    refused: dict[str, Refusal] = {}
    for one in dict.fromkeys(ids):
        if len(ids) > 1 and back_end_of(one) not in {None, asked.routed.back_end}:
            refused[one] = Refusal(subscriptions.settings.affinity_error, _ELSEWHERE)
            continue
        try:
            found.append(_owned(subscriptions, one, asked.account))
        except Refusal as refusal:
            refused[one] = refusal
    return found, refused
