"""The table `[board.oidc]`: who vouches for people, and what of it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.settings import OpenIdRole, Settings, SettingsError, load, load_for_store
from tests.configuration import STORE, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"
LEAST = f'issuer = "{ISSUER}"\nclient_id = "tavlan"\nsecret = "tavlan"\n'
ROLE = '[[board.oidc.roles]]\ngroup = "växeln"\noperator = "*"\n'
PUBLIC = 'public_url = "https://vaxel.sorsele.se"\n'


def _written(folder: Path, oidc: str = LEAST, roles: str = ROLE, board: str = PUBLIC) -> Path:
    path = folder / "hanvisa.toml"
    text = f'secrets_dir = "secrets"\n{STORE}[board]\n{board}[board.oidc]\n{oidc}{roles}{tenant_table()}'
    path.write_text(text, encoding="utf-8")
    return path


def _settings(folder: Path, oidc: str = LEAST, roles: str = ROLE, board: str = PUBLIC) -> Settings:
    return load(_written(folder, oidc, roles, board), {})


def test_what_most_need_not_write_fits_entra(tmp_path: Path) -> None:
    """The issuer, who the board is there, and what groups may are enough."""
    oidc = _settings(tmp_path).board.oidc
    assert oidc is not None
    assert oidc.secret == tmp_path / "secrets" / "tavlan"
    assert (oidc.groups_claim, oidc.name_claim, oidc.scopes) == ("groups", "preferred_username", ("openid", "profile"))
    assert oidc.roles == (OpenIdRole(group="växeln", operator=("*",)),)
    assert _settings(tmp_path, board='public_url = "https://vaxel.sorsele.se/"\n').board.public_url == PUBLIC[14:-2]


def test_a_role_names_one_tenant_or_several(tmp_path: Path) -> None:
    """As an alert's address, one needs no list."""
    roles = '[[board.oidc.roles]]\ngroup = "it"\noperator = ["sorsele"]\nadmin = "sorsele"\n'
    oidc = _settings(tmp_path, roles=roles).board.oidc
    assert oidc is not None
    assert oidc.roles == (OpenIdRole(group="it", operator=("sorsele",), admin=("sorsele",)),)


@pytest.mark.parametrize(
    ("oidc", "roles", "board", "told"),
    [
        (LEAST.replace("https", "http"), ROLE, PUBLIC, "would let anybody on the way say who somebody is"),
        (LEAST, "", PUBLIC, "roles"),
        (LEAST.replace(ISSUER[34:-5], "common"), ROLE, PUBLIC, "people of any directory of Entra's"),
        (LEAST.replace("/v2.0", "/v2.0?p=1"), ROLE, PUBLIC, "is no issuer"),
        (LEAST + 'scopes = ["profile"]\n', ROLE, PUBLIC, "without the scope openid"),
        (LEAST, '[[board.oidc.roles]]\ngroup = "a"\n', PUBLIC, "lets nobody see anything"),
        (LEAST, ROLE.replace('"*"', '["sorsle"]'), PUBLIC, "there is no tenant 'sorsle'; write sorsele"),
        (LEAST, ROLE, "", "oidc needs to know where browsers find the board"),
        (LEAST, ROLE, PUBLIC.replace("https", "http"), "would send sign-ins in the clear"),
        (LEAST, ROLE, PUBLIC.replace(".se", ".se/tavla"), "has more than the board's name and port"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_write(
    tmp_path: Path, oidc: str, roles: str, board: str, told: str
) -> None:
    """Each would let in somebody that nobody meant, or nobody at all."""
    with pytest.raises(SettingsError) as caught:
        _settings(tmp_path, oidc, roles, board)
    assert told in str(caught.value)


def test_a_role_that_is_wrong_keeps_nobody_from_the_store(tmp_path: Path) -> None:
    """An operator with a shell opens a phone while an admin mends the board's table."""
    wrong = _written(tmp_path, roles=ROLE.replace('"*"', '"sorsle"'))
    assert [tenant.id for tenant in load_for_store(wrong, {}).settings.tenants] == ["sorsele"]
