"""What plans are made of: changes, and what takes them back (R6, R8, R10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.changes import Change, Side
from domain.moving import plan_move
from domain.sites import SiteForm
from domain.tables import OperationLine
from domain.values import Field, OperationKind
from handlers import PROCEDURES
from tests import builders
from tests.builders import service, site
from tests.domain.acts import AGENT, SUPPORT, draft_move, draft_site, draft_termination, draft_undo, move

if TYPE_CHECKING:
    from domain.database import Database
    from domain.rows import LicenceRow
    from domain.values import DraftId
    from handlers.services import Services

SIDES = st.builds(Side, st.none() | st.text(max_size=9), st.none() | st.integers(1, 9))


@pytest.mark.rule("R10")
@given(st.sampled_from([Field.SITE, Field.HOLDER]), SIDES, SIDES)
def test_r10_what_takes_a_change_back_is_taken_back_by_the_change(
    field: Field, before: Side, after: Side
) -> None:
    """Twice reversed, a change of address or holder is itself."""
    change = Change(field, "FPC1", before, after, licence_id=1, revision=3)
    back = change.reverse()
    assert back == change._replace(before=after, after=before)
    assert back.reverse() == change


@pytest.mark.rule("R10")
@pytest.mark.parametrize("field", [Field.NEW_SITE, Field.DETAIL])
def test_r10_a_new_site_and_a_detail_are_not_taken_back(field: Field) -> None:
    """Nor is what was left as it is."""
    assert Change(field, "FPC1", Side("a"), Side("b")).reverse() is None
    assert Change(Field.SITE, "FPC1", Side("a"), None).reverse() is None


@pytest.mark.rule("R6")
@given(builders.licences().filter(bool))
def test_r6_how_often_something_changed_is_no_part_of_what_is_shown(rows: list[LicenceRow]) -> None:
    """Two plans that show the same have one fingerprint."""
    later = [replace(row, revision=row.revision + 2) for row in rows]
    plan, again = plan_move(service(), rows, site(2)), plan_move(service(), later, site(2))
    assert plan.fingerprint == again.fingerprint
    assert [line.revision + 2 for line in plan.lines] == [line.revision for line in again.lines]


def _draft(services: Services, kind: OperationKind) -> DraftId:
    """Prepare one of each, with something to leave in it where it can."""
    match kind:
        case OperationKind.MOVE:
            draft = draft_move(services, "FPC367126 FPC367128", "Entrepôt Nord")
        case OperationKind.TERMINATION:
            draft = draft_termination(services, "FPC367126 FPC367128")
        case OperationKind.DISSOCIATION:
            numbers = "04 91 00 00 01 04 91 00 00 06"
            draft = services.drafts.name(kind, AGENT, SUPPORT, numbers)[0].id
        case OperationKind.SITE_CREATION:
            draft, _ = draft_site(services, 1, SiteForm("Dépôt", "1 rue du Port", "13002", "Marseille", None))
        case OperationKind.UNDO:
            done = move(services, "FPC367126 FPC367128", "Entrepôt Nord")
            move(services, "FPC367126", "Siège Social")
            draft = draft_undo(services, done)
    return draft


@pytest.mark.rule("R8")
@pytest.mark.parametrize("act", [each.kind for each in PROCEDURES])
def test_r8_what_a_plan_lists_is_what_is_recorded(
    services: Services, park: Database, act: OperationKind
) -> None:
    """Line by line: field, name, both sides; what is left has no after."""
    draft = _draft(services, act)
    plan = services.orders.preview({each.kind: each for each in PROCEDURES}[act], draft, AGENT)
    services.orders.confirm(draft, plan.fingerprint, AGENT)
    query = select(
        OperationLine.field,
        OperationLine.subject,
        OperationLine.before,
        OperationLine.after,
        OperationLine.refused,
        OperationLine.licence_id,
        OperationLine.number_id,
    ).where(OperationLine.operation_id == draft)
    with park.reading() as session:
        recorded = [tuple(row) for row in session.execute(query.order_by(OperationLine.position))]
    assert recorded == [
        (
            line.field,
            line.subject,
            line.before.text,
            line.after and line.after.text,
            line.after is None,
            line.licence_id,
            line.number_id,
        )
        for line in plan.lines
    ]
