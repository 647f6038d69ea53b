"""What a benchmark measured, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One measure: ours, the peer's of the same run where there is one, and the figure that it must reach, if any."""

    name: str
    ours: float
    target: float | None
    unit: str
    work: str
    peer: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's; None where there is none, or it took less than the clock can tell."""
        return self.ours / self.peer if self.peer else None

    @property
    def reached(self) -> bool:
        """Whether ours, or the ratio where there is a peer, is at most the target; always where there is none."""
        measured = self.ours if self.peer is None else self.ratio
        return self.target is None or (measured is not None and measured <= self.target)

    def as_json(self) -> dict[str, object]:
        """What docs/architecture.md "Measures" lists."""
        names = ("name", "ours", "peer", "ratio", "target", "unit", "work")
        return {name: getattr(self, name) for name in names}

    def line(self) -> str:
        """A line for a person."""
        beside = "" if self.peer is None else f", peer {self.peer:.3f}"
        beside += "" if self.ratio is None else f", ratio {self.ratio:.2f}"
        target = "" if self.target is None else f"; target {self.target:g} {'reached' if self.reached else 'MISSED'}"
        return f"{self.name}: {self.ours:.3f} {self.unit}{beside}{target} ({self.work})"
