"""A conflict is decided once, by a person: ours is owed again, or the portal's is an operation (R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from domain.deciding import Conflicts, HolderUnfit
from domain.errors import ChoiceGone, SiteClosed, SiteOfAnotherCustomer
from domain.exporting import export_park
from domain.importing import import_park
from domain.tables import CarryOver, Conflict, Customer, Licence, Service, Site
from domain.values import CarryState, ConflictState, Field, LicenceState
from tests.domain import portal
from tests.domain.acts import (
    AGENT,
    COLLEAGUE,
    add_site,
    close_site,
    dissociate,
    holder_of,
    move,
    place_of,
    terminate,
    undo,
)
from tests.domain.portal import NOW, edit

if TYPE_CHECKING:
    from pathlib import Path

    from domain.database import Database
    from domain.importing import Outcome
    from handlers.services import Services
    from tests.conftest import Clock

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
NUMBER = "+33491000006"


@pytest.fixture
def conflicts(park: Database, clock: Clock) -> Conflicts:
    """Give the conflicts of the park."""
    return Conflicts(park, clock)


@pytest.fixture
def files(park: Database, services: Services, tmp_path: Path) -> Path:
    """Give the portal's files, with a third site that both have."""
    add_site(services, 1, "Dépôt")
    export_park(park, tmp_path)
    bring(park, tmp_path)
    return tmp_path


def bring(park: Database, files: Path) -> Outcome:
    """Import the files."""
    return import_park(park, files, lambda *_: None, at=NOW)


def states(park: Database) -> list[CarryState]:
    """Tell where each line of the record stands, but for the third site's."""
    with park.reading() as session:
        return list(session.scalars(select(CarryOver.state).order_by(CarryOver.id)))[1:]


def clash_of_sites(services: Services, park: Database, files: Path) -> None:
    """Move a licence here, and elsewhere in the portal."""
    move(services, "FPC367129", NORTH)
    edit(files / "licences.csv", "FPC367129", site="Dépôt")
    bring(park, files)


@pytest.mark.rule("R16")
def test_r16_a_conflict_is_put_with_all_three_sides(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """And whose it is."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    assert (each.field, each.subject, each.service_reference, each.since) == (
        Field.SITE,
        "FPC367129",
        "MCX-13001-01",
        NOW,
    )
    assert (each.base, each.ours, each.theirs) == (HEAD, NORTH, "Dépôt")


@pytest.mark.rule("R16")
def test_r16_ours_is_owed_again(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """From what the portal has now; the same files are no conflict any more."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    decided = conflicts.keep_ours(each.id, AGENT)
    assert (decided.state, decided.is_now, conflicts.open()) == (ConflictState.OURS, True, ())
    (group,) = services.carrying.owed().groups
    assert [(line.before, line.after) for line in group.lines] == [("Dépôt", NORTH)]
    outcome = bring(park, files)
    assert (outcome.clashes, outcome.owed, place_of(park, "FPC367129")) == ((), 1, NORTH)


@pytest.mark.rule("R16")
def test_r16_of_a_chain_the_last_line_is_owed_again(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """The lines before it lead nowhere any more."""
    add_site(services, 1, "Réserve")
    export_park(park, files)
    bring(park, files)
    move(services, "FPC367129", "Réserve")
    move(services, "FPC367129", NORTH)
    edit(files / "licences.csv", "FPC367129", site="Dépôt")
    bring(park, files)
    conflicts.keep_ours(conflicts.open()[0].id, AGENT)
    assert states(park)[1:] == [CarryState.OVERRULED, CarryState.OWED]


@pytest.mark.rule("R16")
def test_r16_theirs_is_an_operation_that_owes_nothing(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """By the person who decided; what we had changed is overruled by it."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    decided = conflicts.take_theirs(each.id, COLLEAGUE)
    assert decided.operation is not None
    recorded = services.operations.read(decided.operation)
    assert (recorded.by, recorded.count, recorded.lines[0].before, recorded.lines[0].after) == (
        COLLEAGUE,
        1,
        NORTH,
        "Dépôt",
    )
    assert (place_of(park, "FPC367129"), states(park)) == ("Dépôt", [CarryState.OVERRULED])
    assert (bring(park, files).operation, services.carrying.owed().total) == (None, 0)


@pytest.mark.rule("R16")
def test_r16_a_conflict_is_decided_once(
    services: Services, park: Database, files: Path, conflicts: Conflicts, clock: Clock
) -> None:
    """The second person is told who was first, and how."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    at = clock()
    first = conflicts.take_theirs(each.id, AGENT)
    clock.pass_(hours=1)
    for again in (conflicts.keep_ours(each.id, COLLEAGUE), conflicts.take_theirs(each.id, COLLEAGUE)):
        assert (again.state, again.by, again.at, again.is_now) == (ConflictState.THEIRS, AGENT, at, False)
        assert again.operation == first.operation
    with pytest.raises(ChoiceGone):
        conflicts.keep_ours(999, AGENT)


@pytest.mark.rule("R16")
@pytest.mark.parametrize("keep", [True, False])
def test_r16_what_has_become_the_same_meanwhile_is_no_conflict(
    services: Services, park: Database, files: Path, conflicts: Conflicts, *, keep: bool
) -> None:
    """We have moved it to where the portal has it."""
    clash_of_sites(services, park, files)
    move(services, "FPC367129", "Dépôt")
    decide = conflicts.keep_ours if keep else conflicts.take_theirs
    assert decide(conflicts.open()[0].id, AGENT).state is ConflictState.GONE
    assert states(park) == [CarryState.SEEN] * 2


@pytest.mark.rule("R16")
def test_r16_an_import_ends_a_conflict_that_there_is_no_more(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """Or tells the portal's new side; nobody has decided it."""
    add_site(services, 1, "Réserve")
    export_park(park, files)
    bring(park, files)
    clash_of_sites(services, park, files)
    edit(files / "licences.csv", "FPC367129", site="Réserve")
    bring(park, files)
    (each,) = conflicts.open()
    assert each.theirs == "Réserve"
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    bring(park, files)
    assert conflicts.open() == ()
    told = conflicts.keep_ours(each.id, AGENT)
    assert (told.state, told.by, told.is_now) == (ConflictState.GONE, None, False)


@pytest.mark.rule("R16")
def test_r16_a_conflict_of_what_the_files_lack_stays_open(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """They say nothing of it."""
    move(services, "FPC367126", NORTH)
    edit(files / "licences.csv", "FPC367126", site="Dépôt")
    bring(park, files)
    portal.leave_out(files / "licences.csv", "FPC367126")
    bring(park, files)
    assert len(conflicts.open()) == 1


@pytest.mark.rule("R16")
def test_r16_the_portals_holder_is_taken(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """The number that we had freed is with the licence that the portal gave it."""
    dissociate(services, "04 91 00 00 06")
    edit(files / "numeros.csv", NUMBER, licence="FPC367129")
    bring(park, files)
    conflicts.take_theirs(conflicts.open()[0].id, AGENT)
    assert (holder_of(park, NUMBER), states(park)) == ("FPC367129", [CarryState.OVERRULED])
    assert bring(park, files).operation is None


@pytest.mark.rule("R16")
def test_r16_a_number_that_the_portal_has_elsewhere_leaves_its_licence(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """Given back here, given away there: it leaves one licence and comes to the other."""
    freed = dissociate(services, "04 91 00 00 06")
    export_park(park, files)
    bring(park, files)
    undo(services, freed)
    edit(files / "numeros.csv", NUMBER, licence="FPC367129")
    bring(park, files)
    decided = conflicts.take_theirs(conflicts.open()[0].id, AGENT)
    assert services.operations.read(decided.operation).count == 2  # type: ignore[arg-type]
    assert holder_of(park, NUMBER) == "FPC367129"


@pytest.mark.rule("R16")
@pytest.mark.rule("R4")
def test_r4_no_number_goes_to_a_licence_that_has_ended_here(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """Its termination is taken back first; or ours is kept, and the portal's is not asked about again."""
    terminate(services, "FPC367126")
    edit(files / "numeros.csv", NUMBER, licence="FPC367126")
    bring(park, files)
    (each,) = conflicts.open()
    with pytest.raises(HolderUnfit):
        conflicts.take_theirs(each.id, AGENT)
    conflicts.keep_ours(each.id, AGENT)
    assert (bring(park, files).clashes, conflicts.open(), holder_of(park, NUMBER)) == ((), (), "FPC367128")


@pytest.mark.rule("R1")
@pytest.mark.rule("R16")
def test_r1_no_site_is_taken_that_is_closed_or_another_customers(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """The service may have changed hands since."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    close_site(park, "Dépôt")
    with pytest.raises(SiteClosed):
        conflicts.take_theirs(each.id, AGENT)
    with park.writing() as session:
        other = session.scalars(select(Customer.id).where(Customer.account == "C06100")).one()
        mine = update(Service).where(Service.reference == "MCX-13001-01")
        session.execute(mine.values(customer_id=other))
    with pytest.raises(SiteOfAnotherCustomer):
        conflicts.take_theirs(each.id, AGENT)


@pytest.mark.rule("R16")
@pytest.mark.parametrize("keep", [True, False])
def test_r16_a_site_of_the_same_name_elsewhere(
    services: Services, park: Database, files: Path, conflicts: Conflicts, *, keep: bool
) -> None:
    """Kept, it is owed again; or it takes the portal's address, which is on record."""
    add_site(services, 1, "Réserve")
    with (files / "sites.csv").open("a", encoding="utf-8") as lines:
        lines.write("C013001;Réserve;2 rue Neuve;13002;Marseille;0491000077\r\n")
    bring(park, files)
    (each,) = conflicts.open()
    assert (each.field, each.base, each.theirs) == (Field.NEW_SITE, None, "2 rue Neuve, 13002 Marseille")
    (conflicts.keep_ours if keep else conflicts.take_theirs)(each.id, AGENT)
    with park.reading() as session:
        address = session.scalar(select(Site.address).where(Site.label == "Réserve"))
    assert address == ("1 allée Réserve" if keep else "2 rue Neuve")
    assert (bring(park, files).clashes, states(park)) == (
        (),
        [CarryState.OWED if keep else CarryState.OVERRULED],
    )


@pytest.mark.rule("R16")
def test_r16_a_conflict_that_is_taken_by_an_import_is_told_as_taken(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """With the operation that did it."""
    clash_of_sites(services, park, files)
    (each,) = conflicts.open()
    outcome = import_park(park, files, lambda *_: None, at=NOW, theirs=True)
    told = conflicts.keep_ours(each.id, AGENT)
    assert (told.state, told.operation, told.is_now) == (ConflictState.THEIRS, outcome.operation, False)


@pytest.mark.rule("R16")
def test_r16_lines_that_were_undone_leave_nothing_to_owe(
    services: Services, park: Database, files: Path, conflicts: Conflicts
) -> None:
    """Ours is as it was before either; the next import brings the portal's."""
    recorded = move(services, "FPC367129", NORTH)
    edit(files / "licences.csv", "FPC367129", site="Dépôt")
    bring(park, files)
    undo(services, recorded)
    conflicts.keep_ours(conflicts.open()[0].id, AGENT)
    assert services.carrying.owed().total == 0
    with park.reading() as session:
        assert session.scalar(select(Conflict.state)) is ConflictState.OURS
        assert (
            session.scalar(select(Licence.state).where(Licence.reference == "FPC367129"))
            is LicenceState.ACTIVE
        )
