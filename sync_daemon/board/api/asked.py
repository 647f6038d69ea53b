"""What may be asked for, and how it is written; anything else is refused with the field that is to be mended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sync_daemon.board.api.problems import Problem
from sync_daemon.board.sign_in.requests import body_of
from sync_daemon.printable import NAME_LENGTH, cut, quoted
from sync_daemon.texts import Text, listed

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST = 100
"""Characters of an extension, a time or a tenant's id."""

MOST_PEOPLE = 200
"""In one answer."""

_Short = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class _Asked(BaseModel):
    """No field but these, each of its own type; a message of pydantic's would quote what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class AskedReferrals(_Asked):
    """The query of `/api/referrals`."""

    tenant: _Short | None = None
    all: Annotated[bool, Field(strict=False)] = False


class AskedPeople(_Asked):
    """The query of `/api/people`."""

    q: Annotated[str, Field(max_length=NAME_LENGTH)] = ""
    tenant: _Short | None = None
    limit: Annotated[int, Field(strict=False, ge=1, le=MOST_PEOPLE)] = 50


class AskedAlternative(_Asked):
    """Whom callers are to try."""

    number: _Short
    mode: Literal["info", "connect"] = "info"


class AskedReferral(_Asked):
    """The body of `/api/refer`."""

    extension: _Short
    until: _Short
    start: Annotated[_Short | None, Field(alias="from")] = None
    reason: Annotated[str, Field(max_length=NAME_LENGTH)] = "away"
    phone: Literal["closed", "open"] = "closed"
    alternative: AskedAlternative | None = None


class AskedOpening(_Asked):
    """The body of `/api/open`."""

    extension: _Short
    at: _Short | None = None
    undo: bool = False


class AskedWithdrawal(_Asked):
    """The body of `/api/withdraw`."""

    extension: _Short
    at: _Short | None = None
    begins: Annotated[_Short | None, Field(alias="from")] = None


_Model = TypeVar("_Model", bound=_Asked)


def query_of(request: Request, model: type[_Model]) -> _Model:
    """What the address asks for. Raises Problem."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise _problem(error, model) from None


def body_as(request: Request, model: type[_Model]) -> _Model:
    """What was sent. Raises Problem."""
    try:
        return model.model_validate_json(body_of(request))
    except ValidationError as error:
        raise _problem(error, model) from None


def _problem(error: ValidationError, model: type[_Asked]) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    field = cut(".".join(map(str, first["loc"])))
    if not field:
        return Problem(HTTPStatus.BAD_REQUEST, Text("what was sent is no JSON object"))
    told = _told(quoted(field), first.get("ctx", {}), model)
    return Problem(HTTPStatus.BAD_REQUEST, told.get(first["type"]) or told["other"], field)


def _told(field: str, context: Mapping[str, Any], model: type[_Asked]) -> Mapping[str, Text]:
    """By pydantic's kind of error (https://docs.pydantic.dev/latest/errors/validation_errors/)."""
    known = listed(one.alias or name for name, one in model.model_fields.items())
    allowed = listed(re.findall(r"'([^']*)'", str(context.get("expected"))))
    number = Text("{field} must be a whole number from 1 to {most}", field=field, most=MOST_PEOPLE)
    truth = Text("{field} must be true or false", field=field)
    return {
        "missing": Text("{field} is missing", field=field),
        "extra_forbidden": Text("there is no field {field} here; there are {known}", field=field, known=known),
        "string_type": Text("{field} must be a text", field=field),
        "string_too_short": Text("{field} is empty", field=field),
        "string_too_long": Text(
            "{field} has more than {most} characters", field=field, most=context.get("max_length", "")
        ),
        "bool_type": truth,
        "bool_parsing": truth,
        "literal_error": Text("{field} must be one of {allowed}", field=field, allowed=allowed),
        "int_parsing": number,
        "int_parsing_size": number,
        "greater_than_equal": number,
        "less_than_equal": number,
        "model_type": Text("{field} must be an object", field=field),
        "other": Text("{field} is not as it must be", field=field),
    }
