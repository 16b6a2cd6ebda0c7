"""The Home tab, and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import Block, HeaderBlock
from slack_sdk.models.views import View

from handlers import french
from handlers.views import actions, bold, bullets, button, line, plain

if TYPE_CHECKING:
    from handlers.views import Part

MOVE = "home.move"
TERMINATE = "home.terminate"
DISSOCIATE = "home.dissociate"
ADD_SITE = "home.add_site"

COMMANDS = {
    "/licence-site": "changer l’adresse de licences. En une ligne"
    + french.COLON
    + " /licence-site FPC367128 vers Entrepôt Nord",
    "/licence-resilier": "résilier des licences sans numéro. En une ligne"
    + french.COLON
    + " /licence-resilier FPC367128",
    "/licence-dissocier": "dissocier un numéro de sa licence. En une ligne"
    + french.COLON
    + " /licence-dissocier 04 91 00 00 01",
    "/site-ajouter": "ajouter un site à un client",
    "/licence-aide": "afficher cette aide",
}
"""What each command does."""


def home() -> View:
    """Offer the procedures."""
    return View(
        type="home",
        blocks=[
            HeaderBlock(text=plain("Licences MetaCentrex")),
            line("Choisissez une action. Rien n’est appliqué avant votre confirmation."),
            actions(
                button("Changer l’adresse", MOVE, "move", "primary"),
                button("Résilier une licence", TERMINATE, "terminate"),
                button("Dissocier un numéro", DISSOCIATE, "dissociate"),
                button("Ajouter un site", ADD_SITE, "add"),
            ),
            *commands(),
        ],
    )


def commands() -> list[Block]:
    """Say what each command does."""
    lines: list[list[Part]] = [[bold(name), f"{french.COLON} {what}"] for name, what in COMMANDS.items()]
    return [bullets([bold("Les commandes")], lines)]


def closed(text: str) -> View:
    """Say that there is nothing here for this person."""
    return View(type="home", blocks=[line(text)])
