"""Procedure 3: taking numbers off their licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.dissociating import DISSOCIATING
from domain.errors import NothingSelected
from handlers import refusals
from handlers.faces import Entry, Face, Inline
from handlers.views import ABANDON_LABEL, BACK_LABEL, options
from handlers.views import dissociating as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the clicks of procedure 3."""
    routes, services = procedures.routes, procedures.services

    @routes.options(screen.SEARCH)
    def on_search(request: Request) -> None:
        found = services.selecting.numbers(request.draft, request.person, request.text)
        request.choices([options.number(row) for row in found])

    @routes.submission(screen.NUMBERS_VIEW)
    def on_numbers(request: Request) -> None:
        services.selecting.choose_numbers(request.draft, request.person, request.entered_ids(screen.NUMBERS))
        try:
            plan = procedures.plan(FACE, request, request.draft)
        except NothingSelected as error:
            request.fault({screen.NUMBERS: refusals.sentence(error)})
        else:
            request.show(plan)


def numbers(services: Services, draft: DraftId, request: Request) -> View:
    """Ask for the numbers; on the way to a termination, the only one that there is, is already chosen."""
    row, service = services.drafts.with_service(draft, request.person)
    chosen = services.selecting.chosen_numbers(draft, request.person)
    if row.parent_id and not chosen:
        offered = services.selecting.numbers(draft, request.person, "")
        chosen = offered if len(offered) == 1 else ()
    close = BACK_LABEL if row.parent_id and request.in_modal else ABANDON_LABEL
    return screen.numbers(draft, service, chosen, close=close)


FACE = Face(
    procedure=DISSOCIATING,
    title=screen.TITLE,
    words=screen.WORDS,
    confirm_view=screen.CONFIRM_VIEW,
    draw=screen.confirm,
    service_view=screen.SERVICE_VIEW,
    inline=Inline(screen.APPLY, screen.inline),
    first=numbers,
    entry=Entry(
        command="/licence-dissocier",
        shortcut="dissocier_numero",
        home="home.dissociate",
        help=screen.HELP,
        button=screen.TITLE,
        again=screen.AGAIN,
    ),
)
