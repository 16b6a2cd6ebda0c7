"""A confirmation in any procedure: apply what was shown, or show what there is now (R6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from domain.errors import ParkMoved, PlanChanged
from handlers import refusals
from handlers.views import history as history_views

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Recorded
    from domain.values import DraftId, Fingerprint, Person
    from handlers.requests import Request

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)


class Procedure(Protocol[P_co]):
    """A service that shows a plan and applies it."""

    def preview(self, draft: DraftId, by: Person) -> P_co:
        """Make the plan."""

    def apply(self, draft: DraftId, shown: Fingerprint, by: Person) -> Recorded:
        """Apply the plan that was shown."""


def in_modal(
    request: Request, procedure: Procedure[P], draw: Callable[[DraftId, P, str | None], View]
) -> Recorded | None:
    """Apply what the modal showed, and give the operation; or show the new plan, and give None."""
    try:
        return procedure.apply(request.draft, request.shown, request.person)
    except (PlanChanged, ParkMoved):
        plan = procedure.preview(request.draft, request.person)
        request.show(draw(request.draft, plan, refusals.PARK_MOVED))
        return None


def in_conversation(
    request: Request, procedure: Procedure[P], draw: Callable[[DraftId, P, str | None], list[Block]]
) -> None:
    """Apply what the message showed, and say so in its place; or show the new plan there."""
    try:
        recorded = procedure.apply(request.draft, request.shown, request.person)
    except (PlanChanged, ParkMoved):
        plan = procedure.preview(request.draft, request.person)
        request.respond(refusals.PARK_MOVED, draw(request.draft, plan, refusals.PARK_MOVED))
    else:
        request.respond(history_views.headline(recorded))
