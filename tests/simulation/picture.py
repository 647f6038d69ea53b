"""The lags as a picture: SVG, hosts from left to right, seconds upwards on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 760, 420, 70, 40, 60, 190
_LINE = 16
_COLOURS = ("#1b5e9b", "#b3541e", "#3b7d3b", "#7a3b8f")
_LINES = ("", "8 4", "2 4", "10 4 2 4")
"""Not by colour alone."""
_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


def drawn(title: str, hosts: Sequence[int], lags: Mapping[str, Sequence[float]]) -> str:
    """A line a way; each has a lag in seconds a number of hosts."""
    names = _apart({name: _y(lags[name][-1]) for name in lags})
    lines = "\n".join(_way(number, name, names[name], lags[name]) for number, name in enumerate(lags))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(title)}</title>\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>\n{_axes(hosts)}\n{lines}\n</svg>\n'
    )


def _axes(hosts: Sequence[int]) -> str:
    rows = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(seconds):.1f}" y2="{_y(seconds):.1f}" stroke="#dddddd"/>'
        f'<text x="{_LEFT - 8}" y="{_y(seconds) + 4:.1f}" text-anchor="end">{_told(seconds)}</text>'
        for seconds in _SECONDS
    ]
    columns = [
        f'<text x="{_x(number, len(hosts)):.1f}" y="{_HEIGHT - _BOTTOM + 22}" text-anchor="middle">{count}</text>'
        for number, count in enumerate(hosts)
    ]
    below = f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 14}" text-anchor="middle">hosts</text>'
    return "\n".join([*rows, *columns, below])


def _apart(wanted: Mapping[str, float]) -> dict[str, float]:
    """How far down each name stands: at its line's end, but none over another."""
    found: dict[str, float] = {}
    for name, down in sorted(wanted.items(), key=lambda item: item[1]):
        found[name] = max(down, max(found.values(), default=0) + _LINE)
    return found


def _way(number: int, name: str, down: float, lags: Sequence[float]) -> str:
    colour, line = _COLOURS[number % len(_COLOURS)], _LINES[number % len(_LINES)]
    points = " ".join(f"{_x(place, len(lags)):.1f},{_y(lag):.1f}" for place, lag in enumerate(lags))
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{line}"/>'
        f'<text x="{_WIDTH - _RIGHT + 10}" y="{down + 4:.1f}" fill="{colour}">{escape(name)}</text>'
    )


def _x(place: int, places: int) -> float:
    return _LEFT + (place + 0.5) * (_WIDTH - _RIGHT - _LEFT) / places


def _y(seconds: float) -> float:
    low, high = math.log(_SECONDS[0]), math.log(_SECONDS[-1])
    part = (math.log(min(max(seconds, _SECONDS[0]), _SECONDS[-1])) - low) / (high - low)
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)


def _told(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else f"{seconds / 60:g} min"
