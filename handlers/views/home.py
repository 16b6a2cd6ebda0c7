"""The Home tab, and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block, HeaderBlock
from slack_sdk.models.views import View

from handlers import french
from handlers.views import actions, bold, bullets, button, line, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handlers.views import Part

HELP = "/licence-aide"
HELP_SAYS = "afficher cette aide"


def home(buttons: Sequence[tuple[str, str]], sections: Sequence[Block], commands: Mapping[str, str]) -> View:
    """Offer the procedures, by the names and actions of their buttons; then what is to be seen to."""
    row = [
        button(name, action, action, None if rank else "primary")
        for rank, (name, action) in enumerate(buttons)
    ]
    return View(
        type="home",
        blocks=[
            HeaderBlock(text=plain("Licences MetaCentrex")),
            line("Choisissez une action. Rien n’est appliqué avant votre confirmation."),
            actions(*row),
            *sections,
            *help_(commands),
        ],
    )


def help_(commands: Mapping[str, str]) -> list[Block]:
    """Say what each command does."""
    lines: list[list[Part]] = [[bold(name), f"{french.COLON} {what}"] for name, what in commands.items()]
    return [bullets([bold("Les commandes")], lines)]


def closed(text: str) -> View:
    """Say that there is nothing here for this person."""
    return View(type="home", blocks=[line(text)])
