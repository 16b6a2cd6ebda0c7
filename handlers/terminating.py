"""Procedure 2: terminating licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import NothingSelected, QuantityNotWhole, QuantityTooLarge, Refused, ServiceNotActive
from domain.terminating import TERMINATING, read_quantity
from domain.values import LicenceType, OperationKind
from handlers import refusals, views
from handlers.faces import Entry, Face, Inline
from handlers.views import terminating as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.terminating import TerminationPlan
    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the clicks of procedure 2."""
    routes, services = procedures.routes, procedures.services
    drafts = services.drafts

    @routes.action(screen.CHANGE_SERVICE)
    def on_change_service(request: Request) -> None:
        request.update(lambda: procedures.ask_service(FACE, request, request.draft))

    @routes.action(screen.TERMINATE)
    def on_type(request: Request) -> None:
        drafts.change(request.draft, request.person, licence_type=request.clicked(LicenceType), quantity=None)
        count = services.selecting.count(request.draft, request.person)
        if count.terminable:
            _, service = drafts.with_service(request.draft, request.person)
            request.push(screen.quantity(request.draft, service, count))
        else:  # somebody was quicker: the button is out of date
            request.update(lambda: types(services, request.draft, request))

    @routes.submission(screen.QUANTITY_VIEW)
    def on_quantity(request: Request) -> None:
        try:
            quantity = read_quantity(request.entered(screen.QUANTITY))
            drafts.change(request.draft, request.person, quantity=quantity)
            plan = procedures.plan(FACE, request, request.draft)
        except (QuantityNotWhole, QuantityTooLarge) as error:
            request.fault({screen.QUANTITY: refusals.sentence(error)})
        else:
            request.show(plan)

    @routes.action(screen.DISSOCIATE)
    def on_dissociate(request: Request) -> None:
        licence_type = request.clicked(LicenceType)
        kind = OperationKind.DISSOCIATION
        child = drafts.branch(request.draft, request.person, kind, licence_type=licence_type)
        request.push(procedures.branch(child, request))

    @routes.action(screen.DISSOCIATE_INLINE)
    def on_dissociate_inline(request: Request) -> None:
        plan = services.orders.preview(TERMINATING, request.draft, request.person)
        if not plan.held:  # somebody was quicker
            blocks = screen.inline(request.draft, plan, refusals.PARK_MOVED)
            request.respond(refusals.PARK_MOVED, blocks)
            return
        child = drafts.branch(
            request.draft,
            request.person,
            OperationKind.DISSOCIATION,
            licences=[licence.id for licence in plan.held],
            response_url=request.payload.response_url,
        )
        request.open(procedures.branch(child, request), child.id)


def now(services: Services, row: DraftRow, request: Request) -> View:
    """Show the draft where it stands."""
    plan = _plan(services, row.id, request) if row.licence_type is None else None
    if plan and plan.to_terminate:
        return screen.confirm(row.id, plan, close=request.way_out)
    return types(services, row.id, request)


def _plan(services: Services, draft: DraftId, request: Request) -> TerminationPlan | None:
    """Plan the termination of what is ticked, if anything is."""
    try:
        return services.orders.preview(TERMINATING, draft, request.person)
    except NothingSelected:
        return None
    except ServiceNotActive:
        if services.selecting.selection(draft, request.person).total:
            raise
        return None


def types(services: Services, draft: DraftId, request: Request, done: str | None = None) -> View:
    """Show the eight types."""
    service, counts = services.selecting.counts(draft, request.person)
    return screen.types(draft, service, counts, done)


def refused(services: Services, request: Request, error: Refused) -> None:
    """Bring the list of types up to date where somebody was quicker, and say how many can still go (R5)."""
    if not isinstance(error, QuantityTooLarge):
        raise error
    request.update_below(types(services, request.draft, request))
    request.show(views.refusal(refusals.sentence(error)))


FACE = Face(
    procedure=TERMINATING,
    title=screen.TITLE,
    words=screen.WORDS,
    confirm_view=screen.CONFIRM_VIEW,
    draw=screen.confirm,
    service_view=screen.SERVICE_VIEW,
    inline=Inline(screen.APPLY, screen.inline),
    first=types,
    now=now,
    under=types,
    refused=refused,
    entry=Entry(
        command="/licence-resilier",
        shortcut="resilier_licence",
        home="home.terminate",
        help=screen.HELP,
        button=screen.TITLE,
        again=screen.AGAIN,
    ),
)
