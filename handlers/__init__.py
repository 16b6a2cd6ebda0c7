"""Slack in, Slack out: parse, call one service, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import choosing, dissociating, history, home, moving, sites, terminating
from handlers.routing import Routes

if TYPE_CHECKING:
    from slack_bolt import App

    from handlers.routing import Access, Failures
    from handlers.services import Services


def register(app: App, services: Services, access: Access, failures: Failures) -> None:
    """Put every procedure behind the door, and the whole into Bolt."""
    routes = Routes(access, failures)
    for procedure in (choosing, moving, terminating, dissociating, sites, history, home):
        procedure.register(routes, services)
    routes.mount(app)
