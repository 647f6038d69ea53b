"""Telephone numbers: which external ones are good alternatives, and how a number is written to be compared.

phonenumbers knows each country's plan. How it files Sweden's (its data/region_SE.py; which series costs what:
https://telekomradgivarna.se/en/sa-funkar-det/premium-rate-calls-or-free-numbers):

- Geographic numbers are FIXED_LINE, 070, 072, 073, 076 and 079 MOBILE: accepted.
- 010, which authorities use, is UAN: it is a number like any other, and so are other countries' company-wide numbers.
- 020 is TOLL_FREE: accepted. It costs neither the caller nor the switchboard, and an organisation answers there.
- 077 is SHARED_COST, 0900, 0939, 0944 and 099 are PREMIUM_RATE, 074 is PAGER, 075 PERSONAL_NUMBER, 0252 and the like
  VOICEMAIL: refused, as is every kind that is not named above. VOIP is one of them: Sweden has none, and in Norway
  (85) it says neither who answers nor what it costs.
- 112, 118 118, 1177 and the like are short numbers, of no country's plan: refused, with a 0 or +46 in front too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ShortNumberCost, shortnumberinfo

from rules.command import INTERNAL_NUMBER, NumberCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ACCEPTED = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.UAN,
        PhoneNumberType.TOLL_FREE,
    }
)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
_HELP_OR_ENQUIRIES = re.compile(r"11[68][0-9]{3}")
_LONGEST_SHORT_NUMBER = 6
_EXTERNAL = re.compile(r"(?:\+|0)[0-9]+")
_MOBILE_EXTENSION = "oe:"
_REMEMBERED = 4096
_EXTENSIONS_REMEMBERED = 16384


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
    if INTERNAL_NUMBER.fullmatch(written):
        return None if mobile_extension else written
    number = _parsed(written, country)
    return _e164(number) if number is not None and phonenumbers.is_valid_number(number) else None


def is_internal(written: str, country: str) -> bool:
    """Whether it can be an internal number: ASCII digits, the first not 0, that reach no public service."""
    return INTERNAL_NUMBER.fullmatch(written) is not None and not is_service(written, country)


def internal_numbers(written: Iterable[str], country: str) -> frozenset[str]:
    """Those of the numbers that can be internal ones, without separators."""
    return frozenset(number for one in written if is_internal(number := _written(one), country))


@lru_cache(maxsize=_EXTENSIONS_REMEMBERED)
def is_service(number: str, country: str) -> bool:
    """Whether the digits, dialled as they are, reach the country's emergency or another public service.

    Those are emergency numbers, the series 116 (help lines, in all of the European Union:
    https://www.legislation.gov.uk/eudn/2007/116) and 118 (directory enquiries: 118 118), and what else costs nothing
    (1177, 114 14). Other short numbers, as 71234 for text messages, are extensions in many a switchboard.
    """
    if shortnumberinfo.is_emergency_number(number, country) or _HELP_OR_ENQUIRIES.fullmatch(number):
        return True
    if not INTERNAL_NUMBER.fullmatch(number) or len(number) > _LONGEST_SHORT_NUMBER:
        return False
    dialled = PhoneNumber(phonenumbers.country_code_for_region(country), int(number))
    return shortnumberinfo.expected_cost_for_region(
        dialled, country
    ) == ShortNumberCost.TOLL_FREE and shortnumberinfo.is_valid_short_number_for_region(dialled, country)


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
        and phonenumbers.number_type(number) in _ACCEPTED
        and not shortnumberinfo.is_valid_short_number(number)
    )


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
