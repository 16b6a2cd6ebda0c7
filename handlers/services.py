"""The domain's services, as the handlers are given them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.carrying import Carrying
    from domain.changes import Policy
    from domain.drafts import Drafts
    from domain.operations import Operations
    from domain.orders import Orders
    from domain.searching import Park
    from domain.selecting import Selecting


@dataclass(frozen=True)
class Services:
    """All that handlers may call."""

    park: Park
    drafts: Drafts
    selecting: Selecting
    orders: Orders
    operations: Operations
    carrying: Carrying
    policy: Policy
