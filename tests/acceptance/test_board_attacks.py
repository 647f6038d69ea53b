"""Whoever tries at the board: as nobody, as another tenant's operator, with forged headers, with too much of anything.

Each address is taken from the application itself, so that a new one is tried as well.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from structlog.testing import capture_logs

from sync_daemon.accounts import Accounts, User, passwords
from sync_daemon.board import promptness
from sync_daemon.board.sign_in import csrf
from sync_daemon.board.sign_in.attempts import Attempts, Outcome
from sync_daemon.board.sign_in.browsers import with_account
from sync_daemon.board.viewer import Viewer
from tests.acceptance.attacked_board import CHEAP, MALAS, OURS, PASSWORD, SORSELE, TOKEN, Attacked, attacked
from tests.sync_daemon.board import town as towns

FORM = {
    "tenant": "mala",
    "extension": "5001",
    "number": "5001",
    "mailbox": "cecilia@mala.se",
    "until": "15:00",
    "at": "11:00",
    "state": "x",
    "form": "x",
    "referral": "1",
    "set": "1",
    "all": "true",
}
"""What a form of any kind may have, of another tenant."""

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """One board that nobody changes: each test says that nobody has."""
    with towns.town(tmp_path_factory.mktemp("attacked")) as town:
        town.books("Cecilia Lund", "9:00", "15:00")
        with attacked(town) as made:
            yield made


def cecilia(board: Attacked) -> int:
    """The store's id of the other tenant's person."""
    return board.town.people["Cecilia Lund"].id


def told(answer: requests.Response, words: tuple[str, ...]) -> list[str]:
    """Which of the words stand in the answer or its headers."""
    whole = f"{answer.text} {answer.headers}"
    return [word for word in words if word in whole]


@contextmanager
def unchanged(board: Attacked) -> Iterator[None]:
    """Nothing is changed meanwhile."""
    before = board.store()
    yield
    assert board.store() == before


def test_there_are_addresses_to_try(board: Attacked) -> None:
    """Else no test here would find anything."""
    found = list(board.addresses("mala", cecilia(board)))
    assert ("GET", "/") in found
    assert ("POST", f"/people/mala/{cecilia(board)}/refer") in found


def test_nobody_is_told_anything_and_changes_nothing(board: Attacked) -> None:
    """Whoever has not signed in is sent to where one does, or refused; a made-up cookie or token helps nothing."""
    made_up: tuple[dict[str, str], ...] = (
        {},
        {"Cookie": "hanvisa=" + "A" * 43},
        {"Authorization": "Bearer hanvisa_made-up"},
        {"Authorization": f"Basic {TOKEN}"},
    )
    with unchanged(board):
        for method, path in board.addresses("sorsele", board.town.people["Anna Ek"].id):
            for headers in made_up:
                answer = board.send(board.browser(), method, path, headers=headers, data=FORM, params=FORM)
                where = urlsplit(answer.headers.get("Location", "/sign-in")).path
                assert (answer.status_code, where) in {(303, "/sign-in"), (401, "/sign-in")}, (method, path)
                assert told(answer, OURS) == [], (method, path)


def test_another_tenants_operator_sees_and_changes_nothing_of_it(board: Attacked) -> None:
    """Whatever the address, the query and the form say; and is answered as if there were no such person."""
    karin = board.browser(SORSELE)
    with unchanged(board):
        for method, path in board.addresses("mala", cecilia(board)):
            answer = board.send(karin, method, path, params=FORM, data=FORM if method == "POST" else None)
            assert answer.status_code < 500, (method, path)
            assert told(answer, MALAS) == [], (method, path)
            if "/mala/" in path:
                elsewhere = path.replace("/mala/", "/no-such/")
                none = board.send(karin, method, elsewhere, params=FORM, data=FORM if method == "POST" else None)
                assert answer.status_code == none.status_code, (method, path)
                assert answer.status_code in {403, 404}, (method, path)
                assert answer.text == none.text.replace("no-such", "mala")


def test_another_tenants_system_sees_and_changes_nothing_of_it(board: Attacked) -> None:
    """A token of Sorsele's asks for Malå's people, and acts on their phones."""
    system = board.system()
    with unchanged(board):
        for method, path in board.addresses("mala", cecilia(board)):
            for body in (
                {"extension": "5001", "until": "15:00"},
                {"extension": "5001"},
                {"extension": "5001", "undo": True},
            ):
                answer = board.send(system, method, path, params=FORM, json=body if method == "POST" else None)
                assert answer.status_code < 500, (method, path)
                assert told(answer, MALAS) == [], (method, path)


def test_an_operator_is_no_admin(board: Attacked) -> None:
    """What only an admin sees is refused to who is one of another tenant, or of none."""
    admin_of_mala = Viewer("max", frozenset({"sorsele"}), frozenset({"mala"}))
    admin_of_sorsele = Viewer("ida", frozenset({"sorsele"}), frozenset({"sorsele"}))
    with unchanged(board):
        for method, path in board.addresses("sorsele", board.town.people["Anna Ek"].id):
            if path.startswith("/admin"):
                assert board.send(board.browser(SORSELE), method, path, data=FORM).status_code in {403, 404}, path
                if "/sorsele" in path:
                    assert board.send(board.browser(admin_of_mala), method, path, data=FORM).status_code in {403, 404}
                answer = board.send(board.browser(admin_of_sorsele), method, path, data=FORM, params=FORM)
                assert told(answer, MALAS) == [], path


def test_a_referral_of_another_tenant_is_not_withdrawn_by_its_id(tmp_path: Path) -> None:
    """Nor one of another person, with a form of one's own person's page."""
    with towns.town(tmp_path) as town, attacked(town) as board:
        anna, mala = (town.people[name].id for name in ("Anna Ek", "Cecilia Lund"))
        both = board.browser(towns.BOTH)
        _refer(board, both, "mala", mala)
        _refer(board, both, "sorsele", town.people["Bo Öberg"].id)
        karin = board.browser(SORSELE)
        state = _state(board.send(karin, "GET", f"/people/sorsele/{anna}").text)
        with unchanged(board):
            for referral in range(10):
                form = {"state": state, "form": str(referral), "referral": str(referral)}
                answer = board.send(karin, "POST", f"/people/sorsele/{anna}/withdraw", data=form)
                assert answer.status_code == 422, answer.text


def _refer(board: Attacked, session: requests.Session, tenant: str, person: int) -> None:
    address = f"/people/{tenant}/{person}"
    state = _state(board.send(session, "GET", address).text)
    form = {"state": state, "form": f"f{person}", "until": "15:00", "phone": "closed", "mode": "info"}
    assert board.send(session, "POST", f"{address}/refer", data=form).status_code == 303


def _state(page: str) -> str:
    found = re.search(r'name="state" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize(
    "forged",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF": ""},
        {"X-CSRF": "0" * 64},
    ],
)
def test_another_sites_page_changes_nothing_with_an_operators_cookie(
    board: Attacked, forged: Mapping[str, str]
) -> None:
    """Each form asks for a value that only our pages have, and for an origin of our own."""
    karin = board.browser(SORSELE)
    with unchanged(board):
        for method, path in (*board.addresses("sorsele", board.town.people["Anna Ek"].id), ("POST", "/sign-out")):
            if method == "POST":
                answer = board.send(karin, method, path, headers=forged, data=FORM)
                assert answer.status_code in {401, 403}, path
    assert board.send(karin, "GET", "/").status_code == 200


def test_a_value_of_another_session_is_of_no_use(board: Attacked) -> None:
    """Somebody with an account of their own sends another's browser a form with their own value in it."""
    karin, other = board.browser(SORSELE), board.browser(SORSELE)
    karin.headers["X-CSRF"] = other.headers["X-CSRF"]
    answer = board.send(karin, "POST", f"/people/sorsele/{board.town.people['Anna Ek'].id}/open", data=FORM)
    assert answer.status_code == 403


def test_a_systems_addresses_take_no_cookie_and_no_form(board: Attacked) -> None:
    """A page could have a browser send those."""
    for method, path in board.addresses("sorsele", board.town.people["Anna Ek"].id):
        if path.startswith("/api/"):
            assert board.send(board.browser(SORSELE), method, path, data=FORM).status_code == 401, path
            if method == "POST":
                headers = {"Content-Type": "text/plain"}
                assert board.send(board.system(), method, path, headers=headers, data="{}").status_code == 415, path


def test_other_methods_do_nothing(board: Attacked) -> None:
    """Also not by the headers that some frameworks believe."""
    karin = board.browser(SORSELE)
    with unchanged(board):
        found = Counter(board.addresses("sorsele", board.town.people["Anna Ek"].id))
        for path in {path for _, path in found}:
            for method in EVERY_METHOD:
                if (method, path) not in found and not path.startswith("/api/"):
                    assert board.send(karin, method, path, data=FORM).status_code == 405, (method, path)
            override = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
            assert board.send(karin, "GET", path, headers=override, params={"_method": "POST"}).status_code < 500


PATHS = (
    *(
        "/static/../serving.py",
        "/static/..%2f..%2fhanvisa.toml",
        "/static/%2e%2e/%2e%2e/place.py",
        "/static//etc/passwd",
    ),
    *("/static/..\\serving.py", "/static/%00", "/static/board.css/../../viewer.py", "//evil.example/", "/%2e%2e/"),
    *("/people/mala/{id}/../../sorsele/1", "/people/sorsele/../mala/{id}", "/people/sorsele%2F..%2Fmala/{id}"),
    *("/people/MALA/{id}", "/people/mala%00/{id}", "/people/mala/0{id}", "/people/mala/{id}/", "/people/mala/-1"),
    *("/people/sorsele/{id}", "/people/*/{id}", "/people/mala/" + "9" * 400, "/;/people/mala/{id}", "/sign-in/../"),
    *("/static/../people/mala/{id}", "/sign-in/../people/mala/{id}", "/sign-in/%2e%2e/people/mala/{id}"),
    *("/healthz%3F/../people/mala/{id}", "/people/mala/{id}%3F/sign-in/", "/people/mala/{id}%23", "/healthz%23"),
    *("/healthz/../people/mala/{id}", "/healthz/people/mala/{id}", "/api/../people/mala/{id}", "/%70eople/mala/{id}"),
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_nowhere_else(board: Attacked, path: str) -> None:
    """Neither out of our files nor round the question who it is."""
    for viewer in (None, SORSELE):
        status, body = raw(board, path.format(id=cecilia(board)), viewer)
        assert status in {303, 307, 400, 401, 404}, body
        assert not any(word in body for word in (*MALAS, "root:", "def ", "[[tenants]]"))


HOSTS = (
    "localhost/healthz?",
    "localhost/static/x?",
    "localhost/sign-in?",
    "/healthz?",
    "localhost\\@evil",
    "evil.example",
)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_no_way_round_the_question_who_it_is(board: Attacked, host: str) -> None:
    """Some libraries make an address of it, and look at the path of that."""
    for path in ("/", "/list", f"/people/mala/{cecilia(board)}", "/openapi.json", "/api/referrals"):
        status, body = raw(board, path, None, host=host)
        assert status in {303, 400, 401, 404, 421}, body
        assert not any(word in body for word in OURS)


def raw(board: Attacked, path: str, viewer: Viewer | None, **headers: str) -> tuple[int, str]:
    """What is answered to exactly that path: a library would tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=30)
    with closing(connection):
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", headers.get("host", urlsplit(board.url).netloc))
        connection.putheader("Accept", "text/html")
        if viewer is not None:
            connection.putheader("Cookie", f"hanvisa={towns.cookie_of(board.app.state.sign_in, viewer)}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")


def test_every_answer_says_what_a_browser_may_do_with_it(board: Attacked) -> None:
    """Pages, refusals, what is not there: no frame, no script of another's, nothing kept."""
    karin, nobody = board.browser(SORSELE), board.browser()
    answers = [board.send(karin, method, path, data=FORM) for method, path in board.addresses("sorsele", 1)]
    answers += [
        board.send(nobody, "GET", path) for path in ("/", "/sign-in", "/no-such", "/healthz", "/static/no-such")
    ]
    answers += [board.send(nobody, "POST", "/sign-in", data=b"x" * 100_000), board.send(nobody, "PUT", "/sign-in")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search("unsafe|https?:|[*]", policy)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"], answer.url
        assert "Server" not in answer.headers


def test_too_much_of_anything_is_refused_and_the_others_go_on(board: Attacked) -> None:
    """1 MiB as a body, a field, a query, a header, a cookie, a name; many fields; many languages."""
    karin, anna = board.browser(SORSELE), f"/people/sorsele/{board.town.people['Anna Ek'].id}"
    big = "å" * 524_288
    with unchanged(board):
        for path in ("/sign-in", "/sign-out", f"{anna}/refer", "/api/refer"):
            for session, options in (
                (karin, {"data": {"name": big, "reason": big, "until": "15:00"}}),
                (board.system(), {"data": f'{{"extension": "{big}"}}'.encode()}),
                (karin, {"data": {str(number): "" for number in range(5000)}}),
                (karin, {"data": iter([b"x" * 65_536] * 16)}),
            ):
                answer = board.send(session, "POST", path, **options)
                assert answer.status_code in {400, 401, 403, 404, 413, 415}, (path, answer.status_code)
        for options in (
            {"params": {"q": "x" * 60_000}},
            {"params": {"q": "å ö " * 3_000}},
            {"headers": {"Accept-Language": "sv;q=0.5," * 7_000}},
            {"headers": {"Cookie": "hanvisa=" + "x" * 60_000}},
            {"headers": {"X-Forwarded-For": "1.2.3.4, " * 6_000}},
            {"headers": {"If-None-Match": '"x", ' * 10_000}},
        ):
            began = time.process_time()
            assert board.send(karin, "GET", "/list", **options).status_code in {200, 303, 400, 401, 431}, [*options]
            assert time.process_time() - began < 2  # of the processor, for the machine may be busy
    assert board.send(karin, "GET", "/").status_code == 200


def test_a_megabyte_in_a_line_is_refused(board: Attacked) -> None:
    """A path and a header that the parser does not take."""
    for line in (b"GET /" + b"x" * 1_048_576, b"GET / HTTP/1.1\r\nX: " + b"x" * 1_048_576):
        with closing(socket.create_connection(_at(board), timeout=30)) as connection:
            try:
                connection.sendall(line)
                assert connection.recv(1000).startswith(b"HTTP/1.1 400")
            except ConnectionError:
                pass  # it has hung up meanwhile
    assert board.send(board.browser(), "GET", "/healthz").status_code == 200


def _at(board: Attacked) -> tuple[str, int]:
    parts = urlsplit(board.url)
    return parts.hostname or "", parts.port or 0


def test_whoever_sends_slowly_holds_up_nobody(board: Attacked) -> None:
    """A hundred that have begun a form and do not go on: the others are answered at once."""
    head = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    slow = [socket.create_connection(_at(board), timeout=30) for _ in range(100)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(head + (b"\r\nname=" if number % 2 else b"X: "))
        karin = board.browser(SORSELE)
        began = time.monotonic()
        for _ in range(20):
            assert board.send(karin, "GET", "/list").status_code == 200
        assert time.monotonic() - began < promptness.HEAD_SECONDS
    finally:
        for connection in slow:
            connection.close()


def test_what_does_not_come_whole_is_ended(board: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that never ends, a body that is not all there: the connection is given back."""
    monkeypatch.setattr(promptness, "BODY_SECONDS", 0.1)
    for begun, seconds, answered in (
        (b"", 0.1, b""),
        (b"GET / HT", 0.1, b""),
        (b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nname=", 60.0, b"HTTP/1.1 408"),
    ):
        monkeypatch.setattr(promptness, "HEAD_SECONDS", seconds)
        with closing(socket.create_connection(_at(board), timeout=30)) as connection:
            connection.sendall(begun)
            assert b"".join(iter(lambda: connection.recv(65_536), b"")).startswith(answered)


def test_whoever_hangs_up_is_no_bug(board: Attacked) -> None:
    """Anybody can; an admin is mailed of bugs."""
    with capture_logs() as logs:
        for _ in range(3):
            with closing(socket.create_connection(_at(board), timeout=30)) as connection:
                connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nname=")
        for _ in range(20):
            assert board.send(board.browser(), "GET", "/healthz").ok
    assert logs == []


HOSTILE = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)>' onmouseover='alert(1) &lt;b&gt;&#x3c;script&#x3e;",
    "{{ 7 * 7 }}{% include 'x' %}</title></head><body onload=alert(1)>",
    "javascript:alert(1)//Anna\x1b[2J\x07\x00\u202e\u2028gnp.exe" + "x" * 5000,
)


class _Seen(HTMLParser):
    """What a browser would run or load, and the elements that are ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A script that is not a file of ours, an attribute that runs, an address that is none of ours."""
        values = {name: value or "" for name, value in attrs}
        if tag in {"img", "iframe", "object", "embed", "base", "body"} and values:
            self.runs.append(f"{tag} {values}")
        if tag == "script" and not values.get("src", "").startswith("/static/"):
            self.runs.append(f"script {values}")
        self.runs += [name for name in values if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "formaction"):
            if not values.get(name, "/").startswith(("/", "#", "?")) or values.get(name, "").startswith("//"):
                self.runs.append(f"{name}={values[name]}")


def test_what_stands_in_a_name_or_a_department_is_never_run(tmp_path: Path) -> None:
    """HTML, templates, orders to a terminal: names come out of directories, and what is typed is shown again."""
    with towns.town(tmp_path) as town, attacked(town) as board:
        lines = [
            towns.Line(f"p{number}@sorsele.se", text, (f"47{number:02}",), text) for number, text in enumerate(HOSTILE)
        ]
        town.lists("sorsele", lines)
        board.app.state.place.keeper.look_again()
        people = [one for one in town.store.subscribers("sorsele") if one.mailbox.startswith("p")]
        karin = board.browser(Viewer("<i>karin</i>", frozenset({"sorsele"}), frozenset({"sorsele"})))
        pages = []
        for person, text in zip(people, HOSTILE, strict=True):
            query = dict.fromkeys(("q", "sort", "department", "tenant", "next", "at", "number"), text)
            form = dict.fromkeys(("until", "start", "reason", "number", "form", "referral", "phone"), text)
            address = f"/people/sorsele/{person.id}"
            form["state"] = _state(board.send(karin, "GET", address).text)
            pages += [
                board.send(karin, method, path, params=query, data=form if method == "POST" else None)
                for method, path in board.addresses("sorsele", person.id)
                if method != "HEAD" and not path.startswith("/api/")
            ]
            pages.append(board.send(karin, "GET", address))
            pages.append(board.send(board.browser(), "GET", "/sign-in", params={"next": text}))
        for page in pages:
            assert page.status_code < 500, (page.url, page.status_code)
            assert len(page.content) < 200_000, page.url
            assert not set("\x1b\x07\x00\u202e\u2028") & set(page.text), page.url
            seen = _Seen()
            seen.feed(page.text)
            assert seen.runs == [], page.url


def test_a_session_that_somebody_else_chose_is_not_taken(board: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in makes a new cookie; the one that was there before, of whomever, is over."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    before = towns.cookie_of(board.app.state.sign_in, SORSELE)
    browser = board.browser()
    page = board.send(browser, "GET", "/sign-in").text
    browser.cookies["hanvisa"] = before
    field = csrf.token_for(board.app.state.sign_in.sessions.secret, before)
    assert field not in page
    form = {"name": "eva", "password": PASSWORD, "csrf": field}
    answer = board.send(browser, "POST", "/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.cookies["hanvisa"] != before
    for made_up in (before, "A" * 43, ""):
        stolen = board.send(board.browser(), "GET", "/", headers={"Cookie": f"hanvisa={made_up}"})
        assert stolen.status_code == 303
    assert board.send(board.browser(), "GET", "/", headers={"Cookie": f"hanvisa={answer.cookies['hanvisa']}"}).ok


def test_a_cookie_is_of_no_use_after_signing_out(board: Attacked) -> None:
    """Whoever copied it."""
    karin = board.browser(SORSELE)
    cookie = karin.cookies["hanvisa"]
    board.send(karin, "POST", "/sign-out")
    assert board.send(board.browser(), "GET", "/", headers={"Cookie": f"hanvisa={cookie}"}).status_code == 303


PROXY = 'trusted_proxies = ["127.0.0.1"]\n'


def test_behind_a_proxy_nothing_is_given_over_a_line_that_others_read(tmp_path: Path) -> None:
    """The proxy says by which scheme it was asked; a cookie that was stolen from TLS is none without."""
    with towns.town(tmp_path, PROXY) as town, attacked(town) as board:
        cookie = towns.cookie_of(board.app.state.sign_in, SORSELE)
        cookies = {"Cookie": f"__Host-hanvisa={cookie}; hanvisa={cookie}"}
        by = {"X-Forwarded-For": "10.1.2.3"}
        plain = board.send(board.browser(), "GET", "/", headers={**by, "X-Forwarded-Proto": "http", **cookies})
        assert (plain.status_code, "Set-Cookie" in plain.headers) == (403, False)
        assert told(plain, OURS) == []
        secure = {**by, "X-Forwarded-Proto": "https"}
        assert (
            board.send(board.browser(), "GET", "/", headers={**secure, "Cookie": f"hanvisa={cookie}"}).status_code
            == 303
        )
        page = board.send(board.browser(), "GET", "/", headers={**secure, **cookies})
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"]
        form = board.send(board.browser(), "GET", "/sign-in", headers=secure)
        for kept in form.headers["Set-Cookie"].split(", "):
            assert kept.startswith("__Host-")
            assert {"Secure", "HttpOnly", "Path=/"} <= set(kept.split("; ")), kept


def test_without_a_proxy_what_a_request_says_of_itself_is_not_believed(board: Attacked) -> None:
    """Neither of its scheme, nor from where it comes, nor by what name."""
    forged = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.9.9.9;proto=https;host=evil.example",
        "X-Real-IP": "10.9.9.9",
        "X-Original-URL": "/sign-in/",
        "X-Rewrite-URL": "/healthz",
    }
    with capture_logs() as logs:
        answer = board.send(board.browser(), "GET", "/", headers=forged)
        board.send(signing_in(board), "POST", "/sign-in", headers=forged, data={"name": "eva", "password": "fel"})
    assert urlsplit(answer.headers["Location"])[:3] == ("", "", "/sign-in")
    assert "Strict-Transport-Security" not in answer.headers
    assert {one["address"] for one in logs} == {"127.0.0.1"}


def signing_in(board: Attacked, prefix: str = "") -> requests.Session:
    """A browser that has the page to sign in at."""
    browser = board.browser()
    browser.headers["Cookie"] = f"{prefix}hanvisa-form=x"
    browser.headers["X-CSRF"] = csrf.token_for(board.app.state.sign_in.sessions.secret, "x")
    return browser


def test_behind_a_proxy_only_its_own_word_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes addresses into X-Forwarded-For gets no more attempts: the proxy's own stands last."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    with towns.town(tmp_path, PROXY) as town, attacked(town) as board:
        browser = signing_in(board, "__Host-")
        browser.headers["X-Forwarded-Proto"] = "https"
        del browser.headers["Origin"]
        statuses = Counter(
            board.send(
                browser,
                "POST",
                "/sign-in",
                headers={"X-Forwarded-For": f"10.0.{number}.1, 192.0.2.7"},
                data={"name": "eva", "password": "fel"},
            ).status_code
            for number in range(20)
        )
        assert statuses == {403: 5, 429: 15}


def test_ten_thousand_wrong_passwords_are_few_guesses_and_lock_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a thousand addresses, within a minute: whoever has signed in from a browser before still does."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    hashed = Counter[str]()
    verify = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda *given: (hashed.update(given[:1]), verify(*given))[1])
    eva = User(name="eva", password=CHEAP.hash(PASSWORD), operates=("sorsele",))
    attempts = Attempts(lambda: Accounts(users=(eva,)), lambda: towns.TEN, b"secret")
    known = with_account(b"secret", "", attempts.key_of("eva"))

    async def attack() -> Counter[object]:
        found = Counter[object]()
        for number in range(10_000):
            found[await attempts.sign_in("eva", f"fel{number}", f"10.0.{number % 250}.{number % 4}")] += 1
        assert await attempts.sign_in("eva", PASSWORD, "10.0.1.1", known) == eva
        return found

    found = asyncio.run(attack())
    assert found[Outcome.WRONG] <= 50
    assert found[Outcome.TOO_MANY] == 10_000 - found[Outcome.WRONG]
    assert hashed.total() == found[Outcome.WRONG] + 1


def test_a_name_is_guessed_by_nothing(board: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is there and who is not get the same answer, and as much is done for either."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    answers = {
        board.send(signing_in(board), "POST", "/sign-in", data={"name": name, "password": "fel"}).status_code
        for name in ("eva", "ingen", "x" * 5000, "eva\0", "", "<script>")
    }
    assert answers == {403}
