"""A termination is taken back, line by line, as long as the portal does not have it (R10, R15)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from domain import applying
from domain.carrying import Lines, OfOperation
from domain.errors import DraftSpent, NotUndoable, ParkMoved, PlanChanged
from domain.outbox import Outbox
from domain.tables import Announcement, CarryOver, Licence
from domain.terminating import TERMINATING
from domain.undoing import UNDOING, UndoRefusal
from domain.values import LicenceState
from tests.domain.acts import (
    AGENT,
    close_site,
    dissociate,
    draft_termination,
    draft_undo,
    holder_of,
    move,
    state_of,
    terminate,
    undo,
)

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.operations import Recorded
    from handlers.services import Services
    from tests.conftest import Clock

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
BOTH = "FPC367126 FPC367128"


def terminate_both(services: Services) -> Recorded:
    """Terminate two licences, one of them freed first."""
    dissociate(services, "04 91 00 00 06")
    return terminate(services, BOTH)


@pytest.mark.rule("R10")
def test_r10_a_termination_is_taken_back_after_weeks(
    services: Services, park: Database, clock: Clock
) -> None:
    """Nothing is owed of it any more, and it is undone once."""
    recorded = terminate_both(services)
    clock.pass_(days=40)
    undone = undo(services, recorded)
    assert (undone.count, state_of(park, "FPC367126")) == (2, LicenceState.ACTIVE)
    assert services.operations.read(recorded.id).standing.netted == 2


@pytest.mark.rule("R10")
def test_r10_a_line_that_is_carried_over_stays_terminated(services: Services, park: Database) -> None:
    """It is refused and named, the other goes back."""
    recorded = terminate_both(services)
    (group,) = services.carrying.owed("FPC367126").groups
    services.carrying.tick(Lines((group.lines[0].id,)), AGENT)
    plan = services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)
    assert [(line.change.subject, why) for line, why in plan.refused] == [
        ("FPC367126", UndoRefusal.CARRIED_OVER)
    ]
    undo(services, recorded)
    states = state_of(park, "FPC367126"), state_of(park, "FPC367128")
    assert states == (LicenceState.TERMINATED, LicenceState.ACTIVE)


@pytest.mark.rule("R10")
@pytest.mark.rule("R6")
def test_r10_what_is_carried_over_while_it_is_shown_is_not_taken_back(
    services: Services, park: Database
) -> None:
    """The plan is another one at the confirmation."""
    recorded = terminate(services, "FPC367126")
    draft = draft_undo(services, recorded)
    shown = services.orders.preview(UNDOING, draft, AGENT).fingerprint
    services.carrying.tick(OfOperation(recorded.id), AGENT)
    with pytest.raises(PlanChanged):
        services.orders.confirm(draft, shown, AGENT)
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED


@pytest.mark.rule("R10")
@pytest.mark.rule("R1")
def test_r10_a_licence_does_not_come_back_to_a_closed_site(services: Services, park: Database) -> None:
    """An active licence is at an open one."""
    recorded = terminate(services, "FPC367126")
    close_site(park, HEAD)
    plan = services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)
    assert [why for _, why in plan.refused] == [UndoRefusal.SITE_CLOSED]


@pytest.mark.rule("R10")
def test_r10_a_licence_that_is_active_again_by_itself_has_changed(services: Services, park: Database) -> None:
    """Lines without a revision are compared by their value."""
    recorded = terminate(services, "FPC367126")
    with park.writing() as session:
        mine = update(Licence).where(Licence.reference == "FPC367126")
        session.execute(mine.values(state=LicenceState.ACTIVE, revision=Licence.revision + 1))
    plan = services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)
    assert [why for _, why in plan.refused] == [UndoRefusal.CHANGED_SINCE]


@pytest.mark.rule("R10")
def test_r10_an_undo_of_a_termination_is_not_undone(services: Services) -> None:
    """The licence is terminated anew instead."""
    undone = undo(services, terminate(services, "FPC367126"))
    with pytest.raises(NotUndoable):
        services.orders.preview(UNDOING, draft_undo(services, undone), AGENT)


@pytest.mark.rule("R7")
def test_r7_a_licence_that_is_terminated_again_is_not_told_by_the_first_draft(services: Services) -> None:
    """Taken back, it came and went again; the draft of the first time is spent."""
    draft = draft_termination(services, "FPC367126")
    shown = services.orders.preview(TERMINATING, draft, AGENT).fingerprint
    undo(services, services.orders.confirm(draft, shown, AGENT))
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)
    terminate(services, "FPC367126")
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R10")
@pytest.mark.parametrize("carried", [True, False])
def test_r10_a_message_offers_the_way_back_as_long_as_there_is_one(
    services: Services, park: Database, clock: Clock, *, carried: bool
) -> None:
    """Of a termination without end; until it is carried over."""
    recorded = terminate(services, "FPC367126")
    later = move(services, "FPC367128", NORTH)
    with park.writing() as session:
        session.execute(update(Announcement).values(posted_ts="1", undoable_since=clock()))
    if carried:
        services.carrying.tick(OfOperation(recorded.id), AGENT)
    clock.pass_(days=2)
    outbox_of(services).end_undo(timedelta(days=1))
    query = select(Announcement.operation_id).where(Announcement.undoable_since.is_not(None)).distinct()
    with park.reading() as session:
        offering = list(session.scalars(query))
    assert later.id not in offering
    assert offering == ([] if carried else [recorded.id])


@pytest.mark.rule("R15")
def test_r15_what_is_taken_back_is_not_listed(services: Services, park: Database) -> None:
    """Neither the termination nor its undo."""
    undo(services, terminate(services, "FPC367126"))
    assert services.carrying.owed().total == 0
    with park.reading() as session:
        assert len(session.scalars(select(CarryOver.settled_by).distinct()).all()) == 1


def outbox_of(services: Services) -> Outbox:
    """Give the outbox of the same database."""
    return Outbox(services.operations._database, services.operations._clock)


@pytest.mark.rule("R2")
def test_r2_no_number_goes_back_to_a_licence_that_has_ended(
    services: Services, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended between plan and statement: the last word is the statement's, for every field."""
    draft = draft_undo(services, dissociate(services, "04 91 00 00 06"))
    shown = services.orders.preview(UNDOING, draft, AGENT).fingerprint
    apply = applying.apply

    def too_late(session: Session, *arguments: Any, **options: Any) -> None:
        ended = update(Licence).where(Licence.reference == "FPC367128")
        session.execute(ended.values(state=LicenceState.TERMINATED))
        apply(session, *arguments, **options)

    monkeypatch.setattr(applying, "apply", too_late)
    with pytest.raises(ParkMoved):
        services.orders.confirm(draft, shown, AGENT)
    assert holder_of(park, "+33491000006") is None
