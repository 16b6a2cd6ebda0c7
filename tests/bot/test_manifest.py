"""The manifest names what the bot serves, within Slack's rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.checking import SCOPES
from bot.sandbox.slack import workspace
from handlers import NOUNS
from handlers.payloads import Kind
from handlers.routing import Routes
from handlers.views.carrying import COMMAND
from handlers.views.home import HELP

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.stage import Stage

MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, perform: Callable[..., Stage]) -> dict[Kind, set[str]]:
    """Collect what is registered."""
    mounted: list[Routes] = []
    mount = Routes.mount

    def remember(self: Routes, app: Any) -> None:
        mounted.append(self)
        mount(self, app)

    monkeypatch.setattr(Routes, "mount", remember)
    perform()
    found: dict[Kind, set[str]] = {}
    for kind, key in mounted[0]._handlers:
        found.setdefault(kind, set()).add(key)
    return found


def test_the_manifest_names_the_commands_and_shortcuts_that_are_served(served: dict[Kind, set[str]]) -> None:
    """No more and no fewer; the help names the same commands."""
    commands = {each["command"] for each in MANIFEST["features"]["slash_commands"]}
    shortcuts = {each["callback_id"] for each in MANIFEST["features"]["shortcuts"]}
    helped = {noun.FACE.entry.command for noun in NOUNS if noun.FACE.entry} | {COMMAND, HELP}
    assert commands == served[Kind.COMMAND] == helped
    assert shortcuts == served[Kind.SHORTCUT]


def test_the_manifest_asks_for_the_scopes_that_are_checked() -> None:
    """And the simulator grants no other."""
    scopes = MANIFEST["oauth_config"]["scopes"]["bot"]
    assert tuple(scopes) == SCOPES
    assert set(scopes) == workspace.SCOPES


def test_the_manifest_keeps_slacks_limits() -> None:
    """Shortcut names of 24 characters, a long description of 175 at least."""
    assert all(len(each["name"]) <= 24 for each in MANIFEST["features"]["shortcuts"])
    assert 175 <= len(MANIFEST["display_information"]["long_description"]) <= 4000
    assert len(MANIFEST["display_information"]["description"]) <= 140
