"""GetServerTimeZones, ResolveNames and ConvertId.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getservertimezones-operation,
.../resolvenames-operation (at most 100 candidates) and .../convertid-operation.
"""

from __future__ import annotations

import html

from tests.exchange.item import read_id
from tests.exchange.organisation import Organisation
from tests.exchange.soap import Refusal, Request, failure, m, response, success, t, text_of
from tests.exchange.zone import display_name, known

_CANDIDATES = 100


def get_server_time_zones(organisation: Organisation, request: Request, acting: str) -> bytes:
    """The zones asked for, or all that are known; without their transitions."""
    del organisation, acting
    asked = [text_of(element) for element in request.element.iterfind(f"{m('Ids')}/{t('Id')}")] or known()
    each = "".join(
        f'<t:TimeZoneDefinition Name="{html.escape(display_name(name))}" Id="{html.escape(name)}"/>' for name in asked
    )
    content = f"<m:TimeZoneDefinitions>{each}</m:TimeZoneDefinitions>"
    return response("GetServerTimeZones", [success("GetServerTimeZones", content)])


def resolve_names(organisation: Organisation, request: Request, acting: str) -> bytes:
    """Mailboxes whose address begins with what was asked."""
    del acting
    entry = text_of(request.element.find(m("UnresolvedEntry"))).lower().removeprefix("smtp:")
    found = [address for address in sorted(organisation.mailboxes) if address.startswith(entry)]
    if not found:
        refusal = Refusal("ErrorNameResolutionNoResults", "No results were found.")
        return response("ResolveNames", [failure("ResolveNames", refusal)])
    each = "".join(
        f"<t:Resolution><t:Mailbox><t:Name>{html.escape(address.partition('@')[0])}</t:Name>"
        f"<t:EmailAddress>{html.escape(address)}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>"
        "<t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Resolution>"
        for address in found[:_CANDIDATES]
    )
    whole = "true" if len(found) <= _CANDIDATES else "false"
    shown = min(len(found), _CANDIDATES)
    content = f'<m:ResolutionSet TotalItemsInView="{shown}" IncludesLastItemInRange="{whole}">{each}</m:ResolutionSet>'
    if len(found) == 1:
        return response("ResolveNames", [success("ResolveNames", content)])
    warning = (
        '<m:ResolveNamesResponseMessage ResponseClass="Warning"><m:MessageText>Multiple results were found.'
        "</m:MessageText><m:ResponseCode>ErrorNameResolutionMultipleResults</m:ResponseCode>"
        f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{content}</m:ResolveNamesResponseMessage>"
    )
    return response("ResolveNames", [warning])


def convert_id(organisation: Organisation, request: Request, acting: str) -> bytes:
    """The same id in another format: here they are all one; an id from elsewhere is malformed."""
    del organisation, acting
    wanted = request.element.get("DestinationFormat", "EwsId")
    messages = []
    for source in request.element.iterfind(f"{m('SourceIds')}/{t('AlternateId')}"):
        if read_id(source.get("Id", "")) is None:
            messages.append(failure("ConvertId", Refusal("ErrorInvalidIdMalformed", "Id is malformed.")))
            continue
        mailbox = html.escape(source.get("Mailbox", ""))
        kind = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t:AlternateIdType"'
        content = f'<m:AlternateId {kind} Format="{wanted}" Id="{source.get("Id")}" Mailbox="{mailbox}"/>'
        messages.append(success("ConvertId", content))
    return response("ConvertId", messages)
