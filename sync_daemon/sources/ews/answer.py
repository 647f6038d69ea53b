"""An answer's bytes → its items, or what Exchange says instead. No exception of the parser's leaves this module.

https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/finditemresponsemessage
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from sync_daemon.sources.ews.http_statuses import of_page
from sync_daemon.sources.ews.response_codes import is_known, of_code, of_words
from sync_daemon.sources.exchange.failure import Failure

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
MESSAGES = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
ERRORS = "{http://schemas.microsoft.com/exchange/services/2006/errors}"

_NO_XML = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What XML has no place for (https://www.w3.org/TR/xml/#charsets).

Exchange lets control characters through from a subject, as references; an answer with one was recorded:
https://github.com/WinRb/Viewpoint/blob/master/spec/soap_data/get_item_bad_character_response.xml
"""

_SUSPECT = re.compile(_NO_XML + "|&#([0-9]{1,12}|[xX][0-9a-fA-F]{1,12});")

_NOT_UTF_8 = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
"""Exchange writes nothing else; where something else is no XML either, its letters are not guessed at."""

_NUMBER = re.compile("[0-9]{1,9}")

KNOWN_BY = 3
"""So many of its first items tell one mailbox's answer from another's."""

_DEFINES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
"""SOAP has no document type; with one an answer could blow itself up."""

_MOST_TAGS = 200_000
"""What an answer may have of what is costly, so that a small one makes no large tree; 1,000 items have some 35,000."""

_LONGEST_SPACE = 1_000
"""Letters of a name space's address: each name in it is spelt out with the address before it. Exchange's have 60."""

_MAY_BE_LONG = re.compile(rb"xmlns[^<>]{%d}" % _LONGEST_SPACE)
"""Where the addresses are to be looked at one by one; a subject may look so too, and is none."""

_COSTLY = (b"<", b"&#", b'="', b"='")
"""Tags, references and attributes."""


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """The calendar items of an answer, and whether they are all that the view holds. Their subjects are in them.

    `cut`: Exchange says that there are more. An answer that says neither is not whole, and need not be asked on.
    `withheld`: it says that these are all, and has counted more of them than it sent. `names` are the first items'.
    """

    items: list[ET.Element]
    whole: bool
    cut: bool
    withheld: bool = False
    names: tuple[str, ...] = ()


def message_of(content: bytes, operation: str) -> ET.Element | Failure:
    """The one message of an answer to the operation, or of a part of it, whatever the message says.

    `content` is the body of an HTTP answer that was not refused.
    """
    root = _parsed(content)
    if root is None:
        return of_page(content)
    messages = root.findall(f"{SOAP}Body/{MESSAGES}{operation}Response/{MESSAGES}ResponseMessages/*")
    if len(messages) != 1:
        # One folder was asked for.
        return _fault(root) or of_page(content)
    return messages[0]


def refusal_in(message: ET.Element) -> Failure | None:
    """What the message says went wrong; None where all went well."""
    if message.get("ResponseClass") == "Success" and message.findtext(f"{MESSAGES}ResponseCode") == "NoError":
        return None
    return of_code(message.findtext(f"{MESSAGES}ResponseCode"), _back_off(message))


def view_of(content: bytes) -> View | Failure:
    """What the answer says; `content` is the body of an HTTP answer that was not refused."""
    message = message_of(content, "FindItem")
    if isinstance(message, Failure):
        return message
    refusal = refusal_in(message)
    if refusal is not None:
        return refusal
    folder = message.find(f"{MESSAGES}RootFolder")
    items = None if folder is None else folder.find(f"{TYPES}Items")
    if folder is None or items is None:
        return of_page(content)
    # What is no calendar item (somebody may have moved a message into the calendar) is nothing that was booked.
    last = folder.get("IncludesLastItemInRange", "").lower()
    found = items.findall(f"{TYPES}CalendarItem")
    whole = last in {"true", "1"}
    return View(
        found,
        whole=whole,
        cut=last in {"false", "0"},
        withheld=whole and _counted(folder) > len(items),
        names=tuple([name for item in found[:KNOWN_BY] if (name := _name(item))]),
    )


def _counted(folder: ET.Element) -> int:
    """How many items Exchange says that the view holds, of whatever kind; -1 where it says no number.

    "The total number of items that pass the restriction":
    https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/rootfolder-finditemresponsemessage
    In every recorded view that is whole it is how many came, 3 of 3 (Office 365, museumsvictoria/nodel-recipes) and 1
    of 1 (Exchange 2007); only in one that is cut it is more (33 of 5, Microsoft's own page). grommunio counts the rows
    of the table that it then writes out (gromox, exch/ews/requests.cpp, mFindItemRequest). More than came, and all of
    it, is what a server says that lost some on the way.
    """
    text = folder.get("TotalItemsInView", "")
    return int(text) if _NUMBER.fullmatch(text) else -1


def _name(item: ET.Element) -> str | None:
    id_ = item.find(f"{TYPES}ItemId")
    return None if id_ is None else id_.get("Id")


def _fault(root: ET.Element) -> Failure | None:
    fault = root.find(f"{SOAP}Body/{SOAP}Fault")
    if fault is None:
        return None
    code = fault.findtext(f"detail/{ERRORS}ResponseCode") or (fault.findtext("faultcode") or "").rpartition(":")[2]
    known = None if is_known(code) else of_words((fault.findtext("faultstring") or "").encode())
    return known or of_code(code, _back_off(fault))


def _back_off(element: ET.Element) -> float | None:
    """Seconds: the value whose *name* is BackOffMilliseconds, beside others that are none."""
    for value in element.iter(f"{TYPES}Value"):
        if value.get("Name") == "BackOffMilliseconds":
            text = (value.text or "").strip()
            return float(text) / 1000 if text.isascii() and text.isdigit() else None
    return None


def _parsed(content: bytes) -> ET.Element | None:
    """The root, or None where that is no XML which Exchange would send."""
    # With a NUL it is UTF-16, in which a document type would not be seen.
    if b"\0" in content or _DEFINES.search(content) or sum(map(content.count, _COSTLY)) > _MOST_TAGS:
        return None
    root = _tree(content)
    if root is not None or _NOT_UTF_8.search(content[:200]):
        return root
    return _tree(_SUSPECT.sub(_legal, content.decode("utf-8", "replace")))


def _legal(suspect: re.Match[str]) -> str:
    """A reference that is good as it is; what takes the place of no character of XML: a space for a space, else `?`."""
    number = suspect[1]
    character = _referred_to(number) if number else suspect[0]
    if number and not re.fullmatch(_NO_XML, character):
        return suspect[0]
    return " " if character.isspace() else "?"


def _referred_to(number: str) -> str:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return chr(code) if code <= sys.maxunicode else "\0"


class _ShortSpaces(ET.TreeBuilder):
    """Raises ValueError where a name space's address is too long."""

    def start_ns(self, prefix: str, uri: str) -> None:
        """A name space is declared."""
        if len(prefix) + len(uri) > _LONGEST_SPACE:
            raise ValueError


def _tree(content: bytes | str) -> ET.Element | None:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    target = _ShortSpaces() if _MAY_BE_LONG.search(raw) else None
    try:
        # Nothing can be defined in it, and its size is bounded.
        return ET.fromstring(content, ET.XMLParser(target=target))  # noqa: S314 - as above
    except (ET.ParseError, ValueError, LookupError):
        return None
