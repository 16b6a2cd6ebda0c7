"""What all tables have in common: how moments, ids and closed lists are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from domain.values import (
    CarryState,
    ConflictState,
    Field,
    LicenceState,
    LicenceType,
    OperationKind,
    OrderState,
    ServiceState,
    ServiceType,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC: SQLite has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Refuse a moment without time zone, and turn the others into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Give the moment its time zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables, with named constraints, so that an integrity error can be told by its name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: Id,
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        **{
            kind: Enum(kind, native_enum=False, length=30, values_callable=lambda e: [m.value for m in e])
            for kind in (
                LicenceType,
                ServiceType,
                ServiceState,
                LicenceState,
                OperationKind,
                Field,
                OrderState,
                CarryState,
                ConflictState,
            )
        },
    }
