"""What Entra's AADSTS codes ask for, with which it refuses a token: whom it concerns, what to do, when to try again.

https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes, and what that page does not have:
700024 and 700027 (https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials and
https://learn.microsoft.com/en-us/troubleshoot/entra/entra-id/app-integration/error-code-aadsts700027), 7000229 and
500011. Of what Entra says only the number is told on; its sentences hold addresses and names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.graph.waiting import LATER
from sync_daemon.texts import Text

SECRET = Failure(
    Text(
        "make a new client secret for the application {account} in Entra (App registrations, Certificates & secrets), "
        "and write its Value, not its Secret ID, into the file of the secret. Till then it is tried once an hour, or "
        "at once with `hanvisa check --try-again`",
        account="APPLICATION",
    ),
    Concerns.PASSWORD,
)
SECRET_ENDED = Failure(
    Text(
        "make a new client secret for the application {account} in Entra (App registrations, Certificates & secrets), "
        "and write its Value into the file of the secret: the old one has ended. Till then it is tried once an hour",
        account="APPLICATION",
    ),
    Concerns.PASSWORD,
)
CERTIFICATE = Failure(
    Text(
        "upload the certificate (the part without the private key) to the application {account} in Entra (App "
        "registrations, Certificates & secrets, Certificates), see that it has not ended, and that the file in "
        "secrets_dir is the one that belongs to it. Till then it is tried once an hour, or at once with `hanvisa check "
        "--try-again`",
        account="APPLICATION",
    ),
    Concerns.PASSWORD,
)
CLOCK = Failure(
    Text(
        "set this machine's clock (timedatectl; see that it is synchronised), and see that the certificate is valid "
        "by now: what it signs is not valid at Entra's time"
    ),
    Concerns.LOGON,
)
NO_APPLICATION = Failure(
    Text(
        "see that client_id is the Application (client) ID of an application in the directory that directory_id "
        "names, and that it is under Enterprise apps there: Entra knows no application {account}",
        account="APPLICATION",
    ),
    Concerns.LOGON,
)
NO_DIRECTORY = Failure(
    Text(
        "see that directory_id is the Directory (tenant) ID in Entra, or one of its domains, and that authority is "
        "that of its cloud: Entra knows no such directory"
    ),
    Concerns.LOGON,
)
DISABLED = Failure(
    Text(
        "see in Entra (Enterprise apps, Properties) that the application {account} may sign in (Enabled for "
        "users to sign-in), and that the organisation's subscription is in force: it is disabled",
        account="APPLICATION",
    ),
    Concerns.LOGON,
)
CONSENT = Failure(
    Text(
        "see in Entra (Enterprise apps) that the application {account} is there: nobody has consented to it. Only "
        "where the whole organisation is to be read (way B of docs/exchange-online.md): grant the admin's consent (App "
        "registrations, API permissions)",
        account="APPLICATION",
    ),
    Concerns.LOGON,
)
NO_GRAPH = Failure(
    Text(
        "see that endpoint is that of the cloud of authority, and that Microsoft Graph is enabled in the directory: "
        "Entra gives no token for it"
    ),
    Concerns.LOGON,
)
CONDITIONAL_ACCESS = Failure(
    Text(
        "let this machine's address through in the Conditional Access policy for workload identities, or take the "
        "application {account} out of it: a policy blocks its sign-in (Entra's sign-in logs, Service principal "
        "sign-ins, say which)",
        account="APPLICATION",
    ),
    Concerns.LOGON,
)
QUESTION = Failure(
    Text(
        "see that authority is https://login.microsoftonline.com or that of your national cloud, and that no proxy "
        "changes what is sent; else report the bug, with this code: Entra does not take the question for a token"
    ),
    Concerns.LOGON,
)
THROTTLED = Failure(LATER, Concerns.SERVER, again=Again.SOON)
PASSES = Failure(LATER, Concerns.SERVER)
OTHER = Failure(
    Text(
        "look in Entra's sign-in logs (Service principal sign-ins) at what is said of the application {account}, and "
        "the code up at https://login.microsoftonline.com/error: Entra gives it no token",
        account="APPLICATION",
    ),
    Concerns.LOGON,
)

_GROUPS: tuple[tuple[Failure, tuple[int, ...]], ...] = (
    (SECRET, (7000215, 7000216, 7000218, 70002)),
    (SECRET_ENDED, (7000222,)),
    (CERTIFICATE, (700027, 7000214, 50012, 50003, 50006, 50017, 50032, 50146)),
    (CLOCK, (700024, 500133, 50013, 50027)),
    (NO_APPLICATION, (700016, 700011, 7000229)),
    (NO_DIRECTORY, (90002, 900023, 50059, 50128, 90019, 90038, 900382, 90051)),
    (DISABLED, (7000112, 70001, 5000224, 5000225, 50057)),
    (CONSENT, (65001, 90008, 90094, 90099, 65005, 650052)),
    (NO_GRAPH, (500011, 50001, 70011, 1002012, 500014)),
    (CONDITIONAL_ACCESS, (53003, 530032, 530035, 50131, 50005, 50002)),
    (THROTTLED, (50196, 90024, 90055)),
    (PASSES, (50000, 50033, 50087, 90006, 90012, 90033, 90036, 90090, 90091, 90092)),
    (QUESTION, (50048, 70003, 90004, 90013, 90014, 90023, 90056, 90100, 900144, 901002, 9002313)),
)

ANSWERS: Mapping[int, Failure] = {number: answer for answer, numbers in _GROUPS for number in numbers}
"""Of each number what it asks for."""

_NUMBER = re.compile(r"AADSTS([0-9]{4,9})\b")

_BY_OAUTH: Mapping[str, Failure] = {
    "invalid_client": OTHER,
    "unauthorized_client": NO_APPLICATION,
    "invalid_scope": NO_GRAPH,
    "temporarily_unavailable": PASSES,
    "server_error": PASSES,
    "invalid_request": QUESTION,
    "unsupported_grant_type": QUESTION,
}
"""RFC 6749, 5.2, where there is no code of Entra's: the answer is from another identity provider, or a proxy."""


def of_refusal(said: Mapping[str, object], *, by_certificate: bool) -> Failure:
    """What can be done about Entra's answer that holds no token."""
    number = _number_of(said)
    if number is not None:
        failure = ANSWERS.get(number, OTHER)
        return replace(failure, why=f"AADSTS{number}", by_exchange=True)
    error = said.get("error")
    if error == "invalid_client":
        return replace(CERTIFICATE if by_certificate else SECRET, why="invalid_client")
    if isinstance(error, str) and error in _BY_OAUTH:
        return replace(_BY_OAUTH[error], why=error)
    return OTHER


def _number_of(said: Mapping[str, object]) -> int | None:
    """The first that is known, else the first: Entra may name several."""
    codes = said.get("error_codes")
    listed = [one for one in codes if type(one) is int] if isinstance(codes, list) else []
    text = said.get("error_description")
    written = [int(one) for one in _NUMBER.findall(text)] if isinstance(text, str) else []
    numbers = [one for one in (*listed, *written) if 0 < one < 10**9]
    return next((one for one in numbers if one in ANSWERS), next(iter(numbers), None))
