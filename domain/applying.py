"""A plan applied whole: operation, lines, one guarded statement a field, what it owes (ADR 14, 15)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Integer, String, insert, literal
from sqlalchemy.exc import IntegrityError

from domain import outbox, owing, telling
from domain.changes import Side
from domain.columns import Id
from domain.database import violated
from domain.errors import ParkMoved, SiteLabelTaken
from domain.events import EventType
from domain.fields import EFFECTS
from domain.parameters import rows_of
from domain.tables import Announcement, Operation, OperationLine, Site
from domain.values import Field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import UpdateBase
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

    from domain.changes import Change, Plan
    from domain.drafts import DraftRow

_LINE: Mapping[str, TypeEngine[Any]] = {
    "position": Integer(),
    "field": String(),
    "subject": String(),
    "before": String(),
    "after": String(),
    "refused": Boolean(),
    "licence_id": Id,
    "number_id": Id,
    "before_site_id": Id,
    "after_site_id": Id,
    "revision": Integer(),
}

_AT_SITE = (Field.SITE, Field.NEW_SITE)


def apply(
    session: Session,
    draft: DraftRow,
    plan: Plan,
    at: datetime,
    *,
    journal: str | None = None,
    view: str | None = None,
) -> None:
    """Do what a plan says and put it on record, in one transaction (R4, R6, R8, R9, R15).

    Nothing of the procedure is known here but what it changes. A copy goes into the `journal`; `view` is the
    modal that waits for the link to the announcement. Raises ParkMoved where a line no longer finds what it
    changes, SiteLabelTaken.
    """
    session.execute(
        insert(Operation).values(
            id=draft.id,
            kind=draft.kind,
            by=draft.owner,
            at=at,
            reason=draft.reason,
            customer_id=plan.customer_id,
            service_id=plan.service_id,
            undoes=draft.undoes,
        )
    )
    lines = [_with_site(session, line) for line in plan.lines]
    rows = rows_of(session, [_row(*each) for each in enumerate(lines, 1)], _LINE)
    recorded = rows.add_columns(literal(draft.id))
    session.execute(insert(OperationLine).from_select([*_LINE, "operation_id"], recorded))
    counts = Counter(line.field for line in lines if line.after is not None and line.field in EFFECTS)
    for field, count in counts.items():
        mine = (OperationLine.operation_id == draft.id) & (OperationLine.field == field)
        _change(session, EFFECTS[field].where(mine, ~OperationLine.refused), count)
    owing.owe(session, draft.id)
    outbox.owe(session, draft.id, draft.channel or draft.owner, draft.owner, at, journal=journal, view=view)
    telling.tell(session, EventType.APPLIED, Operation.id == draft.id, at)
    if draft.undoes:
        telling.tell(session, EventType.UNDONE, Operation.id == draft.undoes, at)
        outbox.amend(session, Announcement.operation_id == draft.undoes, at, undo=draft.id)


def _with_site(session: Session, line: Change) -> Change:
    """Add the site of a line that adds one, so that the line can name it. Raises SiteLabelTaken."""
    if line.site is None or line.after is None:
        return line
    added = insert(Site).values(**asdict(line.site)).returning(Site.id)
    try:
        site_id = session.execute(added).scalar_one()
    except IntegrityError as error:
        if "label_key" not in violated(error):
            raise
        raise SiteLabelTaken(line.site.label) from error
    return line._replace(after=Side(line.after.text, site_id))


def _row(position: int, line: Change) -> tuple[Any, ...]:
    """Give the columns of `_LINE`."""
    field, subject, before, after, licence_id, number_id, revision, _ = line
    at_site = field in _AT_SITE
    return (
        position,
        field,
        subject,
        before.text,
        after and after.text,
        after is None,
        licence_id,
        number_id,
        before.id if at_site else None,
        after.id if after and at_site else None,
        None if after is None or field is Field.NEW_SITE else revision + 1,
    )


def _change(session: Session, statement: UpdateBase, count: int) -> None:
    """Change `count` rows; roll back, with ParkMoved, where it is more or fewer (R6)."""
    if session.connection().execute(statement).rowcount != count:
        raise ParkMoved
