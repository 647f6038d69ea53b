"""How a page is made: its template, the viewer's language, and times as that language writes them.

A template says every sentence through `t("English {value}", value=…)`, whose Swedish stands in the table of
`sync_daemon.texts`; everything that is put into it is escaped. Of an imported macro the import says `with context`, so
that it knows the language too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from sync_daemon.board.language import address_in
from sync_daemon.board.place import language_of, place_of
from sync_daemon.board.sign_in.csrf import csrf_field
from sync_daemon.printable import one_line
from sync_daemon.texts import Language, LocalTime, Text, in_language, short_time

if TYPE_CHECKING:
    from starlette.requests import Request

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def _shown(value: object) -> object:
    """Whatever is put into a page is on one line, without orders to a terminal that it is copied to."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else one_line(value)


_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - whatever a template shows
) -> HTMLResponse:
    """The page that the template makes of the values, in the request's language.

    Beside the values a template has: `language` ("sv", "en"), `t` and `told` (a sentence, a Text, in it), `at` (a time
    as it is read in a table), `static` (the address of a file of ours), `viewer` (None before somebody has signed in),
    `signs_in` (whether anybody has to),
    `csrf` (`csrf()` in each form: the field that says it is ours), `request`, `other_language` (where the same page is
    in the other one).
    """
    written = _environment.get_template(template).render(_common(request, language_of(request)) | values)
    return page(request, written, status=status, headers=headers)


def page(
    request: Request, written: str | bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """What was written, in the request's language, as a page that no browser keeps."""
    own = {"Cache-Control": "no-store", "Content-Language": language_of(request)}
    return HTMLResponse(written, status, own | dict(headers or {}))


def part(language: Language, template: str, **values: Any) -> str:  # noqa: ANN401 - whatever a template shows
    """A piece of a page, the same for everybody who reads that language."""
    return _environment.get_template(template).render(_words(language) | values)


def sentence(language: Language, template: str, /, **values: Any) -> str:  # noqa: ANN401 - whatever can be told
    """`t` of templates: the sentence in the language, with the values in it."""
    return in_language(Text.of(template, values), language)


def time_in(language: Language, moment: datetime | None, zone: tzinfo, today: datetime | None = None) -> str:
    """`at` of templates: `13.00`, of another day than today's `tors 26 nov 13.00`; a dash where there is none."""
    return "–" if moment is None else short_time(moment, zone, today, language)


def marked(language: Language, text: str) -> Markup:
    """`marked` of templates: the sentence in the language, on one line, with what is to be typed shown as that."""
    parts = one_line(in_language(text, language)).split("`")
    if len(parts) % 2 == 0:  # a name may hold such a sign
        return escape("`".join(parts))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def local(moment: datetime, zone: tzinfo, today: datetime | None = None) -> LocalTime:
    """`local` of templates: a time as a value of a sentence."""
    return LocalTime(moment, zone, today)


@cache
def static(name: str) -> str:
    """The address of one of our files; it changes with what the file holds, so that no browser keeps an old one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _common(request: Request, language: Language) -> dict[str, Any]:
    return _words(language) | {
        "request": request,
        "viewer": getattr(request.state, "viewer", None),
        "signs_in": place_of(request).settings.board.sign_in,
        "other_language": address_in(request, "en" if language == "sv" else "sv"),
        "csrf": partial(csrf_field, request),
    }


def _words(language: Language) -> dict[str, Any]:
    told: Callable[[str], str] = partial(in_language, language=language)
    return {
        "language": language,
        "t": partial(sentence, language),
        "told": told,
        "marked": partial(marked, language),
        "at": partial(time_in, language),
        "local": local,
        "static": static,
    }
