"""The telephone numbers of a tenant's countries as data, for who checks alternatives without Python: the database.

It is what `sync_daemon.numbers` asks of phonenumbers, whose patterns PostgreSQL's regular expressions read as Python's
(https://www.postgresql.org/docs/18/functions-matching.html#POSIX-SYNTAX-DETAILS): groups, brackets, bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import phonenumbers
from phonenumbers import PhoneMetadata

from sync_daemon.numbers import internal_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

_KINDS = (
    ("premium_rate", False),
    ("toll_free", True),
    ("shared_cost", False),
    ("voip", False),
    ("personal_number", False),
    ("pager", False),
    ("uan", True),
    ("voicemail", False),
    ("fixed_line", True),
    ("mobile", True),
)
"""In the order in which a number is looked for in them (`phonenumbers.number_type`), and whether calls may go there."""


def number_plan(country: str, countries: Iterable[str], internal: Iterable[str]) -> Json:
    """What says which numbers may be an alternative: of these countries, and these of the switchboard's own."""
    wanted = (country, *countries)
    codes = dict.fromkeys(map(phonenumbers.country_code_for_region, wanted))
    return {
        "home": {"code": str(phonenumbers.country_code_for_region(country)), **_prefix(country)},
        "short": _short_numbers(country),
        "internal_numbers": sorted(internal_numbers(internal, country)),
        "regions": [_region(code, region, wanted) for code in codes for region in _regions_of(code)],
    }


def _regions_of(code: int) -> tuple[str, ...]:
    regions: tuple[str, ...] = phonenumbers.region_codes_for_country_code(code)
    return regions


def _region(code: int, region: str, wanted: Iterable[str]) -> Json:
    metadata = _metadata(region)
    return {
        "code": str(code),
        "main": _prefix(_regions_of(code)[0]),
        "wanted": region in wanted,
        "leading": metadata.leading_digits,
        "general": _described(metadata.general_desc),
        "kinds": [
            {**described, "good": good}
            for name, good in _KINDS
            if (described := _described(getattr(metadata, name))) is not None
        ],
        "short": _short_numbers(region),
    }


def _prefix(region: str) -> Json:
    """With what the country's own numbers are dialled, and what they are like without it."""
    prefix = phonenumbers.ndd_prefix_for_region(region, True) or ""  # noqa: FBT003 - its name says nothing more
    return {"prefix": prefix, "general": _described(_metadata(region).general_desc)}


def _metadata(region: str) -> PhoneMetadata:
    """Raises ValueError for a region whose numbers are not known."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"the numbers of {region} are not known")
    return metadata


def _short_numbers(region: str) -> Json:
    metadata = PhoneMetadata.short_metadata_for_region(region)
    if metadata is None:
        return {}
    emergency = _described(metadata.emergency)
    return {
        "general": _described(metadata.general_desc),
        "short_code": _described(metadata.short_code),
        "toll_free": _described(metadata.toll_free),
        "premium": _described(metadata.premium_rate),
        "standard": _described(metadata.standard_rate),
        "emergency": emergency and emergency["pattern"],
    }


def _described(described: Any) -> Json | None:  # noqa: ANN401 - phonenumbers' PhoneNumberDesc
    if described is None or described.national_number_pattern is None:
        return None
    return {"pattern": described.national_number_pattern, "lengths": sorted(described.possible_length)}
