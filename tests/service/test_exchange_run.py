"""`hanvisa run` with an Exchange among its tenants: one municipality's mistake is no other's."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.acceptance.municipality import Municipality
from tests.configuration import STORE, exchange_source, tenant_table
from tests.exchange.process import Exchange
from tests.forked import printed
from tests.service.test_run import EVERY_SECOND, PATIENCE, Running, tomorrow


def _mala(endpoint: str, user: str) -> str:
    return tenant_table("mala", exchange_source(endpoint, user, secret="mala-ews"))  # noqa: S106 - a name


def test_a_tenant_without_its_secret_stops_no_other(tmp_path: Path) -> None:
    """It is said, and when the secret is there SIGHUP begins with it."""
    with Exchange() as exchange:
        running = Running(Municipality(tmp_path, EVERY_SECOND))
        running.town.anna.books("SAM:", *tomorrow())
        exchange.add_mailbox("eva@mala.se")
        config = tmp_path / "hanvisa.toml"
        mala = _mala(exchange.endpoint, exchange.user)
        config.write_text(f'secrets_dir = "secrets"\n{config.read_text("utf-8")}{mala}', "utf-8")
        (tmp_path / "mala.csv").write_text("mailbox,name,extensions\neva@mala.se,Eva,5001\n", encoding="utf-8")
        process = running.starts()
        try:
            assert "mala-ews" in running.waits_for("tenant_refused", tenant="mala")["problem"]
            running.waits_for("referral_created", tenant="sorsele")
            (tmp_path / "secrets").mkdir()
            (tmp_path / "secrets" / "mala-ews").write_text(exchange.password, encoding="utf-8")
            told = running.town.hanvisa("status", "--json")
            assert (told.code, [(one["cause"], one["tenant"], one["command"]) for one in told.json["problems"]]) == (
                2,
                [("configuration_refused", "mala", "sudo systemctl reload hanvisa")],
            )
            process.send_signal(signal.SIGHUP)
            running.waits_for("trouble_over", trouble="tenant_refused")
            running.waits_for("tenant_taken", tenant="mala")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()


def test_alone_it_does_not_begin(tmp_path: Path) -> None:
    """The configuration is wrong, and says why: exit code 2."""
    running = Running(Municipality(tmp_path))
    config = tmp_path / "hanvisa.toml"
    mala = _mala("http://127.0.0.1:9/EWS/Exchange.asmx", "hanvisa")
    config.write_text(f'secrets_dir = "secrets"\n{STORE}{mala}', encoding="utf-8")
    (tmp_path / "mala.csv").write_text("mailbox,name,extensions\neva@mala.se,Eva,5001\n", encoding="utf-8")
    code, _, complained = printed(tmp_path, "run", "--config", str(config))
    assert running.processes == []
    assert code == 2
    assert "the secret cannot be read" in complained
