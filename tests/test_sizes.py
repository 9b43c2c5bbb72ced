"""Sizes, as they are typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedream_cli import catalog
from seedream_cli.errors import InputError
from seedream_cli.sizes import parse_size, resolve_size


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=20))
def test_whatever_is_typed_as_a_size_is_a_size_or_refused(text: str) -> None:
    try:
        width, height = parse_size(text)
    except InputError:
        return
    assert 1 <= width <= 16384
    assert 1 <= height <= 16384


def test_sizes_go_by_their_shape_too() -> None:
    lite, edges = catalog.find("seedream-v5lite"), catalog.find("seedream-v4.5")
    assert [resolve_size(word, lite) for word in ("square", "Portrait", " LANDSCAPE ")] == [
        "1024x1024",
        "1024x1536",
        "1536x1024",
    ]
    assert [resolve_size(word, edges) for word in (None, "square", "portrait", "landscape")] == [
        "2048x2048",
        "2048x2048",
        "1024x2048",
        "2048x1024",
    ]
    assert resolve_size("1024\N{MULTIPLICATION SIGN}1536", lite) == "1024x1536"
    assert resolve_size("01024X1024", None) == "1024x1024"
    with pytest.raises(InputError, match="no portrait size"):
        resolve_size("portrait", catalog.Model("square-only", ("1024x1024",), 0.01, ""))
