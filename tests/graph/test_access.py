"""Who may read which mailbox, where it is, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.exchange.process import Refused
from tests.graph.caller import ANNA, BO, BUDGET, MONDAY, Caller, subjects, view
from tests.graph.process import Graph


def test_a_mailbox_moves_with_its_items(graph: Graph, caller: Caller) -> None:
    """It is on one side, which the other says in its own words, until it is on both."""
    graph.add_item(ANNA, **BUDGET)
    assert subjects(caller.view()) == ["SAM: Budget"]
    for code in ("MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser"):
        graph.move(ANNA, "site", answer=code)
        answer = caller.get(view())
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)
    graph.move(ANNA, "both")
    assert subjects(caller.view()) == ["SAM: Budget"]
    assert caller.view("nobody@kommun.example")["error"]["code"] == "ErrorInvalidUser"
    with pytest.raises(Refused, match="no home"):
        graph.move(ANNA, "attic")


def test_who_listens_for_a_mailbox_that_moves_is_not_told(graph: Graph, caller: Caller) -> None:
    """Its delta tokens end when it leaves the cloud, and it does not get them back there."""
    link = caller.delta()["@odata.deltaLink"]
    assert "@odata.deltaLink" in caller.delta(link)
    graph.move(ANNA, "site")
    graph.move(ANNA, "cloud")
    assert caller.delta(link)["error"]["code"] == "SyncStateNotFound"


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
