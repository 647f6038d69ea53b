"""A stand-in for Entra's token endpoint and for Microsoft Graph, over HTTPS, in a process of its own.

It serves the same organisation as tests/exchange, whose EWS face can be asked beside it (`graph.exchange`). A test:

    @pytest.fixture(scope="module")
    def server() -> Iterator[Graph]:
        with Graph() as graph:
            yield graph

    def test_something(server: Graph) -> None:
        server.well_again()
        server.add_mailbox("anna@kommun.example", [{"subject": "SAM: Budget", "start": "2026-10-19T10:00", "end": …}])
        source = GraphSource(endpoint=server.endpoint, authority=server.authority, ca_file=server.ca_file, …)

Where it is: `endpoint`, `authority`, `ca_file`, `directory_id`, `client_id`, `secret`, `certificate` (a PEM).
Mailboxes: `add_mailbox(home="cloud" | "site" | "both")`, `move`, `remove_mailbox`; many by `Graph(mailboxes=1000)`.
Items: `add_item(s)`, `change_item`, `replace_items`, `remove_item`; their key `graph` overrides an event's properties.
Entra: `application(secret_expired=…, certificates=…, lifetime=…)`, `revoke_tokens`, `tokens`.
Rights: `grant` (consent: in new tokens), `scope` (RBAC: at once), `application(subject_in_basic=…)`.
Too much: `throttle` (a budget), `at_once`. Pages, delta, `uid`: `policy` (see policy.py), `end_delta_tokens`.
What goes wrong: `fault(kind, operation=…, share=…, mailbox=…, times=…)` (see faults.py), `answers`, `clear_faults`.
Time and counters: `now`, `counters`, `reset_counters`.

By hand: `python -m tests.graph --calendars FOLDER` prints where it listens, as JSON, and where its files are.
"""
