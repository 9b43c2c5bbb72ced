"""A stdin that cannot be read."""

import pytest
from support.program import Home


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (["gen"], "the prompt"),
        (["gen", "-"], "the prompt"),
        (["batch"], "the batch file"),
        (["auth", "login"], "the key"),
    ],
)
def test_a_stdin_that_cannot_be_read_is_a_local_fault(home: Home, argv: list[str], what: str) -> None:
    with open("/dev/null", "wb") as unreadable:
        result = home.run(*argv, stdin=unreadable.fileno()).expect(10)
    assert f"seedream: error: {what} cannot be read from stdin: " in result.talk
