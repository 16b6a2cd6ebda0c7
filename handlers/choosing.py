"""The first step of three procedures: a free search, then the service."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

from domain.errors import DraftGone, ServiceNotActive, UnknownOperation
from domain.values import DraftId, OperationId, OperationKind, ServiceState
from handlers import refusals, views
from handlers.requests import RESUME
from handlers.views import history as history_views
from handlers.views import options
from handlers.views.services import SEARCH, SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.models.views import View

    from domain.rows import Found
    from handlers.requests import Request
    from handlers.routing import Routes, Step
    from handlers.services import Services

    Ask = Callable[[DraftId, str | None], View]
    """What asks for the service, with why what was typed is not enough."""

Row = TypeVar("Row")


def begin(
    request: Request,
    services: Services,
    kind: OperationKind,
    ask: Ask,
    after: Step,
    show: Callable[[DraftId, Request], None],
) -> None:
    """Open a procedure with what the command's text names already chosen.

    `ask` asks for the service; `after` is the step that follows once it is known; `show` shows the plan of an
    order in the conversation.
    """
    row, command = services.drafts.name(kind, request.person, request.channel, request.text)
    misfits = " ".join(refusals.sentence(each) for each in command.misfits)
    if command.is_order and not misfits:
        show(row.id, request)
    elif command.is_order or (row.service_id and command.found.licence_ids and misfits):
        request.offer(row.id, misfits)
    elif row.service_id:
        request.open(after(row.id, request), row.id)
    else:
        request.open(ask(row.id, notice(command.found, row.search)), row.id)


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


def first_step(services: Services, ask: Ask) -> Step:
    """Make the step that asks for the service, told what the draft's own search finds."""

    def step(draft: DraftId, request: Request) -> View:
        text = services.drafts.read(draft, request.person).search
        return ask(draft, notice(services.park.find(text), text))

    return step


def matches(
    request: Request, services: Services, search: Callable[[str], tuple[Row, ...]]
) -> tuple[Row, ...]:
    """Search what is typed; before anything is, what the draft's own search finds, or everything."""
    if request.text:
        return search(request.text)
    return search(services.drafts.read(request.draft, request.person).search) or search("")


def choose(request: Request, services: Services, after: Step) -> None:
    """Take the service that was chosen, and show the step that follows."""
    try:
        services.drafts.choose_service(request.draft, request.person, request.entered_id(SERVICE))
    except ServiceNotActive as error:
        request.fault({SERVICE: refusals.sentence(error)})
    else:
        request.show(after(request.draft, request))


def again(request: Request, services: Services, kind: OperationKind, after: Step) -> None:
    """Begin a procedure anew where an operation was done: same conversation, customer and service."""
    done = services.drafts.read(DraftId(request.operation), request.person)
    fresh = services.drafts.begin(
        kind, request.person, done.channel, service_id=done.service_id, customer_id=done.customer_id
    )
    request.update(lambda: after(fresh, request))


def register(routes: Routes, services: Services) -> None:
    """Answer the search for a service, and the buttons that lead back into a draft or out of one."""

    @routes.options(SEARCH)
    def on_search(request: Request) -> None:
        found = matches(request, services, services.park.search_services)
        request.choices([options.service(service) for service in found])

    @routes.action(RESUME)
    def on_resume(request: Request) -> None:
        row = services.drafts.reopen(request.draft, request.person)
        request.open(routes.view_of(row.kind)(row, request), row.id)

    @routes.action(views.ABANDON)
    def on_abandon(request: Request) -> None:
        try:
            done = services.operations.read(OperationId(request.draft))
        except UnknownOperation:
            with contextlib.suppress(DraftGone):  # it has expired, and is gone as well
                services.drafts.drop(request.draft, request.person)
            request.respond(refusals.ABANDONED)
        else:  # confirmed a moment ago: too late
            request.respond(f"{refusals.TOO_LATE} {history_views.headline(done)}")
