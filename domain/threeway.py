"""What a file of the portal's says of what the bot has changed: three ways, without a stored base (R16).

The values that led here are those before each line that no file has shown, and the one that we have. A file
that says the first of them has not heard of us, one that says the last has all of it, one that says any
between is on its way. Where a value stands twice, the least is taken to be shown: nothing said claims more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.values import CarryState

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Step:
    """A line that no file has shown, with the keys of what was before and after."""

    id: int
    before: str
    after: str
    state: CarryState


@dataclass(frozen=True)
class Verdict:
    """What the file shows of a thing, and who is right."""

    seen: tuple[int, ...]
    """The lines that the portal has."""
    owed: tuple[int, ...]
    """Those of the others that the portal might have had, and has not."""
    is_conflict: bool = False
    """Whether the portal has something else than any of us said; ours stays until somebody decides."""
    keeps: bool = True
    """Whether ours stays; otherwise the file says the same."""


def judge(steps: Sequence[Step], ours: str, theirs: str) -> Verdict:
    """Hold what a file says against the lines of a thing, the oldest first, and against what we have."""
    ways = [*(step.before for step in steps), ours]
    if theirs not in ways:
        return Verdict((), (), is_conflict=True)
    # What the portal has by all accounts, whether or not it once had it before.
    is_done = theirs == ours and all(step.state is not CarryState.OWED for step in steps)
    shown = len(steps) if is_done else ways.index(theirs)
    doubted = (step.id for step in steps[shown:] if step.state is CarryState.UNSURE)
    return Verdict(tuple(step.id for step in steps[:shown]), tuple(doubted), keeps=shown < len(steps))
