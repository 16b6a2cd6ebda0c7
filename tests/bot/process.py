"""The bot as a process of its own, so that it can be stopped and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from bot.sandbox.stage import SIGNING_SECRET
from bot.sandbox.transports import SignedHttp

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.workspace import Workspace


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """`metacentrex run` over HTTP."""

    def __init__(self, workspace: Workspace, base_url: str, database_url: str, log: Path) -> None:
        self.port = free_port()
        self._log = log
        self._environment = {
            "PATH": os.environ["PATH"],
            "SLACK_BOT_TOKEN": workspace.token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": base_url,
            "DATABASE_URL": database_url,
            "ACCESS_USERS": "U0AGATHE",
            "PORT": str(self.port),
            "LOG_FORMAT": "json",
        }
        workspace.transport = SignedHttp(f"http://127.0.0.1:{self.port}/slack/events", SIGNING_SECRET, 30)

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self._log.open("a") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=self._environment, stderr=log, stdout=log
            )
        end = time.monotonic() + 60
        while time.monotonic() < end and self.popen.poll() is None:
            with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                if answer.status == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.log)

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def kill(self) -> None:
        """Kill it as a crash does."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> int:
        """Ask it to stop, and give its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(timeout=30)
