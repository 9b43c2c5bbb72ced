"""Fixtures for all tests: a service of one's own, and a home of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.program import Home
from support.replies import CANARY_KEY
from support.service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    """The scripted service on loopback."""
    with Service() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, service: Service) -> Home:
    """A home in which the program talks to `service` with a key that no output may show."""
    return Home(tmp_path / "home", {"SEEDREAM_BASE_URL": service.base_url, "BYTESPIKE_API_KEY": CANARY_KEY})


@pytest.fixture
def offline_home(tmp_path: Path) -> Home:
    """A home without a key and without a service."""
    return Home(tmp_path / "home")
