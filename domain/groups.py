"""What is owed to the portal as it is worked off: things in groups, groups on pages (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from domain.values import Field

if TYPE_CHECKING:
    from datetime import datetime

    from domain.rows import CustomerRow, ServiceRow
    from domain.values import LicenceType, OperationId, Person, PhoneNumber

PAGE = 40
"""Things on a page: each may be a group of its own, and a view has 100 blocks (docs/slack.md, Limits)."""


class Tab(IntEnum):
    """Where in the portal something is done, in the order in which it is: a site, before what goes there."""

    SITES = 1
    """The customer's sites."""
    USERS = 2
    """The service's tab of licences, with their sites and numbers."""
    DETAILS = 3
    """The service's tab of quantities, where licences are terminated."""


TABS = {
    Field.NEW_SITE: Tab.SITES,
    Field.SITE: Tab.USERS,
    Field.HOLDER: Tab.USERS,
    Field.STATE: Tab.DETAILS,
}


@dataclass(frozen=True)
class OfGroup:
    """A group as it was shown: what is owed later under the same heading is not of it."""

    field: Field
    service_id: int | None
    customer_id: int
    target: str
    until: int
    """The id of its last line."""


@dataclass(frozen=True)
class Owed:
    """A thing to carry over: from what the portal has, as far as is known, to what we have."""

    id: int
    """Of its last line: ticked, it takes the earlier ones along."""
    field: Field
    subject: str | PhoneNumber
    licence_reference: str | None
    licence_type: LicenceType | None
    accountcode: str | None
    before: str | None
    after: str | None
    since: datetime
    """When the first of its lines was written."""
    operation: OperationId
    """That of its last line."""
    by: Person
    at: datetime
    reason: str | None
    lines: int
    """How many lines lead there."""
    is_sure: bool
    """Whether the portal does not have it; of before anybody was asked to carry over, it may."""


@dataclass(frozen=True)
class OwedGroup:
    """Things that are carried over in one go in the portal, as far as they are on the page."""

    id: OfGroup
    customer: CustomerRow
    service: ServiceRow | None
    tab: Tab
    field: Field
    target: str | None
    """The site, the type of licence; whether a number leaves (nothing) or comes back is in its lines."""
    count: int
    """How many there are, on all pages."""
    lines: tuple[Owed, ...]


@dataclass(frozen=True)
class OwedPage:
    """A page of what is owed."""

    groups: tuple[OwedGroup, ...]
    page: int
    total: int
    unsure: int

    @property
    def pages(self) -> int:
        """How many pages there are; one even if nothing is owed."""
        return max(1, -(-self.total // PAGE))
