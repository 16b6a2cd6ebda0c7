"""The words of a procedure that other views than its own need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.operations import Recorded


@dataclass(frozen=True)
class Words:
    """How the operations of a kind are told."""

    headline: Callable[[Recorded], str]
    """One sentence: what was done, to how many, where."""
    brief: Callable[[Recorded], str] | None = None
    """The same where the service is in view, if that is shorter."""
    following: tuple[tuple[str, str], ...] = ()
    """What « C’est fait » offers to do next: the name and the action of each button."""
    arrows: bool = False
    """Whether the message counts by before → after."""
    names: bool = True
    """Whether it names what was changed, where it is not too much."""


def where(recorded: Recorded) -> str:
    """Say in which service of which customer."""
    return f"{recorded.customer_name}, {recorded.service_name} ({recorded.service_reference})"
