"""What is to be carried over to MyOpenIP: the list, its pages, its ticks (procedure 5, R15)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.carrying import OfAct, OfOperation
from handlers.names import Listing
from handlers.views import carrying as screen

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.carrying import What
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the list, and the ticks in it and under the confirmations."""
    routes, services = procedures.routes, procedures.services

    @routes.command(screen.COMMAND)
    def on_command(request: Request) -> None:
        request.open_afresh(shown(services, Listing(request.text)))

    @routes.action(screen.OPEN)
    def on_open(request: Request) -> None:
        request.open_afresh(shown(services, Listing()))

    @routes.submission(screen.LIST_VIEW)
    def on_search(request: Request) -> None:
        request.show(shown(services, Listing(request.entered(screen.SEARCH) or "")))

    @routes.action(screen.PREVIOUS, screen.NEXT)
    def on_page(request: Request) -> None:
        listing = Listing.parse(request.view.metadata)
        request.update(lambda: shown(services, Listing(listing.text, request.page)))

    @routes.action(screen.CARRIED)
    def on_carried(request: Request) -> None:
        said = _tick(services, screen.group(request.payload.value), request)
        request.update(lambda: shown(services, Listing.parse(request.view.metadata), said))

    @routes.action(screen.NOT_CARRIED)
    def on_not_carried(request: Request) -> None:
        act = OfAct(request.person, screen.act(request.payload.value))
        window = timedelta(hours=services.policy.undo_hours)
        said = screen.unticked(services.carrying.untick(act, window), services.policy.undo_hours)
        if request.in_modal:
            request.update(lambda: shown(services, Listing.parse(request.view.metadata), said))
        else:
            request.respond(screen.TITLE, said)

    @routes.action(screen.OPERATION_CARRIED)
    def on_operation_carried(request: Request) -> None:
        said = _tick(services, OfOperation(request.operation), request)
        request.respond(screen.TITLE, said, replace=False)


def _tick(services: Services, what: What, request: Request) -> list[Block]:
    return screen.ticked(services.carrying.tick(what, request.person))


def shown(services: Services, listing: Listing, said: list[Block] | None = None) -> View:
    """Show a page of what is to be carried over; `said` tells what the last click did."""
    page = services.carrying.owed(listing.text, listing.page)
    return screen.owed(page, Listing(listing.text, page.page), said or [])
