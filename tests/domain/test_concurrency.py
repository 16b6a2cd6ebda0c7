"""Several people, several processes: rules R4 to R7 hold all the same."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from domain.database import Database
from domain.errors import DomainError, NothingToDo, ParkUnavailable, PlanChanged, QuantityTooLarge
from domain.moving import MOVING
from domain.park import counts
from domain.tables import Draft, Licence, Number, Operation, Service
from domain.terminating import TERMINATING
from domain.undoing import UNDOING
from domain.values import Fingerprint, LicenceState, LicenceType, OperationKind
from tests.conftest import services_on
from tests.domain.acts import AGENT, SUPPORT, dissociate, draft_move, draft_termination

if TYPE_CHECKING:
    from domain.rows import TypeCount
    from domain.values import DraftId
    from handlers.services import Services


@pytest.mark.rule("R7")
def test_r7_two_processes_confirming_one_draft_make_one_operation(
    services: Services, park: Database, park_url: str
) -> None:
    """Both are told the same operation."""
    draft = draft_move(services, "FPC367128 FPC367129", "Entrepôt Nord")
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    command = [sys.executable, "-m", "tests.domain.confirm", park_url, draft, shown]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == [draft, draft]
    with park.reading() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 1


def _terminate_one(services: Services) -> bool:
    draft = services.drafts.name(OperationKind.TERMINATION, AGENT, SUPPORT, "MCX-69003-01")[0].id
    services.drafts.change(draft, AGENT, licence_type=LicenceType.SIMPLE, quantity=1)
    while True:
        try:
            shown = services.orders.preview(TERMINATING, draft, AGENT).fingerprint
            services.orders.confirm(draft, shown, AGENT)
        except PlanChanged:
            continue
        except (QuantityTooLarge, NothingToDo):
            return False
        return True


@pytest.mark.rule("R5")
def test_r5_many_people_terminate_no_more_than_there_are(park_url: str) -> None:
    """More people than free licences want one each, each over a connection of their own."""
    wide = Database(park_url, wait=60)
    count = _count(wide)
    people = count.terminable + 4
    rival = services_on(wide)
    with ThreadPoolExecutor(people) as pool:
        done = list(pool.map(lambda _: _terminate_one(rival), range(people)))
    after = _count(wide)
    wide.close()
    assert sum(done) == count.terminable
    assert (after.terminable, after.active) == (0, count.active)


def _count(database: Database) -> TypeCount:
    with database.reading() as session:
        service_id = session.scalars(select(Service.id).where(Service.reference == "MCX-69003-01")).one()
        return next(each for each in counts(session, service_id) if each.type is LicenceType.SIMPLE)


@pytest.mark.rule("R4")
def test_r4_a_dissociation_undone_and_a_termination_never_both_happen(
    services: Services, park: Database
) -> None:
    """A licence that gets its number back while somebody terminates it is either held or ended."""
    freed = dissociate(services, "04 91 00 00 06")
    termination = draft_termination(services, "FPC367128")
    undo = services.drafts.begin(OperationKind.UNDO, AGENT, SUPPORT, undoes=freed.id)
    acts = [
        (termination, services.orders.preview(TERMINATING, termination, AGENT).fingerprint),
        (undo, services.orders.preview(UNDOING, undo, AGENT).fingerprint),
    ]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda act: _try(services, *act), acts))
    held = select(Number.licence_id).where(Number.e164 == "+33491000006")
    with park.reading() as session:
        state = session.scalars(select(Licence.state).where(Licence.reference == "FPC367128")).one()
        is_held = session.scalars(held).one() is not None
    assert sorted(done) == [False, True]
    assert is_held is (state is LicenceState.ACTIVE)


def _try(services: Services, draft: DraftId, shown: Fingerprint) -> bool:
    try:
        services.orders.confirm(draft, shown, AGENT)
    except DomainError:
        return False
    return True


def test_a_busy_database_is_told_and_nothing_is_lost(services: Services, park_url: str) -> None:
    """While another process holds the lock the person is told to try again; then it works."""
    draft = draft_move(services, "FPC367128", "Entrepôt Nord")
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    hurried = Database(park_url, wait=0.2)
    other = Database(park_url)
    rival = services_on(hurried)
    with other.writing() as session:
        session.execute(select(Draft.id).with_for_update()).all()
        with pytest.raises(ParkUnavailable):
            rival.orders.confirm(draft, shown, AGENT)
    assert rival.orders.confirm(draft, shown, AGENT).count == 1
    hurried.close()
    other.close()
