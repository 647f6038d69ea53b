"""What the reading of one file may cost, before the process that reads it is ended."""

from __future__ import annotations

PROCESSOR_SECONDS = 20
"""Of a file; `reading.LONGEST` ends its reading in part long before that, where it can."""

WALL_SECONDS = 60.0
"""Of a file: a disk, or a share, that does not answer."""

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space of the process; a file of 64 MiB takes half of that."""

NO_MEMORY = 12
"""The exit code of the process where it had too little memory (ENOMEM)."""
