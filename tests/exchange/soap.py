"""The envelope: requests as the stand-in reads them, answers and SOAP faults as Exchange words them.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/soap-xml-elements-in-exchange
(headers, ServerVersionInfo), .../web-service-reference/responsecode (codes and what they mean), and
https://github.com/mguessan/davmail/issues/161 (the bytes of an ErrorServerBusy fault with its BackOffMilliseconds).
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"

# The values of RequestServerVersion's Version that an Exchange Server 2019 knows:
# https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/requestserverversion
_VERSIONS = frozenset(
    {
        "Exchange2007",
        "Exchange2007_SP1",
        "Exchange2009",
        "Exchange2010",
        "Exchange2010_SP1",
        "Exchange2010_SP2",
        "Exchange2013",
        "Exchange2013_SP1",
        "Exchange2015",
        "Exchange2016",
    }
)
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_OPENING = (
    f'{_DECLARATION}<s:Envelope xmlns:s="{ENVELOPE}"><s:Header>'
    '<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="4" '
    f'Version="V2017_07_11" xmlns:h="{TYPES}" xmlns="{TYPES}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></s:Header>'
    '<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
)
_CLOSING = "</s:Body></s:Envelope>"


class SoapFault(Exception):
    """A request refused as a whole: a SOAP fault with status 500."""

    def __init__(self, code: str, text: str, *, back_off_ms: int | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.back_off_ms = back_off_ms


class Refusal(Exception):
    """One message of an answer that is an error: ResponseClass="Error" with a ResponseCode, status 200."""

    def __init__(self, code: str, text: str, *, message_xml: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.message_xml = message_xml


@dataclass(frozen=True)
class Request:
    """A request, its operation taken out of the body and its headers read."""

    operation: str
    element: Element
    impersonated: str | None
    zone: str | None


def t(name: str) -> str:
    """A name in the types namespace, as lxml writes it."""
    return f"{{{TYPES}}}{name}"


def m(name: str) -> str:
    """A name in the messages namespace, as lxml writes it."""
    return f"{{{MESSAGES}}}{name}"


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def text_of(element: Element | None, default: str = "") -> str:
    """The text of an element that may be absent."""
    return default if element is None or element.text is None else element.text


def read_request(body: bytes) -> Request:
    """Reads an envelope.

    Raises:
        SoapFault: the body is no SOAP envelope, or asks for a schema version that nobody knows.
    """
    try:
        root = fromstring(body)  # noqa: S314 - the caller is a test
    except ParseError as error:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation.") from error
    inside = root.find(f"{{{ENVELOPE}}}Body")
    if inside is None or not len(inside):
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: there is no Body.")
    header = root.find(f"{{{ENVELOPE}}}Header")
    _check_version(header)
    return Request(local_name(inside[0]), inside[0], _impersonated(header), _zone(header))


def _check_version(header: Element | None) -> None:
    asked = None if header is None else header.find(t("RequestServerVersion"))
    if asked is not None and asked.get("Version") not in _VERSIONS:
        raise SoapFault("ErrorInvalidServerVersion", "The specified server version is invalid.")


def _impersonated(header: Element | None) -> str | None:
    """The address to act as; .../web-service-reference/connectingsid lists the four ways to name it."""
    connecting = None if header is None else header.find(f"{t('ExchangeImpersonation')}/{t('ConnectingSID')}")
    if connecting is None:
        return None
    for name in ("PrimarySmtpAddress", "SmtpAddress", "PrincipalName"):
        found = connecting.find(t(name))
        if found is not None:
            return text_of(found).strip().lower()
    raise SoapFault("ErrorInvalidUserSid", "The security identifier (SID) of the user is invalid.")


def _zone(header: Element | None) -> str | None:
    path = f"{t('TimeZoneContext')}/{t('TimeZoneDefinition')}"
    definition = None if header is None else header.find(path)
    return None if definition is None else definition.get("Id")


def envelope(content: str) -> bytes:
    """An answer with ServerVersionInfo in its header."""
    return (_OPENING + content + _CLOSING).encode()


def response(operation: str, messages: list[str]) -> bytes:
    """An answer of some response messages, each already whole."""
    return envelope(
        f'<m:{operation}Response xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><m:ResponseMessages>{"".join(messages)}'
        f"</m:ResponseMessages></m:{operation}Response>"
    )


def success(operation: str, content: str = "") -> str:
    """A message that says that it went well."""
    return (
        f'<m:{operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"{content}</m:{operation}ResponseMessage>"
    )


def failure(operation: str, refusal: Refusal) -> str:
    """A message that says what was wrong."""
    detail = f"<m:MessageXml>{refusal.message_xml}</m:MessageXml>" if refusal.message_xml else ""
    return (
        f'<m:{operation}ResponseMessage ResponseClass="Error"><m:MessageText>{html.escape(refusal.text)}'
        f"</m:MessageText><m:ResponseCode>{refusal.code}</m:ResponseCode>"
        f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{detail}</m:{operation}ResponseMessage>"
    )


def back_off_xml(milliseconds: int) -> str:
    """The value in a MessageXml that says how long to stay away."""
    return f'<t:Value Name="BackOffMilliseconds">{milliseconds}</t:Value>'


def fault(refused: SoapFault) -> bytes:
    """A SOAP fault as Exchange writes it: no header, the code in the types namespace, the detail in that of errors."""
    text = html.escape(refused.text)
    detail = ""
    if refused.back_off_ms is not None:
        detail = f'<t:MessageXml xmlns:t="{TYPES}">{back_off_xml(refused.back_off_ms)}</t:MessageXml>'
    return (
        f'{_DECLARATION}<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><s:Fault>'
        f'<faultcode xmlns:a="{TYPES}">a:{refused.code}</faultcode>'
        f'<faultstring xml:lang="en-US">{text}</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{ERRORS}">{refused.code}</e:ResponseCode>'
        f'<e:Message xmlns:e="{ERRORS}">{text}</e:Message>{detail}</detail></s:Fault></s:Body></s:Envelope>'
    ).encode()
