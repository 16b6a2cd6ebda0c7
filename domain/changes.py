"""What a plan is made of: changes of one field each, by id and as people read them (ADR 14)."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from domain.values import Field, Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.drafts import DraftRow
    from domain.rows import ServiceRow
    from domain.values import OperationKind


class Side(NamedTuple):
    """A field before or after: as people read it, and the id under which it is stored; neither: nothing."""

    text: str | None = None
    id: int | None = None


@dataclass(frozen=True)
class NewSite:
    """A site that a change adds, column by column."""

    customer_id: int
    label: str
    label_key: str
    address: str
    address_key: str
    postal_code: str
    city: str
    phone: str | None


class Change(NamedTuple):
    """One field of one thing, from one value to another: a tuple, since a plan may have ten thousand."""

    field: Field
    subject: str
    """A licence's or a site's name, or a number in E.164: for people, never to find it by."""
    before: Side
    after: Side | None
    """None: it was to be changed and had to be left, which is on record."""
    licence_id: int | None = None
    number_id: int | None = None
    revision: int = 0
    """How often what is changed had changed before (R10)."""
    site: NewSite | None = None

    def reverse(self) -> Change | None:
        """Give the change that takes this one back; None: there is none (R10)."""
        if self.after is None or self.field in (Field.NEW_SITE, Field.DETAIL):
            return None
        return Change(
            self.field,
            self.subject,
            self.after,
            self.before,
            self.licence_id,
            self.number_id,
            self.revision,
        )


@dataclass(frozen=True)
class Plan(ABC):
    """What a procedure would do, as it is shown and confirmed: a frozen dataclass of all that it shows."""

    @property
    @abstractmethod
    def customer_id(self) -> int:
        """Whose park it changes."""

    @property
    @abstractmethod
    def service_id(self) -> int | None:
        """The service that it changes something in, if it does."""

    @cached_property
    @abstractmethod
    def lines(self) -> tuple[Change, ...]:
        """What is applied and recorded, in order."""

    @property
    def changes(self) -> int:
        """How many things would change."""
        return sum(line.after is not None for line in self.lines)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows: its fields are frozen values, whose text says all (R6)."""
        shown = tuple(getattr(self, each.name) for each in fields(self))
        return Fingerprint(hashlib.sha256(repr(shown).encode()).hexdigest()[:32])


@dataclass(frozen=True)
class ServicePlan(Plan):
    """A plan that changes something in one service."""

    service: ServiceRow

    @property
    def customer_id(self) -> int:
        """The service's customer."""
        return self.service.customer.id

    @property
    def service_id(self) -> int:
        """The service."""
        return self.service.id


P = TypeVar("P", bound=Plan)


@dataclass(frozen=True)
class Policy:
    """What the team has settled."""

    undo_hours: int
    """How long a change can be taken back (R10)."""


@dataclass(frozen=True)
class Moment:
    """When a plan is made, under which policy, and whether it takes its lock before it reads."""

    at: datetime
    policy: Policy
    lock: bool = False


@dataclass(frozen=True)
class Following:
    """The draft in which a person goes on whose own draft was applied."""

    draft: DraftRow
    url: str | None = None
    """Where its plan stands in the conversation, if it does."""
    is_copy: bool = False
    """Whether an order stands already on the one that they came from."""


@dataclass(frozen=True)
class Procedure(Generic[P]):
    """What is to be known of a procedure to show and to apply its plan."""

    kind: OperationKind
    plan: Callable[[Session, DraftRow, Moment], P]
    follow: Callable[[Session, DraftRow, Moment], Following | None] | None = None
    """Readies the draft in which the person goes on, once theirs is applied."""
    at_once: Callable[[P], bool] | None = None
    """Tells whether what a form adds is applied as it is sent: there is nothing to show or to ask."""
