"""A stand-in for Entra's token endpoint and for Microsoft Graph, over HTTPS, in a process of its own.

It serves the same organisation as tests/exchange, with whose EWS face it can be asked side by side. A test:

    @pytest.fixture(scope="module")
    def server() -> Iterator[Graph]:
        with Graph() as graph:
            yield graph

    def test_something(server: Graph) -> None:
        server.add_mailbox("anna@kommun.example", [{"subject": "SAM: Budget", "start": "2026-10-19T10:00", "end": …}])
        source = GraphSource(endpoint=server.endpoint, authority=server.authority, ca_file=server.ca_file, …)

`server.secret` is the secret's text, `server.certificate` a PEM file with key and certificate. By hand:
`python -m tests.graph --calendars FOLDER` prints where it listens, as JSON, and where its files are.
"""
