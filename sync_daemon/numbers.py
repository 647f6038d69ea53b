"""Telephone numbers: which external ones are good alternatives, and how a number is written to be compared.

phonenumbers knows each country's plan. How it files Sweden's (its data/region_SE.py; which series costs what:
https://telekomradgivarna.se/en/sa-funkar-det/premium-rate-calls-or-free-numbers):

- 010, which authorities use, is UAN: it is a number like any other.
- 077 is SHARED_COST, 0900, 0939, 0944 and 099 are PREMIUM_RATE: refused.
- 020 is TOLL_FREE: accepted. It costs neither the caller nor the switchboard, and an organisation answers there.
- 112, 118 118, 1177 and the like are short numbers, of no country's plan: refused, with a 0 or +46 in front too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, shortnumberinfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.command import NumberCheck

_REFUSED = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_INTERNAL = re.compile(r"[1-9][0-9]*")
_EXTERNAL = re.compile(r"(?:\+|0)[0-9]+")
_MOBILE_EXTENSION = "oe:"
_REMEMBERED = 4096


@cache
def supported_countries() -> frozenset[str]:
    """The two-letter codes (ISO 3166) of the countries whose numbering plans are known."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def check_number(country: str, countries: Sequence[str]) -> NumberCheck:
    """The check of external numbers for a tenant: as written → E.164, or None where it is no good alternative.

    A number without `+` or `00` is read in `country` first, then in each of `countries`; the first in which it is
    valid decides, so that Sweden's refused 0771 is not taken for another country's number.
    """
    regions = (country, *countries)

    @lru_cache(maxsize=_REMEMBERED)
    def check(text: str) -> str | None:
        written = _written(text)
        for region in regions:
            number = _parsed(written, region)
            if number is not None and phonenumbers.is_valid_number(number):
                return _e164(number) if _is_alternative(number, regions) else None
        return None

    return check


def normalised(text: str, country: str) -> str | None:
    """A number as numbers are compared: an internal one as it is, an external one in E.164; None where it is neither.

    `oe:` in front says that it is a mobile extension, which is always an external number. Without `+` or `00` an
    external number is one of `country`; of other countries and of any kind it may be: what a subscriber has, they have.
    """
    stripped = text.strip()
    mobile_extension = stripped[: len(_MOBILE_EXTENSION)].lower() == _MOBILE_EXTENSION
    written = _written(stripped[len(_MOBILE_EXTENSION) :] if mobile_extension else stripped)
    if _INTERNAL.fullmatch(written):
        return None if mobile_extension else written
    number = _parsed(written, country)
    return _e164(number) if number is not None and phonenumbers.is_valid_number(number) else None


def is_emergency(number: str, country: str) -> bool:
    """Whether the digits, dialled as they are, reach the country's emergency service."""
    return shortnumberinfo.is_emergency_number(number, country)


def _written(text: str) -> str:
    """Without separators, nor the invisible marks that copying from a directory brings along (U+202A, U+00AD)."""
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    joined = _SEPARATORS.sub("", visible)
    return f"+{joined[2:]}" if joined.startswith("00") else joined


def _parsed(written: str, country: str) -> PhoneNumber | None:
    if not _EXTERNAL.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    return number if _is_whole(number, written, country) else None


def _is_whole(number: PhoneNumber, written: str, country: str) -> bool:
    """Nothing was cut off or put in to make the number fit; the parser takes `+46070…` for `+4670…`, for one."""
    if written.startswith("+"):
        return _e164(number) == written
    digits = phonenumbers.national_significant_number(number)
    prefix = phonenumbers.ndd_prefix_for_region(country, True) or ""  # noqa: FBT003 - its name says nothing more
    return written in (digits, prefix + digits)


def _is_alternative(number: PhoneNumber, regions: Sequence[str]) -> bool:
    return (
        phonenumbers.region_code_for_number(number) in regions
        and phonenumbers.number_type(number) not in _REFUSED
        and not shortnumberinfo.is_valid_short_number(number)
    )


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
