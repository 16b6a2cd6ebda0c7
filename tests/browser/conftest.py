"""A sandbox for each worker, and a fresh tab for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.process import free_port
from tests.browser.tab import Tab, chromium_path, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Chromium. Where BROWSER_REQUIRED is set, as in CI, its absence is a failure."""
    path = chromium_path()
    if path is None:
        if "BROWSER_REQUIRED" in os.environ:
            pytest.fail("there is no Chromium here: install Debian's package chromium")
        pytest.skip("there is no Chromium here; Debian's package chromium has it")
    with launch(path) as browser:
        yield browser


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Start a server that says when it is ready, and give its URL."""
    port = free_port()
    command = [sys.executable, "-m", *arguments, "--port", str(port)]
    environment = {"PATH": os.environ["PATH"]}  # NiceGUI behaves otherwise where it sees pytest's variables
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().strip() == f"ready: http://localhost:{port}"
            yield f"http://localhost:{port}/"
        finally:
            process.terminate()
        try:
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[str]:
    """Serve the sandbox, and give its URL."""
    with served("bot", "sandbox", "--no-open") as url:
        yield url


@pytest.fixture
def tab(browser: Browser, sandbox: str) -> Iterator[Tab]:
    """Open a tab on a fresh park; in the end its console is empty, and no other host was asked."""
    with opened(browser, sandbox) as tab:
        tab.start_anew()
        yield tab


@contextmanager
def opened(browser: Browser, url: str, **options: object) -> Iterator[Tab]:
    """Open a tab of its own."""
    chosen: dict[str, object] = {"viewport": {"width": 1280, "height": 720}, "locale": "fr-FR", **options}
    context = browser.new_context(**chosen)  # type: ignore[arg-type]
    tab = Tab(context.new_page(), url)
    yield tab
    context.close()
    assert tab.complaints == []
