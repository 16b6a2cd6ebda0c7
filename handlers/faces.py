"""What a procedure shows of itself in Slack, and all that the driver of procedures knows of it (ADR 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from domain.changes import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.changes import Procedure
    from domain.drafts import DraftRow
    from domain.errors import Refused
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.services import Services
    from handlers.views.words import Words

    Step = Callable[[Services, DraftId, Request], View]
    """What draws a step of a draft."""

P = TypeVar("P", bound=Plan)
P_contra = TypeVar("P_contra", bound=Plan, contravariant=True)


class Draw(Protocol[P_contra]):
    """What draws a plan in a modal, to be confirmed; `close` says what closing does."""

    def __call__(self, draft: DraftId, plan: P_contra, notice: str | None = None, *, close: str) -> View:
        """Draw it."""


class DrawInline(Protocol[P_contra]):
    """What draws a plan in the conversation, with its buttons."""

    def __call__(self, draft: DraftId, plan: P_contra, notice: str | None = None) -> list[Block]:
        """Draw it."""


@dataclass(frozen=True)
class Entry:
    """The ways into a procedure."""

    command: str
    help: str
    """What the command does."""
    button: str
    """What the Home tab calls it."""
    home: str
    """The action of the Home tab's button."""
    again: str
    """The action of the button that begins anew where an operation was done."""
    shortcut: str | None = None


@dataclass(frozen=True)
class Inline(Generic[P]):
    """A plan in the conversation."""

    apply: str
    """The action of its confirmation."""
    draw: DrawInline[P]


@dataclass(frozen=True)
class Face(Generic[P]):
    """What a procedure shows of itself, and all that the driver knows of it."""

    procedure: Procedure[P]
    title: str
    words: Words
    draw: Draw[P]
    first: Step
    """The step that follows once the service is known."""
    now: Callable[[Services, DraftRow, Request], View] | None = None
    """A draft where it stands, its service being known, if that is not always its first step."""
    confirm_view: str | None = None
    """The view of `draw`, if to send it is always to confirm it."""
    entry: Entry | None = None
    service_view: str = ""
    """The view that asks for the service, where nothing goes on without one."""
    inline: Inline[P] | None = None
    under: Callable[[Services, DraftId, Request, str | None], View] | None = None
    """The modal below, once what was done on top of it is; with what that was, if it must be told there."""
    refused: Callable[[Services, Request, Refused], None] | None = None
    """How a confirmation is answered against which a rule stands; raises what it has no answer for."""
