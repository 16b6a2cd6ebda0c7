"""Import beside the bot: what it changed stays until the portal shows it, and nothing is lost (R15, R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.carrying import OfOperation
from domain.errors import OutcomeUnknown
from domain.exporting import export_park
from domain.importing import FilesOutdated, ImportOvertaken, import_park
from domain.tables import (
    CarryOver,
    Customer,
    Import,
    Licence,
    Number,
    Operation,
    OperationLine,
    Service,
    Site,
)
from domain.values import CarryState, Field, LicenceState, OperationId, OperationKind
from tests.domain.acts import (
    AGENT,
    add_site,
    dissociate,
    holder_of,
    move,
    place_of,
    state_of,
    terminate,
    undo,
)
from tests.domain.portal import NOW, edit, leave_out

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from domain.database import Database
    from domain.importing import Outcome
    from handlers.services import Services

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
NUMBER = "+33491000006"
CARRIED, OWED, SEEN, UNSURE = CarryState.CARRIED, CarryState.OWED, CarryState.SEEN, CarryState.UNSURE
OVERRULED = CarryState.OVERRULED


@pytest.fixture
def files(park: Database, tmp_path: Path) -> Path:
    """Give the portal's files of before anything was done."""
    export_park(park, tmp_path)
    return tmp_path


def bring(park: Database, files: Path, **options: Any) -> Outcome:
    """Import the files."""
    return import_park(park, files, lambda *_: None, at=NOW, **options)


def states(park: Database) -> list[CarryState]:
    """Tell where each line of the record stands, in the order in which they were written."""
    with park.reading() as session:
        return list(session.scalars(select(CarryOver.state).order_by(CarryOver.id)))


def counts(park: Database) -> list[int | None]:
    """Count what an import may write."""
    with park.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(each))
            for each in (Operation, OperationLine, Import)
        ]


def changed(outcome: Outcome) -> dict[str, tuple[int, int]]:
    """Tell what was added and changed, where anything was."""
    return {
        each.table: (each.created, each.changed) for each in outcome.tables if each.created or each.changed
    }


def do_four(services: Services) -> None:
    """Do a bit of everything."""
    dissociate(services, "04 91 00 00 06")
    terminate(services, "FPC367128")
    move(services, "FPC367129", NORTH)
    add_site(services, 1, "Dépôt")


@pytest.mark.rule("R16")
def test_r16_yesterdays_files_take_nothing_back(services: Services, park: Database, files: Path) -> None:
    """A move, a termination, a dissociation and a new site are kept, and told as owed; again, nothing happens."""
    do_four(services)
    outcome = bring(park, files)
    assert (outcome.owed, outcome.seen, outcome.operation, changed(outcome)) == (4, 0, None, {})
    assert (place_of(park, "FPC367129"), holder_of(park, NUMBER)) == (NORTH, None)
    assert state_of(park, "FPC367128") is LicenceState.TERMINATED
    assert states(park) == [OWED] * 4
    before = counts(park)
    assert bring(park, files).owed == 4
    assert counts(park) == before


@pytest.mark.rule("R16")
@pytest.mark.rule("R15")
def test_r16_files_that_show_it_are_told_as_such(services: Services, park: Database, files: Path) -> None:
    """Ticked or not; then the portal's word holds again, and what it changes is on record."""
    do_four(services)
    for group in services.carrying.owed().groups[:2]:
        services.carrying.tick(group.id, AGENT)
    export_park(park, files)
    outcome = bring(park, files)
    assert (outcome.seen, outcome.owed, states(park)) == (4, 0, [SEEN] * 4)
    edit(files / "licences.csv", "FPC367129", site=HEAD)
    outcome = bring(park, files)
    assert (place_of(park, "FPC367129"), outcome.recorded, outcome.clashes) == (HEAD, 1, ())


@pytest.mark.rule("R16")
def test_r16_a_third_thing_is_a_conflict_and_ours_stays(
    services: Services, park: Database, files: Path
) -> None:
    """Named with all three; again, it is the same conflict."""
    add_site(services, 1, "Dépôt")
    move(services, "FPC367129", NORTH)
    export_park(park, files)
    edit(files / "licences.csv", "FPC367129", site="Dépôt")
    outcome = bring(park, files)
    (clash,) = outcome.clashes
    assert (clash.subject, clash.base, clash.ours, clash.theirs) == ("FPC367129", HEAD, NORTH, "Dépôt")
    assert (place_of(park, "FPC367129"), outcome.operation, outcome.owed) == (NORTH, None, 0)
    before = counts(park)
    assert bring(park, files).clashes == outcome.clashes
    assert counts(park) == before


@pytest.mark.rule("R16")
def test_r16_what_the_portal_changed_is_one_operation_on_record(
    services: Services, park: Database, files: Path
) -> None:
    """With a line for each change of a row that was there; new rows are counted."""
    with (files / "sites.csv").open("a", encoding="utf-8") as lines:
        lines.write("C013001;Dépôt Sud;2 rue Neuve;13002;Marseille;\r\n")
    edit(files / "licences.csv", "FPC367129", site=NORTH, accountcode="PM999", superviseur="oui")
    edit(files / "licences.csv", "FPC367126", etat="résilié")
    edit(files / "numeros.csv", NUMBER, licence="FPC367129")
    edit(files / "services.csv", "MCX-13001-01", nom="Standard")
    outcome = bring(park, files)
    assert outcome.operation is not None
    recorded = services.operations.read(outcome.operation)
    assert (recorded.kind, recorded.by, recorded.count) == (OperationKind.IMPORT, "command line", 7)
    found = {
        (
            line.field,
            line.subject if line.field is Field.HOLDER else str(line.subject),
            line.before,
            line.after,
        )
        for line in services.operations.lines(outcome.operation)
    }
    assert {(field, before, after) for field, _, before, after in found} == {
        (Field.DETAIL, "Téléphonie Marseille", "Standard"),
        (Field.DETAIL, "PM129", "PM999"),
        (Field.DETAIL, "no", "yes"),
        (Field.SITE, HEAD, NORTH),
        (Field.STATE, "active", "terminated"),
        (Field.HOLDER, "FPC367128", None),
        (Field.HOLDER, None, "FPC367129"),
    }
    assert states(park) == []
    assert changed(outcome) == {"sites": (1, 0), "services": (0, 1), "licences": (0, 2), "numbers": (0, 1)}
    assert bring(park, files).operation is None


@pytest.mark.rule("R16")
def test_r16_a_dry_run_tells_the_same_and_writes_nothing(
    services: Services, park: Database, files: Path
) -> None:
    """To the last line."""
    move(services, "FPC367129", NORTH)
    edit(files / "licences.csv", "FPC367126", etat="résilié")
    before = counts(park)
    dry = bring(park, files, dry=True)
    assert (counts(park), state_of(park, "FPC367126")) == (before, LicenceState.ACTIVE)
    done = bring(park, files)
    assert (dry.tables, dry.owed, dry.recorded) == (done.tables, done.owed, done.recorded)


@pytest.mark.rule("R16")
def test_r16_the_portals_side_of_all_conflicts_can_be_taken(
    services: Services, park: Database, files: Path
) -> None:
    """They are named, and on record; our lines are overruled."""
    add_site(services, 1, "Dépôt")
    move(services, "FPC367129", NORTH)
    export_park(park, files)
    edit(files / "licences.csv", "FPC367129", site="Dépôt")
    bring(park, files)
    outcome = bring(park, files, theirs=True)
    assert (place_of(park, "FPC367129"), outcome.recorded, outcome.clashes) == ("Dépôt", 1, ())
    assert [clash.ours for clash in outcome.lost] == [NORTH]
    assert states(park) == [SEEN, OVERRULED]


@pytest.mark.rule("R16")
def test_r16_rows_that_the_files_lack_are_told_and_stay(park: Database, files: Path) -> None:
    """Nothing is ended by itself."""
    leave_out(files / "licences.csv", "FPC367126")
    outcome = bring(park, files)
    absent = {each.table: each.absent.named for each in outcome.tables if each.absent.count}
    assert absent == {"licences": ("FPC367126",)}
    assert state_of(park, "FPC367126") is LicenceState.ACTIVE


@pytest.mark.rule("R16")
def test_r16_what_the_files_lack_keeps_what_is_owed(services: Services, park: Database, files: Path) -> None:
    """The licence may come again."""
    move(services, "FPC367129", NORTH)
    leave_out(files / "licences.csv", "FPC367129")
    for line in (files / "numeros.csv").read_text("utf-8-sig").splitlines():
        if line.endswith("FPC367129"):
            leave_out(files / "numeros.csv", line.split(";")[0])
    outcome = bring(park, files)
    assert (outcome.owed, outcome.clashes, states(park)) == (0, (), [OWED])


@pytest.mark.rule("R16")
def test_r16_files_of_an_earlier_import_are_refused(park: Database, files: Path) -> None:
    """They would bring back what an import has seen since; unless it is wished."""
    bring(park, files)
    old = (files / "licences.csv").read_bytes()
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    bring(park, files)
    (files / "licences.csv").write_bytes(old)
    with pytest.raises(FilesOutdated):
        bring(park, files)
    assert place_of(park, "FPC367129") == NORTH
    bring(park, files, force=True)
    assert place_of(park, "FPC367129") == HEAD


@pytest.mark.rule("R16")
def test_r16_of_two_imports_at_once_the_second_is_told(park: Database, files: Path) -> None:
    """The first was written while the second read."""
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    done: list[Outcome] = []

    def interrupt(*_: object) -> None:
        if not done:
            done.append(import_park(park, files, lambda *_: None, at=NOW))

    bring(park, files, dry=True)
    with pytest.raises(ImportOvertaken):
        import_park(park, files, interrupt_at_the_end(interrupt), at=NOW)
    assert len(done) == 1


def interrupt_at_the_end(act: Any) -> Any:
    """Do something once the last file is read."""
    return lambda name, *_: act() if name == "numeros.csv" else None


@pytest.mark.rule("R16")
def test_r16_what_people_do_while_it_reads_is_kept(services: Services, park: Database, files: Path) -> None:
    """The portal moved one of two licences; both are moved elsewhere meanwhile: one is a conflict, one is owed."""
    add_site(services, 1, "Dépôt")
    export_park(park, files)
    bring(park, files)
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    moved: list[object] = []

    def meanwhile(*_: object) -> None:
        if not moved:
            moved.append(move(services, "FPC367129 FPC367128", "Dépôt"))

    outcome = import_park(park, files, interrupt_at_the_end(meanwhile), at=NOW)
    assert [clash.subject for clash in outcome.clashes] == ["FPC367129"]
    assert (place_of(park, "FPC367128"), place_of(park, "FPC367129"), outcome.owed) == ("Dépôt", "Dépôt", 1)


@pytest.mark.rule("R16")
@pytest.mark.rule("R1")
def test_r16_a_licence_that_goes_to_another_customer_leaves_our_site(
    services: Services, park: Database, files: Path
) -> None:
    """Ours is no site of theirs: what we changed is overruled, and named."""
    move(services, "FPC367126", NORTH)
    edit(files / "licences.csv", "FPC367126", service="MCX-06000-10", site=HEAD)
    outcome = bring(park, files)
    assert ([clash.ours for clash in outcome.lost], outcome.clashes) == ([NORTH], ())
    assert states(park) == [OVERRULED]
    with park.reading() as session:
        query = select(Service.reference, Site.customer_id == Service.customer_id)
        query = query.join(Licence, Licence.service_id == Service.id).join(Site, Site.id == Licence.site_id)
        assert tuple(session.execute(query.where(Licence.reference == "FPC367126")).one()) == (
            "MCX-06000-10",
            True,
        )


@pytest.mark.rule("R16")
@pytest.mark.rule("R4")
def test_r16_a_number_given_to_a_licence_that_ended_in_the_bot_alone(
    services: Services, park: Database, files: Path
) -> None:
    """The termination is kept, as the portal has not heard of it; the number stays where it is: a conflict."""
    terminate(services, "FPC367126")
    edit(files / "numeros.csv", NUMBER, licence="FPC367126")
    with (files / "numeros.csv").open("a", encoding="utf-8") as lines:
        lines.write("0491000099;MCX-13001-01;FPC367126\r\n")
    outcome = bring(park, files)
    assert [(clash.subject, clash.ours, clash.theirs) for clash in outcome.clashes] == [
        (NUMBER, "FPC367128", "FPC367126"),
        ("+33491000099", None, "FPC367126"),
    ]
    assert (holder_of(park, NUMBER), holder_of(park, "+33491000099")) == ("FPC367128", None)
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED


@pytest.mark.rule("R16")
@pytest.mark.rule("R4")
def test_r16_a_number_that_we_gave_back_to_a_licence_that_ends_is_free(
    services: Services, park: Database, files: Path
) -> None:
    """No licence that has ended holds one: what we changed is overruled, and named."""
    freed = dissociate(services, "04 91 00 00 06")
    export_park(park, files)
    bring(park, files)
    undo(services, freed)
    edit(files / "licences.csv", "FPC367128", etat="résilié")
    outcome = bring(park, files)
    assert [clash.subject for clash in outcome.lost] == [NUMBER]
    assert (holder_of(park, NUMBER), states(park)) == (None, [SEEN, OVERRULED])


@pytest.mark.rule("R16")
def test_r16_the_portal_dissociates_and_moves_the_number_elsewhere(
    services: Services, park: Database, files: Path
) -> None:
    """It is a third thing: ours stays free, and of which licence the portal has it is named."""
    dissociate(services, "04 91 00 00 06")
    edit(files / "numeros.csv", NUMBER, licence="FPC367129")
    (clash,) = bring(park, files).clashes
    assert (clash.field, clash.base, clash.ours, clash.theirs) == (
        Field.HOLDER,
        "FPC367128",
        None,
        "FPC367129",
    )
    assert holder_of(park, NUMBER) is None


@pytest.mark.rule("R16")
@pytest.mark.parametrize(("street", "clashes"), [("1 ALLEE depot", 0), ("2 rue Neuve", 1)])
def test_r16_a_site_is_there_at_its_address_however_it_is_spelt(
    services: Services, park: Database, files: Path, street: str, clashes: int
) -> None:
    """At another one it is another site of that name: a conflict, and ours stays."""
    add_site(services, 1, "Dépôt")
    with (files / "sites.csv").open("a", encoding="utf-8") as lines:
        lines.write(f"C013001;Dépôt;{street};13001;Marseille;\r\n")
    outcome = bring(park, files)
    assert (len(outcome.clashes), outcome.seen) == (clashes, 1 - clashes)
    with park.reading() as session:
        query = select(Site.address).where(Site.label == "Dépôt", Site.customer_id == 1)
        assert session.scalar(query) == ("1 allée Dépôt" if clashes else street)
    before = counts(park)
    bring(park, files)
    assert counts(park) == before


@pytest.mark.rule("R16")
def test_r16_the_first_import_after_an_upgrade_ends_the_doubt(
    services: Services, park: Database, files: Path
) -> None:
    """What the portal has is seen, what it has not is owed."""
    move(services, "FPC367129 FPC367128", NORTH)
    with park.writing() as session:
        session.execute(update(CarryOver).values(state=UNSURE))
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    outcome = bring(park, files)
    assert (outcome.seen, outcome.owed, sorted(states(park))) == (1, 1, [OWED, SEEN])


@pytest.mark.rule("R16")
def test_r16_a_step_on_the_way_is_seen(services: Services, park: Database, files: Path) -> None:
    """Moved twice; the portal shows the first."""
    add_site(services, 1, "Dépôt")
    export_park(park, files)
    bring(park, files)
    first = move(services, "FPC367129", NORTH)
    move(services, "FPC367129", "Dépôt")
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    assert (bring(park, files).owed, states(park)) == (1, [SEEN, SEEN, OWED])
    assert services.operations.read(first.id).standing.seen_at == NOW


@pytest.mark.rule("R15")
def test_r15_what_was_ticked_and_is_not_shown_stays_ticked(
    services: Services, park: Database, files: Path
) -> None:
    """The files may be of before the tick."""
    services.carrying.tick(OfOperation(move(services, "FPC367129", NORTH).id), AGENT)
    bring(park, files)
    assert (states(park), place_of(park, "FPC367129")) == ([CARRIED], NORTH)


@pytest.mark.rule("R16")
def test_r16_a_customer_who_is_renamed_is_on_record_and_found(
    services: Services, park: Database, files: Path
) -> None:
    """A detail of the customer's."""
    path = files / "clients.csv"
    with park.reading() as session:
        name = session.scalars(select(Customer.name).where(Customer.account == "C013001")).one()
    path.write_text(path.read_text("utf-8-sig").replace(name, "Zéphyr"), "utf-8")
    outcome = bring(park, files)
    (line,) = services.operations.lines(OperationId(str(outcome.operation)))
    assert (line.subject, line.before, line.after) == ("C013001", name, "Zéphyr")
    assert "C013001" in [row.account for row in services.park.search_customers("zephyr")]
    assert services.park.search_services("zephyr")


def test_a_number_that_was_let_go_keeps_no_revision_of_its_own(park: Database, files: Path) -> None:
    """It has changed once, however it was written."""
    edit(files / "numeros.csv", NUMBER, licence="FPC367129")
    bring(park, files)
    with park.reading() as session:
        assert session.scalars(select(Number.revision).where(Number.e164 == NUMBER)).one() == 1


@pytest.mark.rule("R14")
def test_r14_an_import_whose_end_is_not_heard_is_told_as_such(
    park: Database, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was written is not known; the same files again are no harm."""
    edit(files / "licences.csv", "FPC367129", site=NORTH)
    commit = Session.commit

    def broken(session: Session) -> None:
        commit(session)
        raise OperationalError("COMMIT", {}, psycopg.OperationalError("server closed the connection"))

    with monkeypatch.context() as unheard, pytest.raises(OutcomeUnknown):
        unheard.setattr(Session, "commit", broken)
        bring(park, files)
    assert (bring(park, files).operation, place_of(park, "FPC367129")) == (None, NORTH)
