"""A browser tab with the sandbox in it, used as a person does: mouse, keyboard, what is written there."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 20_000
"""Milliseconds in which something must have appeared."""

expect.set_options(timeout=PATIENCE)


def chromium_path() -> str | None:
    """Find Chromium: CHROMIUM names it, else it is on the path."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, filter(None, names))), None)


@contextmanager
def launch(path: str) -> Iterator[Browser]:
    """Launch Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class Tab:
    """One tab. `complaints` are console errors and requests to other hosts: there must be none."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._host = urlsplit(url).netloc
        page.set_default_timeout(PATIENCE)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._on_request)
        page.goto(url)
        expect(self.composer).to_be_visible()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self.complaints.append(request.url)

    @property
    def composer(self) -> Locator:
        """Where one writes in the conversation."""
        return self.page.locator(".main").get_by_role("combobox", name="Message")

    @property
    def modal(self) -> Locator:
        """The modal on top."""
        return self.page.get_by_role("dialog")

    @property
    def messages(self) -> Locator:
        """The conversation."""
        return self.page.locator(".main").get_by_role("log")

    @property
    def scenes(self) -> Locator:
        """What is behind the scenes."""
        return self.page.get_by_role("complementary", name="Coulisses")

    def go(self, place: str) -> None:
        """Click a place or a person in the list at the left."""
        self.page.get_by_role("navigation").get_by_role("button", name=re.compile(place)).click()

    def start_anew(self) -> None:
        """Bring the park back."""
        told = self.page.get_by_text("Le parc de départ est revenu.")
        expect(told).to_have_count(0)
        self.page.get_by_role("button", name="Réinitialiser").click()
        expect(told).to_be_visible()

    def show_scenes(self) -> None:
        """Open what is behind the scenes."""
        self.page.locator(".top").get_by_role("button", name="Coulisses").click()
        expect(self.scenes).to_be_visible()

    def break_(self, fault: str) -> None:
        """Let something go wrong."""
        button = self.scenes.get_by_role("button", name=fault)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")

    def command(self, text: str) -> None:
        """Type a command and send it."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def shortcut(self, name: str) -> None:
        """Choose a global shortcut."""
        self.page.locator(".main").get_by_role("button", name="Raccourcis").click()
        self.page.get_by_role("menu").get_by_text(name, exact=True).click()

    def sees(self, text: str) -> None:
        """Expect a text in the modal."""
        expect(self.modal).to_contain_text(spaced(text))

    def reads(self, text: str) -> None:
        """Expect a text in the conversation."""
        expect(self.messages).to_contain_text(spaced(text))

    def tick(self, start: str) -> None:
        """Tick a box by how its text begins."""
        self.modal.get_by_role("checkbox", name=re.compile(start)).check()

    def press(self, name: str, *, beside: str = "") -> None:
        """Click a button of the modal."""
        place = self.modal.locator(".bk-section", has_text=beside) if beside else self.modal
        place.get_by_role("button", name=name, exact=True).click()

    def choose(self, label: str, query: str, start: str) -> None:
        """Type into a searchable list, and click the first choice, once it is the one that is meant."""
        self.modal.get_by_role("combobox", name=label).click()
        self.page.keyboard.type(query)
        first = self.page.get_by_role("option").first
        expect(first).to_contain_text(start)
        first.click()

    def type(self, label: str, text: str) -> None:
        """Type into a field."""
        self.modal.get_by_label(label).fill(text)

    def fill_in(self, label: str, address: str, postal_code: str, city: str) -> None:
        """Fill in the form of a site."""
        self.type("Nom du site", label)
        self.type("Adresse", address)
        self.type("Code postal", postal_code)
        self.type("Ville", city)

    def click_message(self, name: str) -> None:
        """Click the newest button of that name in the conversation."""
        self.messages.get_by_role("button", name=name).last.click()


def spaced(text: str) -> re.Pattern[str]:
    """Take any space for any other: French has three of them."""
    return re.compile(re.sub(r"\s+", r"\\s+", re.escape(text).replace(r"\ ", " ")))
