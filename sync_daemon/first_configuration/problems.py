"""What hanvisa would refuse of a first configuration, found by having it read as any other."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sync_daemon import directory, settings
from sync_daemon.findings import Finding, Severity
from sync_daemon.first_configuration.texts import configuration_text, directory_text
from sync_daemon.first_configuration.wanted import Wanted


def problem_with(wanted: Wanted) -> Finding | None:
    """The first thing that is wrong; None where `hanvisa check` would take both files as they are."""
    with tempfile.TemporaryDirectory(prefix="hanvisa-init-") as name:
        try:
            return _problem_in(Path(name), wanted)
        except settings.SettingsError as error:
            return error.findings[0]


def _problem_in(folder: Path, wanted: Wanted) -> Finding | None:
    """Raises SettingsError."""
    configuration = folder / "hanvisa.toml"
    configuration.write_text(configuration_text(wanted, "en"), encoding="utf-8", errors="replace")
    (tenant,) = settings.load(configuration, {}).tenants
    file = folder / "directory.csv"
    file.write_text(directory_text(wanted), encoding="utf-8", errors="replace")
    found = directory.read(file, tenant).findings
    return next((one for one in found if one.severity is not Severity.NOTE and wanted.person is not None), None)
