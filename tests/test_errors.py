"""The tree of errors: what each says about money agrees with the status it ends with."""

from collections.abc import Iterator

import pytest

from seedream_cli import errors
from seedream_cli.errors import DownloadError, OutcomeUnknownError, SeedreamError
from seedream_cli.exits import ExitStatus


def tree(root: type[SeedreamError] = SeedreamError) -> Iterator[type[SeedreamError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from tree(kind)


ALL = sorted(set(tree()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_ends_with_8_exactly_where_money_may_be_spent_and_with_9_where_it_is(
    kind: type[SeedreamError],
) -> None:
    assert issubclass(kind, OutcomeUnknownError) == (kind.exit_status is ExitStatus.UNKNOWN)
    assert issubclass(kind, DownloadError) == (kind.exit_status is ExitStatus.UNSAVED)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_error_but_the_root_counts_as_a_bug(kind: type[SeedreamError]) -> None:
    assert kind.exit_status is not ExitStatus.BUG


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_in_the_drawn_tree(kind: type[SeedreamError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_a_hint_given_beats_the_usual_one() -> None:
    assert errors.AuthenticationError("no").hint == errors.AuthenticationError.default_hint
    assert errors.AuthenticationError("no", hint="look here").hint == "look here"
