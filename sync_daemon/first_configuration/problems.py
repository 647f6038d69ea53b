"""What hanvisa would refuse of a first configuration, found by having it read as any other."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from sync_daemon import directory, settings
from sync_daemon.findings import Finding, Severity
from sync_daemon.first_configuration.texts import configuration_text, directory_text
from sync_daemon.first_configuration.wanted import Wanted
from sync_daemon.texts import Text


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
    return next(map(_unskipped, filter(_counts, found)), None) if wanted.person is not None else None


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE


def _unskipped(finding: Finding) -> Finding:
    """Of a line that does not exist yet nothing is skipped: what is wrong with it is said alone."""
    problem = finding.problem
    if isinstance(problem, Text) and problem.template == "skipped: {problem}":
        return replace(finding, problem=problem.values["problem"])
    return finding
