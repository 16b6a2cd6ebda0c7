"""Both procedures, played by the real bot in a Slack in memory, and printed as a person sees them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot import logs
from bot.sandbox.stage import Stage, open_workspace, put_on
from domain.database import Database
from domain.importing import import_park

PARK = Path(__file__).parent / "park"
AGENT = "U0AGATHE"
CHANNEL = "C0SUPPORT"


def play() -> None:
    """Play both procedures on the demonstration park."""
    logs.configure("WARNING", "console")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/park.db"
        database = Database(url)
        database.migrate()
        import_park(database, PARK, lambda *_: None)
        database.close()
        workspace, api, base_url = open_workspace()
        workspace.add_person(AGENT, "Agathe")
        workspace.add_channel(CHANNEL, "support")
        stage = put_on(workspace, api, base_url, database_url=url, access_users=AGENT)
        try:
            _Play(stage).play()
        finally:
            stage.close()


class _Play:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._agent = stage.actor(AGENT)
        self._console = Console(highlight=False)

    def play(self) -> None:
        agent = self._agent
        agent.command(CHANNEL, "/licence-site", "Provence")
        self._modal("/licence-site Provence")
        agent.tick("FPC367128", "FPC367129")
        self._modal("cocher FPC367128 et FPC367129")
        agent.submit()
        agent.choose("Site", "Entrepôt Nord")
        agent.type("Motif", "Déménagement")
        self._modal("Choisir le site")
        agent.submit()
        self._modal("Vérifier")
        agent.submit()
        self._modal("Valider")
        agent.close()
        agent.command(CHANNEL, "/licence-resilier", "Provence")
        self._modal("/licence-resilier Provence")
        agent.click("Dissocier un numéro", beside="Licence SVI")
        agent.submit()
        self._modal("Dissocier un numéro (Licence SVI)")
        agent.submit()
        self._modal("Valider : retour à la résiliation, compteurs à jour")
        agent.click("Résilier", beside="Licence SVI")
        self._modal("Résilier (Licence SVI)")
        agent.submit()
        self._modal("Continuer")
        agent.submit()
        self._modal("Confirmer la résiliation")
        self._stage.settle()
        self._show("#support", agent.conversation(CHANNEL))

    def _modal(self, did: str) -> None:
        self._show(did, self._agent.screen)

    def _show(self, title: str, text: str) -> None:
        self._console.print(Panel(Text(text), title=Text(title), title_align="left"))
