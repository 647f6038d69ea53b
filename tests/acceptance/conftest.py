"""The municipality of the acceptance tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele, with Anna and Bo."""
    return Municipality(tmp_path)
