"""The tables of what the portal has of the record: what is owed, imports, conflicts (ADR 15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.columns import Base
from domain.values import TEXT_LIMIT, CarryState, ConflictState, Field

KEY = String(64)
"""What tells two values of a field apart: a row's id, a state, a digest; empty where there is none."""


class CarryOver(Base):
    """Where a line of the record stands with the portal (R15); ids grow with time within a service."""

    __tablename__ = "carry_overs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["operation_id", "position"], ["operation_lines.operation_id", "operation_lines.position"]
        ),
        UniqueConstraint("operation_id", "position"),
        Index(None, "field", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[str] = mapped_column(String(32))
    position: Mapped[int] = mapped_column(Integer)
    field: Mapped[Field]
    subject_id: Mapped[int]
    """The licence, the number or the site that is changed: with the field, a thing of the portal's."""
    before: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    """What the portal has until it is carried over; after a conflict not what the line says."""
    before_key: Mapped[str] = mapped_column(KEY)
    after_key: Mapped[str] = mapped_column(KEY)
    state: Mapped[CarryState] = mapped_column(index=True)
    by: Mapped[str | None] = mapped_column(String(30))
    """Who ticked it."""
    at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id"))
    """The import that showed it."""
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("operations.id"))
    """The operation that netted it out, or that took the portal's side."""


class Import(Base):
    """One reading of the portal's files that was written."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(30))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    """Of the five files' content: the same files have the same."""
    operation_id: Mapped[str | None] = mapped_column(ForeignKey("operations.id"))
    """What it changed of the rows that were there, on record."""
    counts: Mapped[dict[str, Any]]


class Conflict(Base):
    """A field that bot and portal have changed differently; ours stays until somebody decides (R16)."""

    __tablename__ = "conflicts"
    __table_args__ = (Index(None, "field", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    """The first import that showed it."""
    field: Mapped[Field]
    subject_id: Mapped[int]
    subject: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    base: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    ours: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    theirs: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    theirs_key: Mapped[str] = mapped_column(KEY)
    form: Mapped[dict[str, Any] | None]
    """A site's columns as the portal has them."""
    state: Mapped[ConflictState] = mapped_column(index=True)
    by: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime | None]
    operation_id: Mapped[str | None] = mapped_column(ForeignKey("operations.id"))
