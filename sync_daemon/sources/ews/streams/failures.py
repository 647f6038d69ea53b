"""What Exchange's refusals ask for where streams are concerned; all others are as for a question (`response_codes`).

https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/handling-notification-related-errors-in-ews-in-exchange
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure, later
from sync_daemon.texts import Text

MISSED = "ErrorMissedNotificationEvents"
"""More happened in a mailbox than Exchange keeps: it is subscribed to anew, and read."""

TOO_MANY_CONNECTIONS = "ErrorExceededConnectionCount"

GONE = frozenset(
    {
        "ErrorExpiredSubscription",
        "ErrorInvalidSubscription",
        "ErrorInvalidWatermark",
        "ErrorProxiedSubscriptionCallFailure",
        "ErrorProxyRequestNotAllowed",
        "ErrorReadEventsFailed",
        "ErrorSubscriptionAccessDenied",
        "ErrorSubscriptionNotFound",
        "ErrorSubscriptionUnsubscribed",
        "ErrorSubscriptionUnsubsribed",
        MISSED,
    }
)
"""The subscription is of no use any more, or is on another server than the one that was asked: a new one is made."""

STILL_THERE = frozenset({MISSED, "ErrorProxyRequestNotAllowed", "ErrorProxiedSubscriptionCallFailure"})
"""Of these, those whose subscription may still be on a server, and is to be ended."""

LOST = Failure(Text("wait: Exchange has let go of the subscription, and a new one is made by itself"))

JOINS = Text("it is listened for as soon as the connection for it is renewed, which is every few minutes")
"""Of a mailbox that has been added; nothing is wrong with that."""

LEFT_OVER = Text(
    "give some of the mailboxes a source of their own with another service account, or, where Exchange's "
    "HangingConnectionLimit was raised, raise stream_connections: an account listens for 200 on each connection"
)

SILENT = later(Text("Exchange said nothing for too long on the connection that hangs"), Concerns.SERVER)
CUT = later(Text("the connection that hangs was cut off"), Concerns.SERVER)
CLOSED_EARLY = later(Text("Exchange closes the connection that hangs as soon as it is opened"), Concerns.SERVER)
NOT_FOUND_AGAIN = Failure(
    Text(
        "see that what stands before Exchange lets the headers X-AnchorMailbox and X-PreferServerAffinity and the "
        "cookie X-BackEndOverrideCookie through: Exchange does not find its own subscriptions again"
    ),
    Concerns.SERVER,
)
TOO_LARGE = later(Text("what came on the connection that hangs was larger than any"), Concerns.SERVER)

_OF_STREAMS: Mapping[str, Failure] = {
    TOO_MANY_CONNECTIONS: Failure(
        Text(
            "see that nobody else listens with the service account {account}; else lower stream_connections, or raise "
            "HangingConnectionLimit in Exchange's web.config for EWS: the account may have no more connections that "
            "hang",
            account="ACCOUNT",
        ),
        Concerns.SERVER,
    ),
    "ErrorExceededSubscriptionCount": Failure(
        Text(
            "let the account have more subscriptions: Set-ThrottlingPolicy NAME -EwsMaxSubscriptions, and "
            "Set-Mailbox {account} -ThrottlingPolicy NAME",
            account="ACCOUNT",
        )
    ),
    "ErrorSubscriptionDelegateAccessNotSupported": Failure(
        Text('set access = "impersonation": Exchange lets no delegate subscribe to this calendar')
    ),
    **{code: replace(LOST, why=code) for code in GONE},
}


def of_stream(failure: Failure) -> Failure:
    """The failure, with what can be done about it where it is about streams."""
    known = _OF_STREAMS.get(failure.why)
    return failure if known is None else replace(known, why=failure.why, back_off=failure.back_off, by_exchange=True)


def concerns_one(failure: Failure) -> bool:
    """Whether only the mailbox that was to be subscribed to is concerned, and not the whole server."""
    if failure.why == "ErrorExceededSubscriptionCount":
        return True
    return (
        failure.concerns in {Concerns.MAILBOX, Concerns.VIEW}
        and failure.again is not Again.SOON
        and (failure.back_off is None)
    )
