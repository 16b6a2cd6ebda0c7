"""The tables of what a program is told, by webhook: the events that are owed, and to whom (ADR 7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.columns import Base
from domain.values import TEXT_LIMIT


class EventType(StrEnum):
    """What has happened to an operation, by the name that a receiver reads."""

    APPLIED = "operation.applied"
    UNDONE = "operation.undone"


class Event(Base):
    """The webhook's outbox: something that a receiver is to be told of a committed operation."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    """Grows with time within an operation: what happened to it is told in this order."""
    key: Mapped[str] = mapped_column(String(32), unique=True)
    """By which a receiver knows a repeat, also of a database that was restored: ids begin again there."""
    type: Mapped[str] = mapped_column(String(30))
    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id"), index=True)
    page: Mapped[int] = mapped_column(Integer, default=1)
    """Of the operation's lines, where they are told; the first is 1."""
    at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))


class Webhook(Base):
    """Who is told, and whether they still want it: one row, which the migration makes."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    receiver: Mapped[str | None] = mapped_column(String(64))
    """A digest of the address, which may hold a secret; nothing where there is no webhook."""
    ended_at: Mapped[datetime | None]
    """When the receiver said that it is gone: nothing more goes to that address."""
