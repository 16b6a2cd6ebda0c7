"""The difference between the portal's files and the park, written set by set and put on record (R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, case, cast, func, insert, literal, null, or_, select, update

from domain.comparing import DIFFERENT
from domain.shaping import CUSTOMER, KEPT, LICENCE, LINES, NUMBER, SERVICE, SITE, TOUCHED
from domain.staging import SERVICES
from domain.tables import OperationLine, Service
from domain.values import Field

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from domain.shaping import Spec


def _wanted(spec: Spec) -> Any:
    """Give the rows of a file that were found to be different, with what they are called here."""
    into = DIFFERENT[spec.file]
    line = next(iter(spec.source.selected_columns))
    return spec.source.join(into, into.c.line == line).subquery("wanted")


def _same(spec: Spec, rows: Any) -> Any:
    test = literal(value=True)
    for key in spec.keys:
        test &= getattr(spec.model, key) == rows.c[key]
    return test


def create(session: Session, spec: Spec) -> int:
    """Add the rows that are not there, and tell how many."""
    wanted = _wanted(spec)
    new = (
        select(*(wanted.c[name] for name in spec.columns))
        .outerjoin(spec.model, _same(spec, wanted))
        .where(spec.model.id.is_(None))
        .order_by(wanted.c.line)
    )
    if spec in (LICENCE, NUMBER):
        services = new.with_only_columns(wanted.c.service_id).order_by(None).distinct()
        session.execute(insert(TOUCHED).from_select(["service_id"], services))
    defaults = {"is_open": True} if spec is SITE else {}
    columns = [*spec.columns, *defaults]
    rows = new.add_columns(*(literal(value) for value in defaults.values()))
    return added(session, spec.model.__table__, columns, rows)


def target(session: Session, spec: Spec, but: Any = None) -> int:
    """Keep what the rows that are there are to be, where that is not what they are; tell how many."""
    wanted = _wanted(spec)
    columns = [name for name in spec.columns if name not in spec.keys]
    is_other = or_(*(wanted.c[name].is_distinct_from(getattr(spec.model, name)) for name in columns))
    there = select(spec.model.id, *(wanted.c[name] for name in spec.columns)).join(
        spec.model, _same(spec, wanted)
    )
    query = there.where(is_other if but is None else is_other & ~but)
    return added(session, spec.target, ["id", *spec.columns], query)


def added(session: Session, into: Table, columns: list[str], rows: Any) -> int:
    """Add rows that are selected, and tell how many."""
    statement = insert(into).from_select(columns, rows).execution_options(preserve_rowcount=True)
    return int(session.connection().execute(statement).rowcount)


def keep(session: Session, things: list[tuple[Field, int]]) -> None:
    """Let ours stay of these fields."""
    if things:
        rows = [{"field": field, "subject_id": subject_id} for field, subject_id in things]
        session.connection().execute(insert(KEPT), rows)


def record(session: Session, spec: Spec) -> None:
    """Put on record what becomes of the rows that are there, column by column."""
    model, to = spec.model, spec.target
    for name in spec.columns:
        if name in spec.keys or name.endswith("_key") or name == "licence_id":
            continue
        said, becomes = getattr(model, name), to.c[name]
        name_of = spec.texts.get(name, _plain)
        of = spec.fields.get(name, Field.DETAIL)
        values: dict[str, Any] = {
            "field": literal(of, OperationLine.field.type),
            "detail": literal(name.removesuffix("_id")) if of is Field.DETAIL else null(),
            "subject": getattr(model, spec.subject),
            "before": name_of(said),
            "after": name_of(becomes),
            spec.owner: model.id,
        }
        if of is Field.SITE:
            values |= {"before_site_id": said, "after_site_id": becomes}
        if of in (Field.SITE, Field.STATE):
            values["revision"] = model.revision + 1
        rows = select(*values.values()).join(to, to.c.id == model.id)
        rows = rows.where(said.is_distinct_from(becomes)).order_by(model.id)
        session.execute(insert(LINES).from_select(list(values), rows))


def _plain(column: Any) -> Any:
    return case((column, "yes"), else_="no") if isinstance(column.type, Boolean) else cast(column, String)


def write(session: Session, spec: Spec) -> None:
    """Make the rows that are there what they are to be."""
    model, to = spec.model, spec.target
    columns = [name for name in spec.columns if name not in spec.keys]
    values: dict[Any, Any] = {getattr(model, name): to.c[name] for name in columns}
    if spec in (LICENCE, NUMBER):
        places = [name for name in ("service_id", "site_id", "licence_id", "state") if name in columns]
        moved = or_(*(getattr(model, name).is_distinct_from(to.c[name]) for name in places))
        if spec is NUMBER:  # they have been let go, and what they were is not to be seen any more
            moved = literal(value=True)
        values[model.revision] = model.revision + case((moved, 1), else_=0)
    session.connection().execute(update(model).where(model.id == to.c.id).values(values))


def touch(session: Session) -> None:
    """Let search learn the services whose words are others now: before they are written."""
    differing = DIFFERENT[SERVICE.file]
    touched = [
        select(Service.id).join(CUSTOMER.target, CUSTOMER.target.c.id == Service.customer_id),
        select(Service.id)
        .join(SERVICES, SERVICES.c.reference == Service.reference)
        .join(differing, differing.c.line == SERVICES.c.line),
    ]
    for spec, words in ((LICENCE, ("service_id", "accountcode")), (NUMBER, ("service_id",))):
        model, to = spec.model, spec.target
        is_other = or_(*(getattr(model, name).is_distinct_from(to.c[name]) for name in words))
        both = select(model.service_id, to.c.service_id).join(to, to.c.id == model.id)
        changed = both.where(is_other).subquery()
        touched += [select(changed.c[0]), select(changed.c[1])]
    for query in touched:
        session.execute(insert(TOUCHED).from_select(["service_id"], query))


def count(session: Session, of: Table) -> int:
    """Count the rows of a table of one's own."""
    return session.scalar(select(func.count()).select_from(of)) or 0
