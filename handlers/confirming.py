"""A confirmation in any procedure: apply what was shown, or show what there is now (R6, R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from domain.changes import Plan
from domain.errors import (
    DraftGone,
    DraftSpent,
    NothingSelected,
    ParkMoved,
    PlanChanged,
    ServiceElsewhere,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
)
from handlers import refusals
from handlers.routing import ToldAllTheSame
from handlers.views import history as history_views

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.changes import Procedure
    from domain.drafts import Drafts
    from domain.operations import Recorded
    from domain.values import DraftId, Fingerprint
    from handlers.requests import Request
    from handlers.services import Services

_OVERTAKEN = (
    DraftGone,
    ServiceElsewhere,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
    NothingSelected,
)
"""Why nothing is left to confirm of a plan in the conversation: the reason takes its place."""

P = TypeVar("P", bound=Plan)


def in_modal(
    request: Request,
    services: Services,
    procedure: Procedure[P],
    draw: Callable[[DraftId, P, str | None], View],
    then: Callable[[Recorded], None],
    shown: Fingerprint | None = None,
) -> None:
    """Apply what the modal showed, then go on; or show the new plan, to be confirmed in its turn.

    `shown` is what was planned just now, where a form is applied without a confirmation of its own.
    """

    def anew(draft: DraftId, notice: str) -> None:
        request.show(draw(draft, services.orders.preview(procedure, draft, request.person), notice))

    def tell(recorded: Recorded) -> None:
        request.show(history_views.done(recorded, request.place))

    def apply() -> Recorded:
        return services.orders.confirm(request.draft, shown or request.shown, request.person, request.place)

    _confirm(request, services.drafts, apply, anew, then, tell)


def in_conversation(
    request: Request,
    services: Services,
    procedure: Procedure[P],
    draw: Callable[[DraftId, P, str | None], list[Block]],
) -> None:
    """Apply what the message showed, and take it away: the confirmation says it. Or show the new plan."""

    def anew(draft: DraftId, notice: str) -> None:
        request.respond(
            notice, draw(draft, services.orders.preview(procedure, draft, request.person), notice)
        )

    def then(_: Recorded) -> None:
        request.withdraw()

    def tell(_: Recorded) -> None:
        request.acknowledge()

    def apply() -> Recorded:
        return services.orders.confirm(request.draft, request.shown, request.person)

    try:
        _confirm(request, services.drafts, apply, anew, then, tell)
    except _OVERTAKEN as error:
        request.respond(refusals.sentence(error))


def _confirm(
    request: Request,
    drafts: Drafts,
    apply: Callable[[], Recorded],
    anew: Callable[[DraftId, str], None],
    then: Callable[[Recorded], None],
    tell: Callable[[Recorded], None],
) -> None:
    try:
        recorded = apply()
    except (PlanChanged, ParkMoved):
        anew(request.draft, refusals.PARK_MOVED)
    except DraftSpent:
        anew(drafts.renew(request.draft, request.person), refusals.SPENT)
    else:
        try:
            then(recorded)
        except Exception as error:
            raise ToldAllTheSame(error, lambda: tell(recorded)) from error
