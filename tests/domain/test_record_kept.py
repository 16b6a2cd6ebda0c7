"""A database that version 0006 filled with operations goes on: same history, same buttons (R8, R10)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from sqlalchemy import MetaData, Table, exc, func, insert, select, text

from domain.database import Database
from domain.moving import MOVING
from domain.tables import CarryOver, Licence, Operation, OperationLine, Order
from domain.undoing import UNDOING
from domain.values import CarryState, DraftId, Field, Fingerprint, OperationId, OrderState
from handlers import WORDS
from handlers.views import history
from tests.conftest import PATIENT, services_on
from tests.domain.acts import AGENT, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.services import Services
    from tests.conftest import Clock

KEPT: dict[str, Any] = json.loads((Path(__file__).parent / "database_0006.json").read_text(encoding="utf-8"))
"""Its rows table by table, what it said of each operation, a draft whose plan stands in the conversation."""


@pytest.fixture
def kept(empty_url: str) -> Iterator[Database]:
    """Fill a database of that version, and migrate it."""
    database = Database(empty_url, wait=PATIENT)
    with database.migrating() as config:
        command.downgrade(config, "0006")
    found = MetaData()
    with database.engine.begin() as connection:
        found.reflect(connection)
        for name, rows in KEPT["tables"].items():
            table = found.tables[name]
            connection.execute(insert(table), [_read(table, row) for row in rows])
            if database.engine.dialect.name == "postgresql" and "id" in table.c and name != "drafts":
                _count_on(connection, table)
    database.migrate()
    yield database
    database.close()


def _count_on(connection: Any, table: Table) -> None:
    if table.c.id.type.python_type is int:
        newest = connection.scalar(select(func.max(table.c.id)))
        sequence = connection.scalar(text(f"SELECT pg_get_serial_sequence('{table.name}', 'id')"))
        connection.execute(text(f"SELECT setval('{sequence}', {newest})"))


def _read(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Read what SQLite kept as text or number in the column's own type."""
    read: dict[str, Any] = {}
    for name, value in row.items():
        kind = table.c[name].type.python_type
        if kind is dict and value is not None:
            read[name] = json.loads(value)
        elif kind.__name__ == "datetime" and value is not None:
            read[name] = kind.fromisoformat(f"{value}+00:00")
        else:
            read[name] = bool(value) if kind is bool and value is not None else value
    return read


@pytest.fixture
def upgraded(kept: Database, clock: Clock) -> Services:
    """Give the services on it, an hour after its last operation."""
    clock.moment += timedelta(hours=1)
    return services_on(kept, clock)


@pytest.mark.rule("R8")
@pytest.mark.parametrize("number", range(len(KEPT["told"])))
def test_r8_history_says_what_it_said(upgraded: Services, number: int) -> None:
    """Message and file of each operation, word for word."""
    operation, told = list(KEPT["told"].items())[number]
    recorded = upgraded.operations.read(OperationId(operation))
    blocks = history.message(recorded, WORDS[recorded.kind], undo=history.is_undoable(recorded))
    assert [block.to_dict() for block in blocks] == told["message"]
    assert history.file(upgraded.operations.lines(recorded.id)) == told["file"]


@pytest.mark.rule("R8")
@pytest.mark.parametrize("table", ["operations", "operation_lines"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_r8_the_record_is_final_again(kept: Database, table: str, act: str) -> None:
    """The triggers stand that the migration took away for its own sake."""
    column = {"operations": "reason", "operation_lines": "subject"}[table]
    with kept.engine.begin() as connection, pytest.raises(exc.DatabaseError, match="the record is final"):
        connection.execute(text(act.format(table, column, column)))


def test_each_operation_has_the_order_that_led_to_it(kept: Database) -> None:
    """Applied, by the same person at the same moment, where the confirmation was owed."""
    same = (Order.by == Operation.by) & (Order.at == Operation.at) & (Order.kind == Operation.kind)
    query = select(Order.state, Order.channel, func.count()).join(
        Operation, (Operation.id == Order.id) & same
    )
    with kept.reading() as session:
        found = {tuple(row) for row in session.execute(query.group_by(Order.state, Order.channel))}
        shown = session.scalars(select(Order.shown)).all()
    assert found == {(OrderState.APPLIED, "C0SUPPORT", 10), (OrderState.APPLIED, AGENT, 1)}
    assert None not in shown


def test_each_line_tells_its_field(kept: Database) -> None:
    """Also those of an undo, which are of what it took back."""
    with kept.reading() as session:
        counted = select(OperationLine.field, func.count()).group_by(OperationLine.field)
        found = {tuple(row) for row in session.execute(counted)}
    assert found == {(Field.SITE, 9), (Field.HOLDER, 3), (Field.STATE, 1), (Field.NEW_SITE, 1)}


@pytest.mark.rule("R10")
def test_r10_an_operation_of_before_is_undone(upgraded: Services, kept: Database) -> None:
    """Its lines have the revision that they were given then."""
    draft = upgraded.drafts.begin(UNDOING.kind, AGENT, None, undoes=KEPT["undoable"])
    shown = upgraded.orders.preview(UNDOING, draft, AGENT).fingerprint
    assert upgraded.orders.confirm(draft, shown, AGENT).count == 1
    assert place_of(kept, "FPC367122") == "Siège Social"


@pytest.mark.rule("R7")
def test_r7_a_plan_that_stood_in_the_conversation_is_confirmed(upgraded: Services, kept: Database) -> None:
    """Its button holds the fingerprint of then: the plan is the same."""
    draft, shown = DraftId(KEPT["begun"]["draft"]), Fingerprint(KEPT["begun"]["shown"])
    assert upgraded.orders.preview(MOVING, draft, AGENT).fingerprint == shown
    assert upgraded.orders.confirm(draft, shown, AGENT).count == 1
    assert place_of(kept, "FPC367128") == "Entrepôt Nord"


@pytest.mark.rule("R15")
def test_r15_the_portal_may_have_what_was_done_before_anybody_was_asked(kept: Database) -> None:
    """Of what still is as the record left it; what was taken back is among it, as the portal may have either."""
    with kept.reading() as session:
        rows = session.execute(
            select(CarryOver.field, CarryOver.state, CarryOver.before_key, CarryOver.after_key)
        )
        found = [tuple(row) for row in rows]
        stand = session.scalar(select(func.count()).select_from(OperationLine).where(~OperationLine.refused))
    assert {row[1] for row in found} == {CarryState.UNSURE}
    assert (len(found), {row[0] for row in found}) == (stand, set(Field) - {Field.DETAIL})
    assert (Field.STATE, CarryState.UNSURE, "active", "terminated") in found
    assert (Field.NEW_SITE, CarryState.UNSURE, "", "there") in found


@pytest.mark.rule("R15")
def test_r15_what_an_import_has_changed_since_is_as_the_portal_has_it(kept: Database) -> None:
    """Nothing is owed of a thing that is not as the record left it."""
    with kept.migrating() as config:
        command.downgrade(config, "0007")
        changed = "UPDATE licences SET state = 'active' WHERE state = 'terminated'"
        config.attributes["connection"].execute(text(changed))
    kept.migrate()
    with kept.reading() as session:
        fields = set(session.scalars(select(CarryOver.field)))
    assert fields == {Field.SITE, Field.HOLDER, Field.NEW_SITE}


def test_a_database_goes_back_to_that_version(kept: Database) -> None:
    """With its orders' fingerprints, and its record final."""
    with kept.migrating() as config:
        command.downgrade(config, "0006")
    with kept.engine.connect() as connection:
        shown = connection.execute(text("SELECT id, shown FROM operations ORDER BY id")).all()
    rows = sorted((row["id"], row["shown"]) for row in KEPT["tables"]["operations"])
    assert [tuple(row) for row in shown] == rows
    kept.migrate()
    with kept.reading() as session:
        assert session.scalar(select(func.count()).select_from(Licence)) == 8
