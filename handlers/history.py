"""Taking an operation back from the message that confirmed it (R10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.errors import AlreadyUndone, ChoiceGone, Refused, UndoExpired, UnknownOperation
from domain.undoing import UNDOING
from domain.values import OperationKind
from handlers import french
from handlers.faces import Face
from handlers.views import history as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.undoing import UndoPlan
    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Put the undo behind its button, which goes from the message with the last that it could take back."""
    routes, services = procedures.routes, procedures.services
    operations = services.operations

    def draw(draft: DraftId, plan: UndoPlan, notice: str | None = None, *, close: str) -> View:
        if plan.is_over:
            operations.end_undo(plan.operation)
        return screen.undo(draft, plan, notice, close=close)

    face = replace(FACE, draw=draw)

    @routes.action(screen.UNDO)
    def on_undo(request: Request) -> None:
        kind, undone = OperationKind.UNDO, request.operation
        try:
            draft = services.drafts.begin(kind, request.person, request.channel, undoes=undone)
        except ChoiceGone:
            raise UnknownOperation from None
        try:
            view = procedures.plan(face, request, draft)
        except AlreadyUndone as error:
            operations.end_undo(undone)
            view = _already(error)
        except UndoExpired:
            operations.end_undo(undone)
            raise
        request.open(view, draft)

    @routes.submission(screen.UNDO_VIEW)
    def on_confirmed(request: Request) -> None:
        procedures.confirm(face, request)


def shown(services: Services, draft: DraftId, request: Request) -> View:
    """Show what can go back."""
    try:
        plan = services.orders.preview(UNDOING, draft, request.person)
    except AlreadyUndone as error:
        return _already(error)
    return screen.undo(draft, plan)


def refused(services: Services, request: Request, error: Refused) -> None:  # noqa: ARG001
    """Say who was quicker."""
    if not isinstance(error, AlreadyUndone):
        raise error
    request.show(_already(error))


def _already(error: AlreadyUndone) -> View:
    return screen.already_undone(error.by, french.moment(error.at))


FACE = Face(
    procedure=UNDOING,
    title=screen.UNDO_TITLE,
    words=screen.WORDS,
    draw=screen.undo,
    first=shown,
    refused=refused,
)
