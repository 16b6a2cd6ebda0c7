"""What each applied line owes the portal, and what nets it out (R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from domain.tables import CarryOver
from domain.values import CarryState, Field, OperationKind
from handlers import PROCEDURES
from tests.domain.acts import AGENT, add_site, dissociate, move, terminate, undo

if TYPE_CHECKING:
    from domain.database import Database
    from domain.operations import Recorded
    from handlers.services import Services

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
OWED, CARRIED, NETTED = CarryState.OWED, CarryState.CARRIED, CarryState.NETTED


def states(park: Database) -> list[CarryState]:
    """Tell where each line of the record stands, in the order in which they were written."""
    with park.reading() as session:
        return list(session.scalars(select(CarryOver.state).order_by(CarryOver.id)))


def carry(park: Database, recorded: Recorded) -> None:
    """Carry an operation over."""
    with park.writing() as session:
        mine = update(CarryOver).where(CarryOver.operation_id == recorded.id)
        session.execute(mine.values(state=CARRIED, by=AGENT, at=recorded.at))


@pytest.mark.rule("R15")
def test_r15_each_applied_line_is_owed(services: Services, park: Database) -> None:
    """Of every field that the portal holds, with what it has now."""
    move(services, "FPC367128", NORTH)
    dissociate(services, "04 91 00 00 06")
    terminate(services, "FPC367128")
    add_site(services, 1, "Dépôt")
    with park.reading() as session:
        rows = session.execute(
            select(CarryOver.field, CarryOver.before, CarryOver.state).order_by(CarryOver.id)
        )
        assert [tuple(row) for row in rows] == [
            (Field.SITE, HEAD, OWED),
            (Field.HOLDER, "FPC367128", OWED),
            (Field.STATE, "active", OWED),
            (Field.NEW_SITE, None, OWED),
        ]


@pytest.mark.rule("R15")
def test_r15_what_an_undo_had_to_leave_owes_nothing(services: Services, park: Database) -> None:
    """Of the undo there is one line, of the licence that went back."""
    recorded = move(services, "FPC367126 FPC367128", NORTH)
    terminate(services, "FPC367126")
    undone = undo(services, recorded)
    assert (undone.count, undone.refused_count, len(states(park))) == (1, 1, 4)


@pytest.mark.rule("R15")
def test_r15_an_undo_of_what_is_not_carried_over_nets_both_out(services: Services, park: Database) -> None:
    """Nothing is owed of either any more."""
    recorded = move(services, "FPC367128 FPC367129", NORTH)
    undo(services, recorded)
    assert states(park) == [NETTED] * 4
    told = services.operations.read(recorded.id).standing
    assert (told.netted, told.owed, told.is_settled) == (2, 0, True)


@pytest.mark.rule("R15")
def test_r15_an_undo_of_what_was_carried_over_is_owed(services: Services, park: Database) -> None:
    """The portal has what is taken back."""
    recorded = move(services, "FPC367128", NORTH)
    carry(park, recorded)
    undo(services, recorded)
    assert states(park) == [CARRIED, OWED]
    told = services.operations.read(recorded.id).standing
    assert (told.carried, told.carried_by, told.carried_at) == (1, AGENT, recorded.at)


@pytest.mark.rule("R15")
@pytest.mark.parametrize("carried", [True, False])
def test_r15_a_change_that_leads_back_is_as_an_undo(
    services: Services, park: Database, *, carried: bool
) -> None:
    """Whoever did it: what is owed is the way from what the portal has."""
    recorded = move(services, "FPC367128", NORTH)
    if carried:
        carry(park, recorded)
    move(services, "FPC367128", HEAD)
    assert states(park) == ([CARRIED, OWED] if carried else [NETTED, NETTED])


@pytest.mark.rule("R15")
def test_r15_of_a_chain_the_part_is_netted_out_that_is_taken_back(services: Services, park: Database) -> None:
    """From here to there, on, and back there: the first way is owed; all the way back, nothing is."""
    add_site(services, 1, "Dépôt")
    first = move(services, "FPC367128", NORTH)
    second = move(services, "FPC367128", "Dépôt")
    undo(services, second)
    assert states(park)[1:] == [OWED, NETTED, NETTED]
    move(services, "FPC367128", HEAD)
    assert states(park)[1:] == [NETTED] * 4
    assert services.operations.read(first.id).standing.netted == 1


@pytest.mark.rule("R15")
def test_r15_a_chain_of_which_the_beginning_is_carried_over(services: Services, park: Database) -> None:
    """Back to where it began is owed, back to what the portal has nets out."""
    add_site(services, 1, "Dépôt")
    carry(park, move(services, "FPC367128", NORTH))
    move(services, "FPC367128", "Dépôt")
    move(services, "FPC367128", HEAD)
    assert states(park)[1:] == [CARRIED, OWED, OWED]
    move(services, "FPC367128", NORTH)
    assert states(park)[1:] == [CARRIED, NETTED, NETTED, NETTED]


def test_a_draft_of_an_import_there_is_not() -> None:
    """It is on record, and nobody's procedure."""
    assert OperationKind.IMPORT not in {each.kind for each in PROCEDURES}
