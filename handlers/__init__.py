"""Slack in, Slack out: parse, call one service, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.values import OperationKind
from handlers import carrying, choosing, dissociating, history, home, moving, sites, terminating
from handlers.procedures import Procedures
from handlers.routing import Routes
from handlers.views import history as history_views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt import App

    from handlers.routing import Access, Failures
    from handlers.services import Services
    from handlers.views.words import Words

NOUNS = (moving, terminating, dissociating, sites, history)
"""The procedures: each has its clicks and one FACE."""

PROCEDURES = tuple(noun.FACE.procedure for noun in NOUNS)
"""What is to be known of each to plan and to apply it."""


WORDS: Mapping[OperationKind, Words] = {
    OperationKind.IMPORT: history_views.IMPORT_WORDS,
    **{noun.FACE.procedure.kind: noun.FACE.words for noun in NOUNS},
}
"""How the operations of each are told."""


def register(app: App, services: Services, access: Access, failures: Failures) -> None:
    """Put every procedure behind the door, and the whole into Bolt."""
    routes = Routes(access, failures)
    procedures = Procedures(routes, services, [noun.FACE for noun in NOUNS])
    choosing.register(routes, services)
    for noun in (*NOUNS, carrying, home):
        noun.register(procedures)
    routes.mount(app)
