"""A park that comes back, a commit whose end is not heard, files that leave rows behind (R1, R4, R6, R7, R10)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.database import Database
from domain.dissociating import DISSOCIATING
from domain.errors import DraftSpent, OutcomeUnknown, ServiceElsewhere
from domain.exporting import export_park
from domain.importing import import_park
from domain.moving import MOVING
from domain.tables import Customer, Licence, Number, Service, Site
from domain.terminating import TERMINATING
from domain.undoing import UNDOING, UndoRefusal
from domain.values import LicenceState, OperationKind
from tests.conftest import PATIENT, services_on
from tests.domain.acts import (
    AGENT,
    COLLEAGUE,
    SUPPORT,
    dissociate,
    draft_move,
    draft_termination,
    draft_undo,
    holder_of,
    move,
    place_of,
    state_of,
    terminate,
)
from tests.domain.portal import NOW, add_site, edit, leave_out, portal_changes, portal_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from domain.importing import Imported
    from handlers.services import Services
    from tests.conftest import Clock, Databases

T = TypeVar("T")

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
OTHER = {"service": "MCX-06000-10", "site": HEAD}


# The same plan again, of a park that has come back


@pytest.mark.rule("R7")
def test_r7_a_licence_that_an_import_brings_back_is_not_told_as_terminated(
    services: Services, park: Database
) -> None:
    """The plan that is shown then is the first one, letter by letter, and yet another wish."""
    draft = draft_termination(services, "FPC367126")
    shown = services.orders.preview(TERMINATING, draft, AGENT).fingerprint
    services.orders.confirm(draft, shown, AGENT)
    portal_changes(park, "licences.csv", "FPC367126", etat="actif")
    assert services.orders.preview(TERMINATING, draft, AGENT).fingerprint == shown
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R7")
def test_r7_a_licence_that_a_colleague_moved_back_is_not_told_as_moved(services: Services) -> None:
    """By a change of their own, which is no undo."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    services.orders.confirm(draft, shown, AGENT)
    move(services, "FPC367128", HEAD, COLLEAGUE)
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R7")
def test_r7_a_number_that_an_import_gave_back_is_not_told_as_dissociated(
    services: Services, park: Database
) -> None:
    """The licence holds it again."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, SUPPORT, "04 91 00 00 06")[0].id
    shown = services.orders.preview(DISSOCIATING, draft, AGENT).fingerprint
    services.orders.confirm(draft, shown, AGENT)
    portal_changes(park, "numeros.csv", "+33491000006", licence="FPC367128")
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R7")
def test_r7_what_a_suspended_service_holds_up_is_told_as_it_was_done(
    services: Services, park: Database
) -> None:
    """A second click tells the first one's result, whatever could be planned now."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    first = services.orders.confirm(draft, shown, AGENT)
    portal_changes(park, "services.csv", "MCX-13001-01", etat="suspendu")
    again = services.orders.confirm(draft, shown, AGENT)
    assert (again.id, again.lines) == (first.id, first.lines)


# A commit whose end is not heard


def break_commits(monkeypatch: pytest.MonkeyPatch, *, done: bool, times: int = 1) -> None:
    """Let the connection break at the next commits, once they are done or before."""
    commit, left = Session.commit, [times]

    def broken(session: Session) -> None:
        if not left[0]:
            commit(session)
            return
        left[0] -= 1
        if done:
            commit(session)
        else:
            session.rollback()
        raise OperationalError("COMMIT", {}, psycopg.OperationalError("server closed the connection"))

    monkeypatch.setattr(Session, "commit", broken)


@pytest.mark.rule("R7")
@pytest.mark.parametrize("done", [True, False])
def test_r7_a_commit_that_is_not_answered_is_asked_about(
    services: Services, park: Database, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    """What was done is told as done, what was not is done: once either way."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    break_commits(monkeypatch, done=done)
    assert services.orders.confirm(draft, shown, AGENT).count == 1
    assert place_of(park, "FPC367128") == NORTH


def test_r7_a_database_that_stays_away_leaves_the_outcome_unknown(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that nothing was changed."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    break_commits(monkeypatch, done=False, times=2)
    with pytest.raises(OutcomeUnknown):
        services.orders.confirm(draft, shown, AGENT)


# Rows that the files do not name


@pytest.mark.rule("R1")
def test_r1_a_licence_that_stays_at_its_former_customers_site_is_noted(park: Database) -> None:
    """Its service changes hands, and the files do not say where it goes."""
    done: list[Imported] = []
    with portal_files(park, done) as folder:
        leave_out(folder / "licences.csv", "FPC367126")
        edit(folder / "services.csv", "MCX-13001-01", compte_client="C06100")
    (note,) = [note for each in done for note in each.notes]
    assert (note.file, note.line, "FPC367126" in note.reason) == ("services.csv", 2, True)


@pytest.mark.rule("R4")
def test_r4_a_licence_that_ends_lets_go_of_a_number_that_the_files_do_not_name(park: Database) -> None:
    """Nobody could take it off any more: it is free, as after a dissociation, and noted."""
    done: list[Imported] = []
    with portal_files(park, done) as folder:
        leave_out(folder / "numeros.csv", "+33491000006")
        edit(folder / "licences.csv", "FPC367128", etat="résilié")
    (note,) = [note for each in done for note in each.notes]
    assert (note.file, "+33491000006" in note.reason) == ("licences.csv", True)
    assert (holder_of(park, "+33491000006"), state_of(park, "FPC367128")) == (None, LicenceState.TERMINATED)


def test_a_number_that_its_licence_leaves_behind_has_changed(park: Database) -> None:
    """The licence goes to another service, and the files leave the number free where it was."""
    before = revision(park, "+33491000006")
    with portal_files(park) as folder:
        edit(folder / "licences.csv", "FPC367128", **OTHER)
        edit(folder / "numeros.csv", "+33491000006", licence="")
    assert (revision(park, "+33491000006"), holder_of(park, "+33491000006")) == (before + 1, None)


def revision(park: Database, e164: str) -> int:
    """Tell how often a number has changed its place."""
    with park.reading() as session:
        return session.scalars(select(Number.revision).where(Number.e164 == e164)).one()


# Undo


@pytest.mark.rule("R1")
def test_r1_an_undo_gives_no_site_of_another_customer(services: Services, park: Database) -> None:
    """However the licence came to be there before."""
    with park.writing() as session:
        other = session.scalars(select(Customer.id).where(Customer.account == "C06100")).one()
        add_site(session, other, "Ailleurs")
        foreign = select(Site.id).where(Site.label == "Ailleurs").scalar_subquery()
        session.execute(
            Licence.__table__.update().where(Licence.reference == "FPC367128").values(site_id=foreign)  # type: ignore[attr-defined]
        )
    plan = services.orders.preview(UNDOING, draft_undo(services, move(services, "FPC367128", NORTH)), AGENT)
    assert [why for _, why in plan.refused] == [UndoRefusal.SITE_ELSEWHERE]


@pytest.mark.rule("R10")
def test_r10_a_licence_that_was_terminated_and_brought_back_has_changed(
    services: Services, park: Database
) -> None:
    """Away and back again, by the bot and by an import: it is refused and named."""
    moved = move(services, "FPC367126", NORTH)
    terminate(services, "FPC367126")
    portal_changes(park, "licences.csv", "FPC367126", etat="actif")
    plan = services.orders.preview(UNDOING, draft_undo(services, moved), AGENT)
    assert [why for _, why in plan.refused] == [UndoRefusal.CHANGED_SINCE]


@pytest.mark.rule("R10")
def test_r10_an_undo_is_not_over_while_its_number_is_as_it_was_left(
    services: Services, park: Database
) -> None:
    """The licence is elsewhere, and can come back."""
    freed = dissociate(services, "04 91 00 00 06")
    portal_changes(park, "licences.csv", "FPC367128", **OTHER)
    away = services.orders.preview(UNDOING, draft_undo(services, freed), AGENT)
    portal_changes(park, "licences.csv", "FPC367128", service="MCX-13001-01", site=HEAD)
    back = services.orders.preview(UNDOING, draft_undo(services, freed), AGENT)
    assert (away.changes, away.is_over, back.changes) == (0, False, 1)


@pytest.mark.rule("R10")
def test_r10_an_undo_is_over_once_its_licences_have_moved_on(services: Services) -> None:
    """What has been moved again is as it was left no more, nor ever will be."""
    moved = move(services, "FPC367128", NORTH)
    move(services, "FPC367128", HEAD)
    plan = services.orders.preview(UNDOING, draft_undo(services, moved), AGENT)
    assert (plan.changes, plan.is_over) == (0, True)


# Two at once: whoever waits for a lock reads what there is behind it


def while_waiting(engine: Engine, act: Callable[[], T], change: Callable[[Session], None]) -> T:
    """Change something in a transaction that ends only once the act waits for it; give what the act did."""
    with ThreadPoolExecutor() as pool, Session(engine) as other:
        change(other)
        acting = pool.submit(act)
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
            while not watch.scalar(waiting) and not acting.done():
                time.sleep(0.01)
        other.commit()
        return acting.result()


@pytest.mark.rule("R2")
def test_r2_a_service_that_changes_hands_while_a_click_waits_is_told(
    databases: Databases, clock: Clock
) -> None:
    """Not as if it were gone: the row that is waited for is read anew, with the customer that it has now."""
    database = Database(databases.new("postgresql", "park"), wait=PATIENT)
    services = services_on(database, clock)
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint

    def hand(session: Session) -> None:
        other = select(Customer.id).where(Customer.account == "C06100").scalar_subquery()
        theirs = update(Service).where(Service.reference == "MCX-13001-01")
        session.execute(theirs.values(customer_id=other))

    with pytest.raises(ServiceElsewhere):
        while_waiting(database.engine, lambda: services.orders.confirm(draft, shown, AGENT), hand)
    database.close()


def test_an_import_waits_for_a_site_that_is_being_added(databases: Databases, tmp_path: Path) -> None:
    """The files bring a site of the same name: it is brought up to date, and nothing fails."""
    database = Database(databases.new("postgresql", "park"), wait=PATIENT)
    export_park(database, tmp_path)
    with (tmp_path / "sites.csv").open("a", encoding="utf-8") as lines:
        lines.write("C013001;Dépôt Sud;2 rue Neuve;13002;Marseille;\r\n")

    def add(session: Session) -> None:
        customer = select(Customer.id).where(Customer.account == "C013001").with_for_update()
        add_site(session, session.scalars(customer).one(), "Dépôt Sud")

    def bring() -> tuple[Imported, ...]:
        return import_park(database, tmp_path, lambda *_: None, at=NOW).tables

    sites = next(each for each in while_waiting(database.engine, bring, add) if each.table == "sites")
    assert (sites.created, sites.changed) == (0, 1)
    database.close()
