"""What Microsoft documents of the answers: names and types of every property that the stand-in sends.

Sources, below https://learn.microsoft.com/en-us/graph/api/resources/ : event, outlookitem, itembody, datetimetimezone,
location, recipient, emailaddress, attendee, responsestatus, patternedrecurrence, recurrencepattern, recurrencerange;
https://learn.microsoft.com/en-us/graph/errors, https://learn.microsoft.com/en-us/graph/json-batching,
https://learn.microsoft.com/en-us/graph/delta-query-overview (links, `@removed`), .../query-parameters ($count);
https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow (tokens) and
https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes (their errors).
`uid` and `occurrenceId` are documented for beta, and sent by v1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_DAYS = "sunday|monday|tuesday|wednesday|thursday|friday|saturday"
_RESPONSE = "none|organizer|tentativelyAccepted|accepted|declined|notResponded"
_PLACE = "conferenceRoom|homeAddress|businessAddress|geoCoordinates|streetAddress|hotel|restaurant|localBusiness"

_PATTERNS = {
    "DateTimeOffset": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}",
    "Date": r"\d{4}-\d\d-\d\d",
    "Etag": r'W/".+"',
    "Link": r"https://.+",
    "Text": r"(?s).*",
}
"""Strings of a form. `dateTime` of a dateTimeTimeZone has no offset."""

DOCUMENTED: Mapping[str, Mapping[str, str]] = {
    "event": {
        "@odata.type": "Text",
        "@odata.etag": "Etag",
        "@removed": "removed",
        "allowNewTimeProposals": "Boolean",
        "attendees": "[attendee]",
        "body": "itemBody",
        "bodyPreview": "Text",
        "categories": "[Text]",
        "changeKey": "Text",
        "createdDateTime": "DateTimeOffset",
        "end": "dateTimeTimeZone",
        "hasAttachments": "Boolean",
        "hideAttendees": "Boolean",
        "iCalUId": "Text",
        "id": "Text",
        "importance": "=low|normal|high",
        "isAllDay": "Boolean",
        "isCancelled": "Boolean",
        "isDraft": "Boolean",
        "isOnlineMeeting": "Boolean",
        "isOrganizer": "Boolean",
        "isReminderOn": "Boolean",
        "lastModifiedDateTime": "DateTimeOffset",
        "location": "location",
        "locations": "[location]",
        "occurrenceId": "?Text",
        "onlineMeeting": "?onlineMeetingInfo",
        "onlineMeetingProvider": "=unknown|teamsForBusiness|skypeForBusiness|skypeForConsumer",
        "onlineMeetingUrl": "?Text",
        "organizer": "recipient",
        "originalEndTimeZone": "Text",
        "originalStart": "DateTimeOffset",
        "originalStartTimeZone": "Text",
        "recurrence": "?patternedRecurrence",
        "reminderMinutesBeforeStart": "Int32",
        "responseRequested": "Boolean",
        "responseStatus": "responseStatus",
        "sensitivity": "=normal|personal|private|confidential",
        "seriesMasterId": "?Text",
        "showAs": "=free|tentative|busy|oof|workingElsewhere|unknown",
        "start": "dateTimeTimeZone",
        "subject": "?Text",
        "transactionId": "?Text",
        "type": "=singleInstance|occurrence|exception|seriesMaster",
        "uid": "Text",
        "webLink": "Link",
    },
    "attendee": {
        "emailAddress": "emailAddress",
        "status": "responseStatus",
        "type": "=required|optional|resource",
    },
    "dateTimeTimeZone": {"dateTime": "DateTime", "timeZone": "Text"},
    "emailAddress": {"address": "Text", "name": "Text"},
    "itemBody": {"content": "Text", "contentType": "=text|html"},
    "location": {
        "displayName": "Text",
        "locationType": f"=default|{_PLACE}|postalAddress",
        "uniqueId": "Text",
        "uniqueIdType": "=unknown|locationStore|directory|private|bing",
    },
    "onlineMeetingInfo": {},
    "patternedRecurrence": {"pattern": "recurrencePattern", "range": "recurrenceRange"},
    "recipient": {"emailAddress": "emailAddress"},
    "recurrencePattern": {
        "dayOfMonth": "Int32",
        "daysOfWeek": f"[={_DAYS}]",
        "firstDayOfWeek": f"={_DAYS}",
        "index": "=first|second|third|fourth|last",
        "interval": "Int32",
        "month": "Int32",
        "type": "=daily|weekly|absoluteMonthly|relativeMonthly|absoluteYearly|relativeYearly",
    },
    "recurrenceRange": {
        "endDate": "Date",
        "numberOfOccurrences": "Int32",
        "recurrenceTimeZone": "Text",
        "startDate": "Date",
        "type": "=endDate|noEnd|numbered",
    },
    "removed": {"reason": "=changed|deleted"},
    "responseStatus": {"response": f"={_RESPONSE}", "time": "DateTimeOffset"},
    "page": {
        "@odata.context": "Link",
        "@odata.count": "Int32",
        "@odata.deltaLink": "Link",
        "@odata.nextLink": "Link",
        "value": "[event]",
    },
    "error": {"error": "errorDetails"},
    "errorDetails": {"code": "Text", "message": "Text", "innerError": "innerError"},
    "innerError": {"client-request-id": "Text", "date": "Text", "request-id": "Text"},
    "batch": {"responses": "[batchResponse]"},
    "batchResponse": {"body": "Anything", "headers": "Anything", "id": "Text", "status": "Int32"},
    "token": {"access_token": "Text", "expires_in": "Int32", "ext_expires_in": "Int32", "token_type": "=Bearer"},
    "tokenError": {
        "correlation_id": "Text",
        "error": "Text",
        "error_codes": "[Int32]",
        "error_description": "Text",
        "error_uri": "Link",
        "timestamp": "Text",
        "trace_id": "Text",
    },
}
"""By type: `[type]` for a collection, `?type` where it may be null, `=a|b` for one of these words."""

ALWAYS: Mapping[str, frozenset[str]] = {
    "error": frozenset({"error"}),
    "errorDetails": frozenset({"code", "message"}),
    "batchResponse": frozenset({"id", "status", "headers"}),
    "dateTimeTimeZone": frozenset({"dateTime", "timeZone"}),
    "page": frozenset({"value"}),
    "token": frozenset({"access_token", "expires_in", "token_type"}),
    "tokenError": frozenset({"error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"}),
}
"""What none of a type lacks."""


def undocumented(value: Any, kind: str, at: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """What of a JSON value is not as documented for a type: where it is, and what it should be."""
    if kind == "Anything" or (kind.startswith("?") and value is None):
        return
    kind = kind.removeprefix("?")
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{at}: no list"
            return
        for number, one in enumerate(value):
            yield from undocumented(one, kind[1:-1], f"{at}[{number}]")
    elif kind in DOCUMENTED:
        yield from _of_object(value, kind, at)
    elif not _fits(value, kind):
        yield f"{at}: no {kind}"


def _of_object(value: Any, kind: str, at: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        yield f"{at}: no {kind}"
        return
    yield from (f"{at}: no {name}" for name in sorted(ALWAYS.get(kind, frozenset()) - value.keys()))
    for name, one in value.items():
        if name in DOCUMENTED[kind]:
            yield from undocumented(one, DOCUMENTED[kind][name], f"{at}.{name}")
        else:
            yield f"{at}.{name}: unknown"


def _fits(value: Any, kind: str) -> bool:  # noqa: ANN401 - JSON
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind == "Int32":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind.startswith("="):
        return value in kind[1:].split("|")
    return isinstance(value, str) and re.fullmatch(_PATTERNS[kind], value) is not None
