"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents beside the checkout; absent for most users, required where CI is set."""
    if SHARED.is_dir():
        return SHARED
    if os.environ.get("CI"):
        pytest.fail("the folder ../shared with real documents is absent, and CI must have it")
    pytest.skip("the folder ../shared with real documents is absent (a user's checkout has none)")
