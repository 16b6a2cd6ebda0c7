"""The domain's services, as the handlers are given them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.dissociating import Dissociating
    from domain.drafts import Drafts
    from domain.moving import Moving
    from domain.operations import Operations
    from domain.searching import Park
    from domain.selecting import Selecting
    from domain.sites import Sites
    from domain.terminating import Terminating
    from domain.undoing import Undoing


@dataclass(frozen=True)
class Services:
    """All that handlers may call."""

    park: Park
    drafts: Drafts
    selecting: Selecting
    operations: Operations
    moving: Moving
    terminating: Terminating
    dissociating: Dissociating
    sites: Sites
    undoing: Undoing
