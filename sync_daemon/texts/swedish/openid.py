"""What is said of signing in at the board by OpenID Connect."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "would let anybody on the way say who somebody is": "skulle låta vem som helst på vägen säga vem någon är",
    "is no issuer": "är ingen utfärdare (issuer)",
    "write it as the provider's openid-configuration has it": "skriv den som leverantörens openid-configuration har den",
    "would let in people of any directory of Entra's": "skulle släppa in folk från vilken katalog som helst i Entra",
    "write your own: https://login.microsoftonline.com/DIRECTORY-ID/v2.0": "skriv er egen: https://login.microsoftonline.com/DIRECTORY-ID/v2.0",
    "the role lets nobody see anything": "rollen låter ingen se något",
    'write the tenants of operator or admin, or "*" for all': 'skriv kommunerna för operator eller admin, eller "*" för alla',
    "without the scope openid the provider does not say who signs in": "utan scope openid säger leverantören inte vem som loggar in",
    'write scopes = ["openid", "profile"]': 'skriv scopes = ["openid", "profile"]',
    "has more than the board's name and port": "har mer än tavlans namn och port",
    "would send sign-ins in the clear": "skulle skicka inloggningar i klartext",
    "oidc needs to know where browsers find the board": "oidc behöver veta var webbläsare hittar tavlan",
    'add public_url = "https://vaxel.sorsele.se", the board\'s own address': 'lägg till public_url = "https://vaxel.sorsele.se", tavlans egen adress',
    "there is no tenant {tenant}": "det finns ingen kommun {tenant}",
}
