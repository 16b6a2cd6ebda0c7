"""What the log says of an error."""

from __future__ import annotations

import errno

import pytest

from bot.logs import described

SECRET = "Dupont"


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(SECRET), "ValueError"),
        (ConnectionRefusedError(errno.ECONNREFUSED, SECRET), "ConnectionRefusedError ECONNREFUSED"),
        (OSError(SECRET), "OSError"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_r14_an_error_is_named_by_what_is_nobodys(error: Exception, said: str) -> None:
    """Its type and its code tell an operator where to look; its message may hold a name or a number."""
    assert described(error) == said
