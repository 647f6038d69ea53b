"""What tells our own forms from another site's: a value that only our pages know.

It is derived from the cookie (of the session, or before that of the form to sign in), so that it ends with it and
nothing has to be kept: https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from starlette.requests import Request

FIELD = "csrf"
"""The hidden field of each form."""

HEADER = "x-csrf"
"""The same, of what our script sends."""


def token_for(secret: bytes, cookie: str) -> str:
    """The value for whoever has that cookie."""
    return hmac.new(secret, b"csrf\0" + cookie.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def is_right(request: Request, sent: str) -> bool:
    """Whether what was sent is the value of who sent it."""
    known: str = request.state.csrf
    return bool(known) and hmac.compare_digest(known.encode(), sent.encode("utf-8", "replace"))


def csrf_token(request: Request) -> str:
    """The value, for a script's header."""
    token: str = getattr(request.state, "csrf", "")
    return token


def csrf_field(request: Request) -> Markup:
    """`csrf()` of templates: the hidden field that every form of ours has."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(request))
