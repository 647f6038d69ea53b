"""The bytes of a connection that hangs, however they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_daemon.sources.ews.streams import envelopes
from sync_daemon.sources.ews.streams.envelopes import Envelope, Envelopes, EnvelopeTooLarge, read_envelope
from tests.exchange.stream_messages import error_message, status_message

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><{0}:Envelope xmlns:{0}="http://schemas.xmlsoap.org/soap/envelope/">'
    "<{0}:Body>"
    '<m:GetStreamingEventsResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>'
    '<m:GetStreamingEventsResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
)
_FOOT = "</m:{0}ResponseMessage></m:ResponseMessages></m:{0}Response></{1}:Body></{1}:Envelope>"


def _message(content: str, prefix: str = "soap11") -> bytes:
    return (_HEAD.format(prefix) + content + _FOOT.format("GetStreamingEvents", prefix)).encode()


def _notification(subscription: str, event: str) -> str:
    return (
        f"<m:Notification><t:SubscriptionId>{subscription}</t:SubscriptionId>"
        f"<t:PreviousWatermark>AQ==</t:PreviousWatermark><t:MoreEvents>false</t:MoreEvents>{event}</m:Notification>"
    )


_TWO = _message(
    "<m:Notifications>"
    + _notification("one=", "<t:CreatedEvent><t:TimeStamp>2026-11-24T08:00:00Z</t:TimeStamp></t:CreatedEvent>")
    + _notification("two=", "<t:StatusEvent/>")
    + "</m:Notifications>"
)


@given(st.lists(st.integers(0, 3000), max_size=6))
def test_messages_are_the_same_wherever_the_bytes_are_cut(places: list[int]) -> None:
    """Within a tag, between two messages, all at once."""
    told = [status_message("OK"), _TWO, status_message("Closed")]
    whole = b"\r\n".join(told)
    cuts = [0, *sorted(min(place, len(whole)) for place in places), len(whole)]
    cutter = Envelopes()
    found = [one for begin, end in pairwise(cuts) for one in cutter.of(whole[begin:end])]
    assert [read_envelope(one) for one in found] == [
        Envelope(),
        Envelope(changed=frozenset({"one="})),
        Envelope(closed=True),
    ]


def test_only_what_says_nothing_else_is_a_beat() -> None:
    """An event, an end and an error are more than that the connection stands."""
    assert read_envelope(status_message("OK")).is_beat
    assert not read_envelope(_TWO).is_beat
    assert not read_envelope(status_message("Closed")).is_beat


def test_an_error_names_what_is_gone() -> None:
    """And whether the connection goes on without it."""
    told = read_envelope(error_message("ErrorSubscriptionNotFound", "Kanariefågel", ["one=", "two="], "Closed"))
    assert told.failure is not None
    assert (told.failure.why, told.closed) == ("ErrorSubscriptionNotFound", True)
    assert told.gone == {"one=", "two="}
    assert "Kanariefågel" not in repr(told)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>SAM: Budget</body></html></Envelope>",
        b"</Envelope>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"></s:Envelope>',
        status_message("OK").replace(b"GetStreamingEventsResponse", b"FindItemResponse"),
    ],
)
def test_what_is_no_message_of_exchanges_is_a_failure(content: bytes) -> None:
    """Nothing of it is told on."""
    told = read_envelope(content)
    assert told.failure is not None
    assert not told.closed
    assert "Budget" not in repr(told)


def test_what_has_no_end_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends and sends fills no memory."""
    monkeypatch.setattr(envelopes, "LARGEST", 1000)
    cutter = Envelopes()
    for _ in range(10):
        assert list(cutter.of(b"<a>" * 33)) == []
    with pytest.raises(EnvelopeTooLarge):
        list(cutter.of(b"<a>" * 33))
    with pytest.raises(EnvelopeTooLarge):
        list(Envelopes().of(b"<a>" * 500 + b"</Envelope>"))
