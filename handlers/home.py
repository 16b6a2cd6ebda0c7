"""The Home tab, and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.dissociating import Steps as DissociatingSteps
from handlers.moving import Steps as MovingSteps
from handlers.payloads import Kind
from handlers.sites import Steps as SitesSteps
from handlers.terminating import Steps as TerminatingSteps
from handlers.views import home as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Offer the procedures on the Home tab, and explain them."""

    @routes.command("/licence-aide")
    def on_help(request: Request) -> None:
        request.reply("Les commandes", screen.commands())

    @routes.event("app_home_opened")
    def on_home(request: Request) -> None:
        if request.payload.tab == "home":
            _publish(request, screen.home())
        request.acknowledge()

    @routes.action(screen.MOVE)
    def on_move(request: Request) -> None:
        MovingSteps(services).begin(request)

    @routes.action(screen.TERMINATE)
    def on_terminate(request: Request) -> None:
        TerminatingSteps(services).begin(request)

    @routes.action(screen.DISSOCIATE)
    def on_dissociate(request: Request) -> None:
        DissociatingSteps(services).begin(request)

    @routes.action(screen.ADD_SITE)
    def on_add_site(request: Request) -> None:
        SitesSteps(services).begin(request)

    routes.turned_away(Kind.EVENT, _close)


def _publish(request: Request, view: View) -> None:
    request.client.views_publish(user_id=request.person, view=view.to_dict())


def _close(request: Request, text: str) -> None:
    _publish(request, screen.closed(text))
    request.acknowledge()
