"""The Home tab, and the help."""

from __future__ import annotations

from slack_sdk.models.blocks import Block, HeaderBlock
from slack_sdk.models.views import View

from handlers.views import actions, bold, bullets, button, line, plain

MOVE = "home.move"
TERMINATE = "home.terminate"
DISSOCIATE = "home.dissociate"
ADD_SITE = "home.add_site"

COMMANDS = {
    "/licence-site": "changer l’adresse de licences. Tout dire d’un coup : /licence-site FPC367128 vers Entrepôt Nord",
    "/licence-resilier": "résilier des licences sans numéro. Une seule : /licence-resilier FPC367128",
    "/licence-dissocier": "dissocier un numéro de sa licence. Un seul : /licence-dissocier 04 91 00 00 01",
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
    lines = [[bold(name), f"\u00a0: {what}".replace(" : ", "\u00a0: ")] for name, what in COMMANDS.items()]
    return [bullets([bold("Les commandes")], lines)]


def closed(text: str) -> View:
    """Say that there is nothing here for this person."""
    return View(type="home", blocks=[line(text)])
