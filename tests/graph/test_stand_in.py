"""The stand-in is itself under test: over the wire, against what Microsoft documents, and each fault."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.exchange.item import global_object_id
from tests.exchange.process import Refused
from tests.graph import certificates
from tests.graph.faults import CONNECTION, KINDS
from tests.graph.process import Graph

ANNA, BO = "anna@kommun.example", "bo@kommun.example"
MONDAY = datetime(2026, 10, 19, 7, tzinfo=ZoneInfo("UTC"))
WEEK = "startDateTime=2026-10-19T00:00:00Z&endDateTime=2026-10-26T00:00:00Z"
UID = global_object_id(MONDAY, "budget")
BUDGET = {"subject": "SAM: Budget", "start": "2026-10-19T10:00", "end": "2026-10-19T11:00", "uid": UID}
DAILY = {**BUDGET, "subject": "SAM: Morgonmöte", "series": {"kind": "Daily", "number": 5}}


@dataclass
class Caller:
    """Asks as an application does; `session` trusts the stand-in and nobody else."""

    graph: Graph
    session: requests.Session
    token: str = ""

    def sign_in(self, **form: str) -> requests.Response:
        """A request for a token; by the secret unless `form` says otherwise."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.graph.client_id,
            "scope": "https://graph.microsoft.com/.default",
            **form,
        }
        if "client_assertion" not in form:
            asked.setdefault("client_secret", self.graph.secret)
        url = f"{self.graph.authority}/{self.graph.directory_id}/oauth2/v2.0/token"
        answer = self.session.post(url, data=asked, timeout=10)
        self.token = answer.json().get("access_token", self.token) if answer.ok else self.token
        return answer

    def get(self, path: str, **headers: str) -> requests.Response:
        """A GET below the endpoint, or of a whole link."""
        url = path if path.startswith("https") else self.graph.endpoint + path
        return self.session.get(url, headers=self._with_token(headers), timeout=10, allow_redirects=False)

    def batch(self, *urls: str, **headers: str) -> requests.Response:
        """A batch of GETs, whose ids are their places."""
        asked = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
        url = f"{self.graph.endpoint}/$batch"
        return self.session.post(url, json={"requests": asked}, headers=self._with_token(headers), timeout=10)

    def _with_token(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **headers}

    def view(self, address: str = ANNA, query: str = WEEK, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """One page of a view."""
        return self.get(view(address, query), **headers).json()

    def delta(self, link: str = "", address: str = ANNA, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """One page of a round: the first, or that of a link."""
        return self.get(link or f"/users/{address}/calendarView/delta?{WEEK}", **headers).json()


def view(address: str = ANNA, query: str = WEEK) -> str:
    """The path of a view."""
    return f"/users/{address}/calendarView?{query}"


@pytest.fixture(scope="module")
def server() -> Iterator[Graph]:
    """One process for all tests."""
    with Graph() as graph:
        yield graph


@pytest.fixture
def graph(server: Graph) -> Graph:
    """The process as at its start, with two empty mailboxes."""
    server.well_again()
    server.now(MONDAY)
    for mailbox in (ANNA, BO):
        server.add_mailbox(mailbox)
    server.reset_counters()
    return server


@pytest.fixture
def caller(graph: Graph) -> Iterator[Caller]:
    """Somebody who has signed in."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(graph.ca_file)
        made = Caller(graph, session)
        made.sign_in()
        yield made


def _subjects(page: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [entry["subject"] for entry in page["value"]]


# Signing in


@pytest.mark.parametrize("by", ["secret", "certificate"])
def test_msal_gets_a_token(graph: Graph, caller: Caller, by: str) -> None:
    """By discovery of the authority, with a secret or a certificate's key."""
    pem = graph.certificate.read_text(encoding="ascii")
    certificate = {"private_key": pem, "public_certificate": pem}
    application = msal.ConfidentialClientApplication(
        graph.client_id,
        client_credential=graph.secret if by == "secret" else certificate,
        oidc_authority=f"{graph.authority}/{graph.directory_id}/v2.0",
        http_client=caller.session,
    )
    got = application.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert got["access_token"] in graph.tokens()
    assert got["expires_in"] == 3599


@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"client_secret": "wrong"}, 7000215),
        ({"client_id": "nobody"}, 700016),
        ({"grant_type": "password"}, 70003),
        ({"scope": "Calendars.Read"}, 1002012),
        ({"client_secret": ""}, 7000218),
    ],
)
def test_a_refused_sign_in_has_its_number(caller: Caller, form: dict[str, str], number: int) -> None:
    """In error_codes and at the beginning of the words."""
    answer = caller.sign_in(**form)
    said = answer.json()
    assert answer.status_code in {400, 401}
    assert said["error_codes"] == [number]
    assert said["error_description"].startswith(f"AADSTS{number}: ")


def test_a_secret_that_has_expired_and_a_directory_that_is_not_there(graph: Graph, caller: Caller) -> None:
    """7000222, and 90002 from discovery as well."""
    graph.application(secret_expired=True)
    assert caller.sign_in().json()["error_codes"] == [7000222]
    url = f"{graph.authority}/elsewhere/v2.0/.well-known/openid-configuration"
    assert caller.session.get(url, timeout=10).json()["error_codes"] == [90002]


def _assertion(graph: Graph, algorithm: str = "RS256", **changed: Any) -> str:  # noqa: ANN401 - claims
    pem = graph.certificate.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    fingerprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
    head = {"alg": algorithm, "typ": "JWT", "x5t#S256": _part(fingerprint)}
    now = int(time.time())
    claims = {
        "aud": f"{graph.authority}/{graph.directory_id}/oauth2/v2.0/token",
        "iss": graph.client_id,
        "sub": graph.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + 600,
        **changed,
    }
    signed = ".".join(_part(json.dumps(part).encode()) for part in (head, claims))
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    scheme: padding.AsymmetricPadding = pss if algorithm == "PS256" else padding.PKCS1v15()
    return f"{signed}.{_part(key.sign(signed.encode(), scheme, hashes.SHA256()))}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed_in_by(caller: Caller, assertion: str) -> Any:  # noqa: ANN401 - JSON
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return caller.sign_in(client_assertion=assertion, client_assertion_type=kind).json()


def test_an_assertion_is_really_verified(graph: Graph, caller: Caller) -> None:
    """Both algorithms; another's signature, audience, issuer, a time that is over."""
    assert "access_token" in _signed_in_by(caller, _assertion(graph))
    assert "access_token" in _signed_in_by(caller, _assertion(graph, "PS256"))
    head, claims, _ = _assertion(graph).split(".")
    other = _assertion(graph).split(".")[2]
    refused = {
        700027: f"{head}.{claims}.{other}",
        700023: _assertion(graph, aud="https://elsewhere.example"),
        700021: _assertion(graph, iss="nobody"),
        700024: _assertion(graph, nbf=1, exp=2),
        50027: "no.token",
        5002738: _assertion(graph, "HS256"),
    }
    assert [number for number, one in refused.items() if _signed_in_by(caller, one)["error_codes"] != [number]] == []


def test_a_certificate_that_is_not_registered(graph: Graph, caller: Caller, tmp_path: Path) -> None:
    """700027, and well again once another is registered in its place."""
    certificates.make(tmp_path / "other.pem")
    graph.application(certificates=[tmp_path / "other.pem"])
    assert _signed_in_by(caller, _assertion(graph))["error_codes"] == [700027]
    graph.application(certificates=[tmp_path / "other.pem", graph.certificate])
    assert "access_token" in _signed_in_by(caller, _assertion(graph))


def test_a_token_ends(graph: Graph, caller: Caller) -> None:
    """By the time that is told, and when it is revoked: 401 with a challenge."""
    graph.application(lifetime=60)
    caller.sign_in()
    assert caller.get(view()).status_code == 200
    graph.now(MONDAY + timedelta(seconds=60))
    answer = caller.get(view())
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "authorization_uri" in answer.headers["WWW-Authenticate"]
    caller.sign_in()
    assert caller.get(view()).status_code == 200
    graph.revoke_tokens()
    assert caller.get(view()).status_code == 401
    assert graph.counters().tokens == 3


# Views


def test_a_view_has_ten_entries_a_page(graph: Graph, caller: Caller) -> None:
    """The rest stands behind the link; `$top` asks for more, and no page has more than a thousand."""
    starts = [f"2026-10-20T{hour:02d}:00" for hour in range(24)]
    graph.add_items(ANNA, [{"subject": at, "start": at, "end": at[:-2] + "30"} for at in starts])
    first = caller.view()
    second = caller.get(first["@odata.nextLink"]).json()
    third = caller.get(second["@odata.nextLink"]).json()
    assert [len(page["value"]) for page in (first, second, third)] == [10, 10, 4]
    assert _subjects(first) + _subjects(second) + _subjects(third) == starts
    assert "@odata.nextLink" not in third
    assert len(caller.view(query=f"{WEEK}&$top=100")["value"]) == 24
    assert _subjects(caller.view(query=f"{WEEK}&$top=1&$orderby=start/dateTime desc")) == [starts[-1]]
    assert caller.get(view(query=f"{WEEK}&$top=1001")).status_code == 400


def test_only_what_is_selected_is_sent(graph: Graph, caller: Caller) -> None:
    """With the id and the etag; what nobody knows is refused, and what is undeclared where the policy says so."""
    graph.add_item(ANNA, **BUDGET)
    (entry,) = caller.view(query=f"{WEEK}&$select=subject,isAllDay,uid")["value"]
    assert sorted(entry) == ["@odata.etag", "id", "isAllDay", "subject", "uid"]
    refused = caller.get(view(query=f"{WEEK}&$select=subject,colour"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "RequestBroker--ParseUri")
    graph.policy(undeclared="refused")
    assert caller.get(view(query=f"{WEEK}&$select=uid")).status_code == 400
    assert caller.view()["value"][0]["uid"] == UID
    graph.policy(undeclared="absent")
    assert "uid" not in caller.view()["value"][0]


def test_times_are_of_the_zone_asked_for(graph: Graph, caller: Caller) -> None:
    """UTC, a Windows name or an IANA one; an all-day entry begins at midnight of that zone."""
    graph.add_items(ANNA, [BUDGET, {"subject": "TJÄ", "start": "2026-10-21", "end": "2026-10-22", "all_day": True}])
    expected = {
        None: ("2026-10-19T08:00:00.0000000", "UTC"),
        "Europe/Stockholm": ("2026-10-19T10:00:00.0000000", "Europe/Stockholm"),
        "FLE Standard Time": ("2026-10-19T11:00:00.0000000", "FLE Standard Time"),
    }
    for zone, (start, name) in expected.items():
        single, whole_day = caller.view(**({} if zone is None else {"Prefer": f'outlook.timezone="{zone}"'}))["value"]
        assert single["start"] == {"dateTime": start, "timeZone": name}
        assert whole_day["start"] == {"dateTime": "2026-10-21T00:00:00.0000000", "timeZone": name}
        assert whole_day["end"]["dateTime"] == "2026-10-22T00:00:00.0000000"
    answer = caller.get(view(), Prefer='outlook.timezone="Mitteleuropäische Zeit"'.encode().decode("latin-1"))
    assert answer.json()["error"]["code"] == "TimeZoneNotSupportedException"


@pytest.mark.parametrize(
    "query", ["", "startDateTime=2026-10-19", "startDateTime=x&endDateTime=y", f"{WEEK}&$search=x"]
)
def test_a_view_that_is_asked_wrongly(caller: Caller, query: str) -> None:
    """400, with an error in Graph's shape."""
    answer = caller.get(view(query=query))
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}


def test_a_series_is_expanded(graph: Graph, caller: Caller) -> None:
    """Occurrences share the uid and name their master; each has an iCalUId and an original start of its own."""
    moved = {"original_start": "2026-10-20T10:00", "start": "2026-10-20T14:00", "end": "2026-10-20T15:00"}
    changes = {"modified": [moved], "deleted": ["2026-10-21T10:00"]}
    graph.add_item(ANNA, **{**DAILY, "series": {**DAILY["series"], **changes}})  # type: ignore[dict-item]
    graph.add_item(BO, **BUDGET)
    entries = caller.view()["value"]
    assert [entry["type"] for entry in entries] == ["occurrence", "exception", "occurrence", "occurrence"]
    assert {entry["uid"] for entry in entries} == {UID}
    assert len({entry["iCalUId"] for entry in entries} - {UID}) == 4
    assert len({entry["seriesMasterId"] for entry in entries}) == 1
    assert entries[1]["originalStart"] == "2026-10-20T08:00:00Z"
    assert entries[1]["occurrenceId"] == f"OID.{entries[1]['seriesMasterId']}.2026-10-20"
    (single,) = caller.view(BO)["value"]
    assert (single["type"], single["seriesMasterId"], single["iCalUId"]) == ("singleInstance", None, UID)
    assert "originalStart" not in single


def test_an_item_may_be_odd(graph: Graph, caller: Caller) -> None:
    """Properties overridden and left out, as recorded answers have them."""
    odd = {"originalStartTimeZone": "tzone://Microsoft/Custom", "without": ["responseStatus", "subject"]}
    graph.add_item(ANNA, **BUDGET, graph=odd)
    (entry,) = caller.view()["value"]
    assert entry["originalStartTimeZone"] == "tzone://Microsoft/Custom"
    assert not {"responseStatus", "subject"} & entry.keys()


# Who may read what


def test_a_mailbox_moves_with_its_items(graph: Graph, caller: Caller) -> None:
    """It is on one side, which the other says in its own words, until it is on both."""
    graph.add_item(ANNA, **BUDGET)
    assert _subjects(caller.view()) == ["SAM: Budget"]
    for code in ("MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser"):
        graph.move(ANNA, "site", answer=code)
        answer = caller.get(view())
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    graph.move(ANNA, "both")
    assert _subjects(caller.view()) == ["SAM: Budget"]
    assert caller.view("nobody@kommun.example")["error"]["code"] == "ErrorInvalidUser"
    with pytest.raises(Refused, match="no home"):
        graph.move(ANNA, "attic")


def test_ews_knows_no_mailbox_of_the_cloud(graph: Graph, caller: Caller) -> None:
    """The same organisation over EWS: ErrorNonExistentMailbox, until the mailbox moves home."""
    graph.add_item(ANNA, **BUDGET)
    for home, said in (("cloud", "ErrorNonExistentMailbox"), ("site", "SAM: Budget"), ("both", "SAM: Budget")):
        graph.move(ANNA, home)
        answer = caller.session.post(
            graph.exchange.endpoint,
            _FIND_ITEM.format(address=ANNA).encode(),
            auth=(graph.exchange.user, graph.exchange.password),
            timeout=10,
        )
        assert said in answer.text
    assert graph.exchange.counters().operations == {"FindItem": 3}


_FIND_ITEM = """\
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
 xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header><t:ExchangeImpersonation>
<t:ConnectingSID><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>
</s:Header><s:Body><m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>
<m:CalendarView StartDate="2026-10-19T00:00:00Z" EndDate="2026-10-26T00:00:00Z"/><m:ParentFolderIds>
<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>"""


def test_a_scope_is_undone_by_a_consent_beside_it(graph: Graph, caller: Caller) -> None:
    """403 outside the scope at once; a consent is in the tokens that are issued after it."""
    graph.grant()
    graph.scope(ANNA)
    caller.sign_in()
    assert [caller.get(view(whose)).status_code for whose in (ANNA, BO)] == [200, 403]
    assert caller.view(BO)["error"]["code"] == "ErrorAccessDenied"
    graph.grant("Calendars.Read")
    assert caller.get(view(BO)).status_code == 403
    caller.sign_in()
    assert caller.get(view(BO)).status_code == 200


def test_read_basic_leaves_the_body_out(graph: Graph, caller: Caller) -> None:
    """And the subject where it is told so, in views and in delta; Calendars.Read shows all."""
    graph.add_item(ANNA, **BUDGET, body="Hemligt")
    assert caller.view()["value"][0]["body"]["content"] == "Hemligt"
    graph.grant("Calendars.ReadBasic.All")
    caller.sign_in()
    (entry,) = caller.view()["value"]
    assert (entry["subject"], "body" in entry, "bodyPreview" in entry) == ("SAM: Budget", False, False)
    graph.application(subject_in_basic=False)
    assert not [entry for page in (caller.view(), caller.delta()) for entry in page["value"] if "subject" in entry]


# Batches


def test_a_batch_answers_each_in_its_own_way(graph: Graph, caller: Caller) -> None:
    """200 outside, and inside each its status; not in their order."""
    graph.add_item(ANNA, **BUDGET)
    answer = caller.batch(view(), view("nobody@kommun.example"), "/users/x/messages")
    assert answer.status_code == 200
    responses = answer.json()["responses"]
    assert [part["id"] for part in responses] == ["2", "1", "0"]
    assert {part["id"]: part["status"] for part in responses} == {"0": 200, "1": 404, "2": 400}
    assert _subjects(responses[2]["body"]) == ["SAM: Budget"]
    counters = graph.counters()
    assert (counters.requests, counters.batches, counters.questions["calendarview"]) == (1, 1, 2)
    assert counters.mailboxes[ANNA] == 1


def test_a_batch_takes_twenty(graph: Graph, caller: Caller) -> None:
    """More, or two of one id, or what is no batch: 400; and without a token 401 for all."""
    assert caller.batch(*[view()] * 20).status_code == 200
    assert caller.batch(*[view()] * 21).json()["error"]["code"] == "BadRequest"
    url = f"{graph.endpoint}/$batch"
    head = {"Authorization": f"Bearer {caller.token}"}
    twice = {"requests": [{"id": "1", "method": "GET", "url": view()}] * 2}
    assert caller.session.post(url, json=twice, headers=head, timeout=10).status_code == 400
    assert caller.session.post(url, data="[]", headers=head, timeout=10).status_code == 400
    graph.revoke_tokens()
    assert caller.batch(view()).status_code == 401


# Throttling


def test_a_budget_of_a_mailbox(graph: Graph, caller: Caller) -> None:
    """429 inside the batch with the seconds until there is room, while the other mailbox is answered."""
    graph.throttle(2, seconds=60, simulated=True)
    statuses = {part["id"]: part for part in caller.batch(view(), view(), view(), view(BO)).json()["responses"]}
    assert [statuses[str(number)]["status"] for number in range(4)] == [200, 200, 429, 200]
    assert statuses["2"]["headers"]["Retry-After"] == "60"
    graph.now(MONDAY + timedelta(seconds=60))
    assert caller.get(view()).status_code == 200
    graph.throttle(0, retry_after=None, per="application")
    answer = caller.get(view())
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, False)
    assert answer.json()["error"]["code"] == "ApplicationThrottled"


def test_so_many_at_once(graph: Graph, caller: Caller) -> None:
    """None at all, to begin with; of the application as a whole, the batch's questions are refused one by one."""
    graph.at_once(0)
    assert caller.view()["error"]["message"] == "Application is over its MailboxConcurrency limit."
    graph.at_once(0, per="application", retry_after="7")
    (part,) = caller.batch(view()).json()["responses"]
    assert (part["status"], part["headers"]["Retry-After"]) == (429, "7")


# Delta


def _round(caller: Caller, link: str = "", **headers: str) -> tuple[list[dict[str, Any]], str]:
    told, page = [], caller.delta(link, **headers)
    while "@odata.nextLink" in page:
        told += page["value"]
        page = caller.delta(page["@odata.nextLink"], **headers)
    return told + page["value"], page["@odata.deltaLink"]


def _kinds(told: list[dict[str, Any]]) -> list[str]:
    return ["removed" if "@removed" in entry else entry["type"] for entry in told]


def test_delta_tells_all_and_then_what_changed(graph: Graph, caller: Caller) -> None:
    """A first round has every entry, occurrences as stubs; a later one nothing, or what is new, changed and gone."""
    graph.add_item(ANNA, **DAILY)
    first, link = _round(caller, Prefer="odata.maxpagesize=2")
    assert _kinds(first) == ["seriesMaster", *["occurrence"] * 5]
    assert sorted(first[1]) == ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]
    told, link = _round(caller, link)
    assert told == []
    added = graph.add_item(ANNA, **BUDGET)
    told, link = _round(caller, link)
    assert _kinds(told) == ["singleInstance"]
    assert told[0]["body"] == {"contentType": "html", "content": ""}
    graph.remove_item(ANNA, added)
    told, link = _round(caller, link)
    assert (_kinds(told), told[0]["@removed"]) == (["removed"], {"reason": "deleted"})


def _with_series(graph: Graph, caller: Caller, **changes: Any) -> list[str]:  # noqa: ANN401 - of an item
    """What a round tells after a series has changed."""
    (series,) = graph.replace_items(ANNA, [DAILY])
    _, link = _round(caller)
    graph.change_item(ANNA, series, **{**DAILY, **changes})
    return _kinds(_round(caller, link)[0])


def test_delta_tells_badly_of_series(graph: Graph, caller: Caller) -> None:
    """A deleted occurrence is not told, a moved series leaves its old ones, unless the policy has it otherwise."""
    deleted = {"series": {**DAILY["series"], "deleted": ["2026-10-21T10:00"]}}  # type: ignore[dict-item]
    moved = {"start": "2026-10-19T13:00", "end": "2026-10-19T14:00"}
    assert _with_series(graph, caller, **deleted) == []
    assert _with_series(graph, caller, **moved) == ["seriesMaster", *["occurrence"] * 5]
    graph.policy(delta_tells_deleted_occurrences=True, delta_tells_moved_series=True)
    assert _with_series(graph, caller, **deleted) == ["removed"]
    assert _with_series(graph, caller, **moved) == ["seriesMaster", *["occurrence"] * 5, *["removed"] * 5]


def test_delta_calls_what_lies_outside_removed(graph: Graph, caller: Caller) -> None:
    """Though it lives; and its window is that of the first request for ever."""
    _, link = _round(caller)
    graph.add_item(ANNA, **{**BUDGET, "start": "2027-01-11T10:00", "end": "2027-01-11T11:00"})
    told, _ = _round(caller, link)
    assert _kinds(told) == ["removed"]


@pytest.mark.parametrize("code", ["SyncStateNotFound", "SyncStateInvalid"])
def test_a_delta_token_ends(graph: Graph, caller: Caller, code: str) -> None:
    """By command, by time and by the number of newer ones: 410."""
    graph.policy(delta_code=code)
    _, oldest = _round(caller)
    link = oldest
    for _ in range(3):
        _, link = _round(caller, link)
    assert caller.delta(oldest)["error"]["code"] == code
    graph.end_delta_tokens(ANNA)
    answer = caller.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, code)
    graph.policy(delta_code=code, delta_seconds=60)
    _, link = _round(caller)
    graph.now(MONDAY + timedelta(seconds=60))
    assert caller.get(link).status_code == 410


def test_a_round_may_never_end(graph: Graph, caller: Caller) -> None:
    """The same page again and again; and `$select` is refused, as is the token of another mailbox."""
    graph.add_item(ANNA, **BUDGET)
    graph.policy(delta_never_ends=True)
    first = caller.delta()
    second = caller.delta(first["@odata.nextLink"])
    third = caller.delta(second["@odata.nextLink"])
    assert second["value"] == third["value"] == first["value"]
    assert second["@odata.nextLink"] == third["@odata.nextLink"]
    graph.policy()
    assert caller.get(f"/users/{ANNA}/calendarView/delta?{WEEK}&$select=id").status_code == 400
    _, link = _round(caller)
    assert caller.get(link.replace("anna", "bo")).status_code == 410


# What goes wrong


def _raises(error: type[Exception]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        with pytest.raises(error):
            caller.get(view())

    return check


def _answers(status: int, said: str = "") -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        answer = caller.get(view())
        assert answer.status_code == status
        assert said in answer.text

    return check


def _header(name: str, value: str) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert caller.get(view()).headers[name] == value

    return check


def _page(check_page: Callable[[Any], bool]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert check_page(caller.view())

    return check


def _responses(check_parts: Callable[[Any], bool]) -> Callable[[Caller], None]:
    def check(caller: Caller) -> None:
        assert check_parts(caller.batch(view(), view(BO)).json()["responses"])

    return check


_FAULTS: dict[str, tuple[dict[str, Any], Callable[[Caller], None]]] = {
    "error": ({"status": 504, "code": "UnknownError"}, _answers(504, "UnknownError")),
    "throttled": ({"retry_after": 17}, _header("Retry-After", "17")),
    "status-401": ({}, _answers(401, "InvalidAuthenticationToken")),
    "http": ({"status": 502}, _answers(502, "<HTML>")),
    "html": ({}, _answers(200, "<HTML>")),
    "redirect": ({}, _header("Location", "https://graph.elsewhere.example/v1.0/users")),
    "raw": ({"body": "AAE="}, _answers(200, "\x00\x01")),
    "json": ({"value": [1]}, _answers(200, "[1]")),
    "truncated-json": ({"after": 9}, _answers(200, '{"@odata.')),
    "not-json": ({"text": "soon"}, _answers(200, "soon")),
    "empty": ({}, _answers(200)),
    "content-type": ({}, _header("Content-Type", "application/octet-stream")),
    "deep": ({"depth": 9}, _answers(200, "[[[[[[[[[]]]]]]]]]")),
    "huge": ({"mib": 1}, _answers(200, "x" * 1000)),
    "next-link": ({}, _page(lambda page: page["@odata.nextLink"].startswith("https://graph.elsewhere.example/"))),
    "silent-cut": ({"items": 0}, _page(lambda page: page["value"] == [] and "@odata.nextLink" not in page)),
    "bad-item": ({"what": "no-end"}, _page(lambda page: "end" not in page["value"][0])),
    "batch": ({"operation": "$batch"}, _responses(lambda parts: len(parts) == 1)),
    "timeout": ({"operation": "request", "seconds": 0.01}, _answers(200)),
    "cut": ({"operation": "request"}, _raises(requests.exceptions.RequestException)),
    "reset": ({"operation": "request"}, _raises(requests.exceptions.ConnectionError)),
    "drip": ({"operation": "request", "seconds": 0}, _answers(200)),
    "drip-headers": ({"operation": "request", "seconds": 0.0001}, _raises(requests.exceptions.ConnectionError)),
    "not-gzip": ({"operation": "request"}, _raises(requests.exceptions.ContentDecodingError)),
    "gzip-bomb": ({"operation": "request", "mib": 2}, _answers(200, "x" * 1000)),
    "entra": (
        {"operation": "token", "number": 90033},
        lambda caller: _entra_says(caller, 90033),
    ),
}


def _entra_says(caller: Caller, number: int) -> None:
    assert caller.sign_in().json()["error_codes"] == [number]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_fault(graph: Graph, caller: Caller, kind: str) -> None:
    """It does what it says, once; afterwards all is well."""
    graph.add_item(ANNA, **BUDGET)
    options, check = _FAULTS[kind]
    graph.fault(kind, times=1, **options)
    check(caller)
    assert graph.counters().faults == {kind: 1}
    assert _subjects(caller.view()) == ["SAM: Budget"]


def test_a_connection_cannot_suffer_inside_a_batch(graph: Graph) -> None:
    """Such a fault is for a whole request; and nobody knows others."""
    for kind in CONNECTION:
        with pytest.raises(Refused, match="whole request"):
            graph.fault(kind)
    with pytest.raises(Refused, match="no fault"):
        graph.fault("earthquake")


def test_an_unreadable_answer_inside_a_batch_is_text(graph: Graph, caller: Caller) -> None:
    """The batch stays JSON, as it does at Microsoft."""
    graph.fault("not-json", mailbox=ANNA, text="soon")
    other, broken = caller.batch(view(), view(BO)).json()["responses"]
    assert (other["status"], broken["status"], base64.b64decode(broken["body"])) == (200, 200, b"soon")


def test_chance_is_by_seed_and_mailbox(graph: Graph, caller: Caller) -> None:
    """The same share of the same answers, whoever asks first."""

    def drawn(order: tuple[str, str]) -> dict[str, list[int]]:
        graph.clear_faults()
        graph.fault("error", share=0.5)
        return {whose: [caller.get(view(whose)).status_code for _ in range(12)] for whose in order}

    graph.seed(7)
    first = drawn((ANNA, BO))
    assert {*first[ANNA], *first[BO]} == {200, 503}
    assert first[ANNA] != first[BO]
