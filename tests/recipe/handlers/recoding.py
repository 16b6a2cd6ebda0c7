"""Giving licences another accountcode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.recoding import RECODING

from domain.values import typed
from handlers.faces import Entry, Face
from handlers.views import recoding as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the form."""

    @procedures.routes.submission(screen.FORM_VIEW)
    def on_form(request: Request) -> None:
        code = typed(screen.CODE, request.entered(screen.CODE), 20)
        procedures.services.drafts.change(request.draft, request.person, form={"accountcode": code})
        request.show(procedures.plan(FACE, request, request.draft))


def form(services: Services, draft: DraftId, request: Request) -> View:
    """Ask for the accountcode."""
    chosen = services.selecting.selection(draft, request.person)
    return screen.form(draft, chosen)


FACE = Face(
    procedure=RECODING,
    title=screen.TITLE,
    words=screen.WORDS,
    draw=screen.confirm,
    first=form,
    service_view=screen.SERVICE_VIEW,
    confirm_view=screen.CONFIRM_VIEW,
    entry=Entry(
        command="/licence-accountcode",
        help="changer l’accountcode de licences",
        button=screen.TITLE,
        home="home.recode",
        again=screen.AGAIN,
    ),
)
