"""Fixtures for what needs a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from support.browser import launched


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with launched() as running:
        yield running
