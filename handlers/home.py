"""The Home tab, and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.payloads import Kind
from handlers.views import carrying as carrying_views
from handlers.views import home as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from handlers.procedures import Procedures
    from handlers.requests import Request


def register(procedures: Procedures) -> None:
    """Offer the procedures on the Home tab, and explain them."""
    routes, services = procedures.routes, procedures.services
    entries = [face.entry for face in procedures.faces.values() if face.entry]
    commands = {entry.command: entry.help for entry in entries}
    commands |= {carrying_views.COMMAND: carrying_views.HELP, screen.HELP: screen.HELP_SAYS}
    buttons = [(entry.button, entry.home) for entry in entries]

    @routes.command(screen.HELP)
    def on_help(request: Request) -> None:
        request.reply("Les commandes", screen.help_(commands))

    @routes.event("app_home_opened")
    def on_home(request: Request) -> None:
        if request.payload.tab == "home":
            _publish(request, screen.home(buttons, carrying_views.home(services.carrying.count()), commands))
        request.acknowledge()

    routes.turned_away(Kind.EVENT, _close)


def _publish(request: Request, view: View) -> None:
    request.client.views_publish(user_id=request.person, view=view.to_dict())


def _close(request: Request, text: str) -> None:
    _publish(request, screen.closed(text))
    request.acknowledge()
