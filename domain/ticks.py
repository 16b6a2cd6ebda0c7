"""What is ticked in a draft: licences, or the numbers of a dissociation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.parameters import one_of
from domain.tables import DraftLicence, DraftNumber, Licence, Number
from domain.values import OperationKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from domain.rows import Found
    from domain.values import DraftId


def table(kind: OperationKind) -> type[DraftLicence | DraftNumber]:
    """Give the table of what is ticked in drafts of a kind."""
    return DraftNumber if kind is OperationKind.DISSOCIATION else DraftLicence


def tick(session: Session, draft: DraftId, kind: OperationKind, found: Found) -> None:
    """Tick what was found, in a draft in which nothing is ticked yet."""
    if kind is OperationKind.DISSOCIATION:
        add_numbers(session, draft, one_of(Number.id, found.number_ids))
    else:
        add_licences(session, draft, one_of(Licence.id, found.licence_ids))


def untick(session: Session, draft: DraftId, ticked: type[DraftLicence | DraftNumber]) -> None:
    """Untick all."""
    session.execute(delete(ticked).where(ticked.draft_id == draft))


def add_licences(session: Session, draft: DraftId, where: ColumnElement[bool]) -> None:
    """Tick the licences of a condition that are not ticked yet."""
    chosen = select(literal(draft), Licence.id).where(where)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(DraftLicence).from_select(["draft_id", "licence_id"], chosen)
    session.execute(added.on_conflict_do_nothing())


def add_numbers(session: Session, draft: DraftId, where: ColumnElement[bool]) -> None:
    """Tick the numbers of a condition, none of which is ticked yet."""
    chosen = select(literal(draft), Number.id).where(where)
    session.execute(insert(DraftNumber).from_select(["draft_id", "number_id"], chosen))
