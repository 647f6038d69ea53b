"""A browser's part of a sign-in, as far as the provider is concerned; and the settings that fit the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from sync_daemon.settings import OpenIdSettings
from sync_daemon.settings.section import Folders
from tests.openid.provider import RESOURCE, Provider

ROLES = [
    {"group": "växeln", "operator": ["sorsele"]},
    {"group": "it", "operator": ["sorsele"], "admin": ["arjeplog"]},
    {"group": "alla", "admin": "*"},
]


def table_of(provider: Provider, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON holds anything
    """The table `[board.oidc]`, as it stands in the file; the secret's file is written."""
    secret = provider.folder / "tavlan"
    secret.write_text(provider.client_secret + "\n", encoding="utf-8")
    secret.chmod(0o600)
    of_adfs = {
        "groups_claim": "group",
        "name_claim": "upn",
        "scopes": ["openid", "profile", "allatclaims"],
        "resource": RESOURCE,
    }
    usual = {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "secret": "tavlan",
        "ca_file": str(provider.ca_file),
        "roles": ROLES,
        **(of_adfs if provider.shape == "adfs" else {}),
    }
    return {**usual, **others}


def settings_of(provider: Provider, **others: Any) -> OpenIdSettings:  # noqa: ANN401 - JSON holds anything
    """The same, loaded."""
    folders = Folders(provider.folder, provider.folder)
    return OpenIdSettings.model_validate_json(json.dumps(table_of(provider, **others)), context=folders)


def signed_in_at(provider: Provider, address: str) -> dict[str, str]:
    """Goes where the board sends it; what the provider gives it to bring back."""
    answer = requests.get(address, verify=str(provider.ca_file), allow_redirects=False, timeout=30)
    if answer.status_code == requests.codes.found:
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert answer.status_code == requests.codes.ok, answer.text
    form = _Form()
    form.feed(answer.text)
    return form.fields


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What a browser would send by itself."""
        values: Mapping[str, str | None] = dict(attrs)
        if tag == "input":
            self.fields[values["name"] or ""] = values["value"] or ""
