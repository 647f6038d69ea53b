"""Entra's side: OpenID Connect's discovery and the token endpoint for client credentials.

Sources: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
.../entra/identity-platform/v2-protocols-oidc and .../entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs

from tests.exchange.answer import Answer
from tests.exchange.faults import Fault
from tests.exchange.server import Call
from tests.graph import assertion
from tests.graph.application import Application
from tests.graph.errors import json_answer
from tests.graph.faults import befall

_SCOPE_END = "/.default"
_PLAIN_JSON = "application/json; charset=utf-8"


class Refused(Exception):
    """A sign-in that Entra refuses: OAuth's word, the number behind AADSTS, and the words after it."""

    def __init__(self, error: str, number: int, text: str, status: int = 401) -> None:
        super().__init__(text)
        self.error, self.number, self.text, self.status = error, number, text, status


class Entra:
    """Answers for one directory with one application; `clock` and `told` are the clock's time and the one told."""

    def __init__(
        self,
        application: Application,
        clock: Callable[[], datetime],
        told: Callable[[], datetime | None],
        met: Callable[[str, str | None], Fault | None],
    ) -> None:
        self.application = application
        self.authority = ""
        self._clock, self._told, self._met = clock, told, met

    def answer(self, call: Call) -> Answer:
        """The answer to one request."""
        operation = "token" if call.path.endswith("/token") else "discovery"
        one = self._met(operation, None)
        return self._sound(call) if one is None else befall(one, lambda: self._sound(call))

    def _sound(self, call: Call) -> Answer:
        try:
            return self._answered(call)
        except Refused as refused:
            return self._refusal(refused)

    def _answered(self, call: Call) -> Answer:
        directory, _, rest = call.target.partition("?")[0].lstrip("/").partition("/")
        if call.method == "GET" and rest == "v2.0/.well-known/openid-configuration":
            self._check_directory(directory, status=400)
            return json_answer(self._discovery(directory), headers={"Content-Type": _PLAIN_JSON})
        if call.method == "POST" and rest == "oauth2/v2.0/token":
            self._check_directory(directory, status=400)
            return self._token({name: values[0] for name, values in parse_qs(call.body.decode()).items()})
        return Answer(b"", 404, None)

    def _discovery(self, directory: str) -> dict[str, object]:
        base = f"{self.authority}/{directory}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "http_logout_supported": True,
            "frontchannel_logout_supported": True,
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
            "rbac_url": "https://pas.windows.net",
        }

    def _token(self, form: dict[str, str]) -> Answer:
        if "grant_type" not in form:
            text = "The request body must contain the following parameter: 'grant_type'."
            raise Refused("invalid_request", 900144, text, 400)
        if form["grant_type"] != "client_credentials":
            raise Refused("unsupported_grant_type", 70003, "The app requested an unsupported grant type.", 400)
        self._check_client(form)
        if not form.get("scope", "").endswith(_SCOPE_END):
            text = f"The provided value for scope {form.get('scope', '')} is not valid."
            raise Refused("invalid_scope", 1002012, text, 400)
        token = self.application.issue(self._clock(), self._told())
        seconds = int(token.lifetime.total_seconds())
        said = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token.text}
        return json_answer(said, headers={"Content-Type": _PLAIN_JSON, "Cache-Control": "no-store, no-cache"})

    def _check_directory(self, directory: str, *, status: int) -> None:
        if directory.lower() != self.application.directory_id.lower():
            text = (
                f"Tenant '{directory}' not found. Check to make sure you have the correct tenant ID and are signing "
                "into the correct cloud. Check with your subscription administrator, this may happen if there are no "
                "active subscriptions for the tenant."
            )
            raise Refused("invalid_request", 90002, text, status)

    def _check_client(self, form: dict[str, str]) -> None:
        client = form.get("client_id", "")
        if client != self.application.client_id:
            text = (
                f"Application with identifier '{client}' was not found in the directory 'Kommun'. This can happen if "
                "the application has not been installed by the administrator of the tenant or consented to by any "
                "user in the tenant. You may have sent your authentication request to the wrong tenant."
            )
            raise Refused("unauthorized_client", 700016, text, 400)
        if "client_assertion" in form:
            self._check_assertion(form)
        elif "client_secret" in form:
            self._check_secret(form["client_secret"])
        else:
            text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise Refused("invalid_client", 7000218, text)

    def _check_secret(self, secret: str) -> None:
        client = self.application.client_id
        if secret != self.application.secret:
            text = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{client}'."
            )
            raise Refused("invalid_client", 7000215, text)
        if self.application.secret_expired:
            text = (
                f"The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new "
                "keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for "
                "added security: https://aka.ms/certCreds."
            )
            raise Refused("invalid_client", 7000222, text)

    def _check_assertion(self, form: dict[str, str]) -> None:
        base = f"{self.authority}/{self.application.directory_id}"
        audiences = {f"{base}/oauth2/v2.0/token", f"{base}/v2.0"}
        moments = [at for at in (self._clock(), self._told()) if at is not None]
        try:
            assertion.check(form, self.application, audiences, moments)
        except assertion.Bad as bad:
            raise Refused("invalid_client", bad.number, bad.text) from bad

    def _refusal(self, refused: Refused) -> Answer:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        at = f"{self._clock():%Y-%m-%d %H:%M:%SZ}"
        said = {
            "error": refused.error,
            "error_description": (
                f"AADSTS{refused.number}: {refused.text} Trace ID: {trace} Correlation ID: {correlation} "
                f"Timestamp: {at}"
            ),
            "error_codes": [refused.number],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{self.authority}/error?code={refused.number}",
        }
        return json_answer(said, refused.status, {"Content-Type": _PLAIN_JSON})
