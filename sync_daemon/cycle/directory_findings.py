"""What is wrong or doubtful about a directory beside the store, in words for `check`, `once` and the log."""

from __future__ import annotations

from collections.abc import Iterator

from sync_daemon.cycle.leavers import Leavers
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Tenant
from sync_daemon.store import DirectoryWritten
from sync_daemon.texts import Text


def unsettled(tenant: Tenant, *, long: bool) -> Finding:
    """That the directory is being written; `long`: it has been for so long that somebody should know."""
    return Finding(
        Severity.WARNING if long else Severity.NOTE,
        str(tenant.directory),
        Text("is being written; the store's people stay in use until it has been left alone for two seconds"),
        Text("write it under another name and rename it into place"),
    )


def cut_line(tenant: Tenant, number: int) -> Finding:
    """That the last line may have been cut."""
    return Finding(
        Severity.ERROR,
        Text("{file}, line {number}", file=tenant.directory, number=number),
        Text("skipped: the file ends before the line does, so it may have been cut; nobody leaves"),
        Text("write the file whole, with a line break at its end"),
    )


def another_tenant(tenant: Tenant, former: str) -> Finding:
    """That it lists the people of a tenant that is gone.

    Nobody is taken over meanwhile, lest `tenant rename` finds people under the new id.
    """
    return Finding(
        Severity.ERROR,
        str(tenant.directory),
        Text(
            "lists the people of {former}, a tenant that the configuration does not have; nobody is taken into use",
            former=former,
        ),
        Text(
            "where {former} is {tenant} now, end the service and run `hanvisa tenant rename {former} {tenant}`",
            former=former,
            tenant=tenant.id,
        ),
    )


def refused(written: DirectoryWritten, found: Leavers) -> Iterator[Finding]:
    """Extensions that are somebody else's, and stay so."""
    for extension, wanted_by, holder in written.refused_extensions:
        problem = Text(
            "the extension {extension} is {holder}'s already, and stays with them", extension=extension, holder=holder
        )
        remedy = Text("put it right in the directory: an extension is one person's")
        if holder in found.held:
            problem = Text("{problem} while the brake holds back that they leave", problem=problem)
            remedy = Text("see what is said of those who would leave")
        yield Finding(Severity.WARNING, wanted_by, problem, remedy)
    for extension, wanted_by, holder in written.waiting_extensions:
        problem = Text(
            "the extension {extension} stays with {holder}, who has left, while it is referred by hand",
            extension=extension,
            holder=holder,
        )
        yield Finding(
            Severity.WARNING,
            wanted_by,
            problem,
            Text("wait, or open it with `hanvisa open {extension}`", extension=extension),
        )


def held(tenant: Tenant, found: Leavers, *, written: bool) -> Iterator[Finding]:
    """That the brake holds leavers back, where it does; `written`: the store has it so.

    Nobody can approve a set that no cycle has written yet, and the next one may hold others in it.
    """
    if found.name is None:
        return
    counts = {"count": found.count, "of": found.of, "held": len(found.held)}
    if written or found.is_known:
        problem = Text(
            "{count} of {of} people would leave within a day: {held} are held back, as set {set}, and stay as they are",
            **counts,
            set=str(found.name),
        )
        remedy = Text(
            "see that the file is whole; if they have left, run `hanvisa approve {tenant} {set}`",
            tenant=tenant.id,
            set=str(found.name),
        )
    else:
        problem = Text(
            "{count} of {of} people would leave within a day: {held} would be held back, and stay as they are", **counts
        )
        remedy = Text("see that the file is whole; if they have left, the next cycle names the set that lets them go")
    yield Finding(Severity.WARNING, str(tenant.directory), problem, remedy)


def shrunk(tenant: Tenant, lines: int, before: int) -> Finding:
    """That too few lines are left to be believed."""
    return Finding(
        Severity.ERROR,
        str(tenant.directory),
        Text(
            "has lost over half of its lines: {lines} are left of {before}; the store's people stay in use",
            lines=lines,
            before=before,
        ),
        Text("put the missing lines back; if so many people have left, take them out in two or more steps"),
    )
