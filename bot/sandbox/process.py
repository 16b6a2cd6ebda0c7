"""The bot as a process of its own, so that it can be stopped and killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from bot.sandbox.slack.transports import SignedHttp
from bot.sandbox.stage import SIGNING_SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.slack.workspace import Workspace

START_TIMEOUT = 60.0
"""Seconds that the bot has to become ready."""

STOP_TIMEOUT = 30.0
"""Seconds that it has to finish."""


class BotFailed(Exception):
    """The bot did not become ready."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """`metacentrex run` over HTTP; `variables` are its settings, `log` is where its log goes."""

    def __init__(
        self, workspace: Workspace, base_url: str, log: Path, *, patience: float = 3.0, **variables: str
    ) -> None:
        self.port = free_port()
        self.popen: subprocess.Popen[bytes] | None = None
        self._log = log
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": base_url,
            "PORT": str(self.port),
            "LOG_FORMAT": "json",
            **variables,
        }
        url = f"http://127.0.0.1:{self.port}/slack/events"
        workspace.transport = SignedHttp(url, SIGNING_SECRET, patience)

    def start(self) -> None:
        """Start, and wait until it is ready. Raises BotFailed with its log."""
        with self._log.open("a") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self._environment, stderr=log, stdout=log
            )
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end and self.is_running:
            # A bot that is not ready says 503, which urlopen raises.
            with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{self.port}/readyz"):
                return
            time.sleep(0.05)
        self.kill()
        raise BotFailed(self.log)

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill it as a crash does."""
        if self.popen:
            self.popen.kill()
            self.popen.wait()

    def stop(self) -> int | None:
        """Ask it to stop, and give its exit code; None if it never ran."""
        if self.popen is None:
            return None
        self.popen.terminate()
        return self.popen.wait(timeout=STOP_TIMEOUT)
