"""The first step of three procedures: a free search, then the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from domain.errors import ServiceNotActive
from domain.values import ServiceState
from handlers import refusals
from handlers.views import options
from handlers.views.services import SEARCH, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.rows import Found
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services

Row = TypeVar("Row")


def notice(found: Found, text: str) -> str | None:
    """Say why a search that came with the command does not name one service."""
    if not text:
        return None
    match found.services:
        case () if found.left:
            return refusals.sentence(found.left)
        case ():
            return refusals.nothing_found(text)
        case (service,) if service.state is not ServiceState.ACTIVE:
            return refusals.sentence(ServiceNotActive(service.reference, service.state))
        case (_,):
            return refusals.sentence(found.left) if found.left else None
        case _:
            return refusals.several_found(text)


def matches(
    request: Request, services: Services, search: Callable[[str], tuple[Row, ...]]
) -> tuple[Row, ...]:
    """Search what is typed; before anything is, what the draft's own search finds, or everything."""
    if request.text:
        return search(request.text)
    return search(services.drafts.read(request.draft, request.person).search) or search("")


def choose(request: Request, services: Services) -> bool:
    """Take the service that was chosen; say under its field why not, and tell whether it was."""
    try:
        services.drafts.choose_service(request.draft, request.person, request.entered_id(SERVICE))
    except ServiceNotActive as error:
        request.fault({SERVICE: refusals.sentence(error)})
        return False
    return True


def register(routes: Routes, services: Services) -> None:
    """Answer the search for a service."""

    @routes.options(SEARCH)
    def on_search(request: Request) -> None:
        found = matches(request, services, services.park.search_services)
        request.choices([options.service(service) for service in found])
