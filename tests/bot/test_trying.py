"""`metacentrex webhook`: an operator tries it, and learns what is at fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.program import run
from tests.receiver import SECRET, Receiver, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver on this machine."""
    receiver = Receiver()
    yield receiver
    receiver.close()


def attempt(receiver: Receiver, **variables: str) -> CompletedProcess[str]:
    """Send a test event."""
    chosen = {"WEBHOOK_URL": receiver.url, "WEBHOOK_SECRET": SECRET, "WEBHOOK_ALLOW_PRIVATE": "1"}
    return run("webhook", "test", **{**chosen, **variables})


def test_a_test_tells_what_came_back(receiver: Receiver) -> None:
    """And needs neither Slack nor a database."""
    receiver.replies = [Reply(202, body=b"thank\nyou")]
    tried = attempt(receiver)
    request = receiver.next()
    assert request.verified()["type"] == "webhook.test"
    assert (tried.returncode, tried.stdout) == (
        0,
        f"127.0.0.1 took event {request.key}: 202 (thank you)\n",
    )


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(204), None),
        (Reply(500, body=b"out of order"), "WEBHOOK_URL: the receiver answered 500 (out of order)"),
        (Reply(410), "WEBHOOK_URL: the receiver answered 410: it is gone"),
        (
            Reply(302, {"location": "/"}),
            "WEBHOOK_URL: the receiver answered 302: redirects are not followed, name where it leads",
        ),
        (
            Reply(raw=b"SSH-2.0\r\n"),
            "WEBHOOK_URL: 127.0.0.1 can't be told: what answers there speaks no HTTP: BadStatusLine",
        ),
    ],
)
def test_what_is_at_fault_is_named(receiver: Receiver, reply: Reply, told: str | None) -> None:
    """With exit code 2, and without the address, which may hold a secret."""
    receiver.replies = [reply]
    tried = attempt(receiver)
    assert (tried.returncode, tried.stderr) == ((2, f"error: {told}\n") if told else (0, ""))


def test_what_is_not_configured_is_named(receiver: Receiver) -> None:
    """The variables that it takes."""
    tried = attempt(receiver, WEBHOOK_URL="")
    assert tried.returncode == 2
    assert tried.stderr.startswith("error: WEBHOOK_URL: is missing; set it and WEBHOOK_SECRET")


def test_the_schema_is_printed() -> None:
    """For whoever writes a receiver."""
    assert json.loads(run("webhook", "schema").stdout)["discriminator"]["propertyName"] == "type"
