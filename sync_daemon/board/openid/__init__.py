"""Signing in by OpenID Connect: an authorization code with PKCE, and an ID token that is looked at whole.

https://openid.net/specs/openid-connect-core-1_0.html; what is careful today: https://www.rfc-editor.org/rfc/rfc9700.
Tokens and codes stay in memory for as long as one request takes: they are in no log, no file and no page.
"""
