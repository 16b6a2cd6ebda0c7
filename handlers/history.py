"""Taking an operation back from the message that confirmed it (R10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import AlreadyUndone, ChoiceGone, UndoExpired, UnknownOperation
from domain.values import OperationKind
from handlers import confirming, french
from handlers.views import history as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.undoing import UndoPlan
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put the undo behind its button."""
    drafts, orders, undoing = services.drafts, services.orders, services.undoing

    def shown(draft: DraftId, request: Request) -> tuple[View, bool]:
        """Show what can go back, and tell whether that is nothing any more."""
        try:
            plan = orders.preview(undoing, draft, request.person)
        except AlreadyUndone as error:
            return screen.already_undone(error.by, french.moment(error.at)), True
        return screen.undo(draft, plan), plan.is_over

    def now(row: DraftRow, request: Request) -> View:
        return shown(row.id, request)[0]

    @routes.action(screen.UNDO)
    def on_undo(request: Request) -> None:
        operation = request.operation
        try:
            draft = drafts.begin(OperationKind.UNDO, request.person, request.channel, undoes=operation)
        except ChoiceGone:
            raise UnknownOperation from None
        try:
            view, is_over = shown(draft, request)
        except UndoExpired:
            services.operations.end_undo(operation)
            raise
        if is_over:  # the button that was clicked goes
            services.operations.end_undo(operation)
        request.open(view, draft)

    @routes.submission(screen.UNDO_VIEW)
    def on_confirmed(request: Request) -> None:
        def then(recorded: Recorded) -> None:
            request.show(screen.done(recorded, request.place))

        def draw(draft: DraftId, plan: UndoPlan, notice: str | None) -> View:
            if plan.is_over:
                services.operations.end_undo(plan.operation)
            return screen.undo(draft, plan, notice)

        try:
            confirming.in_modal(request, services, undoing, draw, then)
        except AlreadyUndone as error:
            request.show(screen.already_undone(error.by, french.moment(error.at)))

    routes.draft_view(OperationKind.UNDO, now)
