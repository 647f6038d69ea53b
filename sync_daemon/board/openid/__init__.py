"""Signing in by OpenID Connect: an authorization code with PKCE, and an ID token that is looked at whole.

https://openid.net/specs/openid-connect-core-1_0.html; what is careful today: https://www.rfc-editor.org/rfc/rfc9700.
Tokens and codes stay in memory for as long as one request takes: they are in no log, no file and no page.
"""

BEGIN_PATH = "/sign-in/openid"
"""Where a browser is sent on to the provider."""

RETURN_PATH = "/sign-in/openid/return"
"""Where the provider sends it back to, below the board's public address: the redirect URI that is registered there."""

END_PATH = "/sign-in/openid/end"
"""Where it is sent on to end the provider's own session."""
