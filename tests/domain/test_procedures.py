"""The services of the procedures, on both databases: rules R1 to R10."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exc, func, select, text

from domain.changes import Plan, Procedure
from domain.errors import (
    AlreadyUndone,
    DraftForeign,
    DraftGone,
    DraftIncomplete,
    NothingToDo,
    NotUndoable,
    ParkMoved,
    PlanChanged,
    ServiceNotActive,
    SiteLabelTaken,
    SiteOfAnotherCustomer,
    UndoExpired,
    UnknownOperation,
)
from domain.moving import MOVING
from domain.rows import Group
from domain.sites import ADDING_SITE, SiteForm
from domain.tables import Announcement, Licence, Operation, OperationLine, Site
from domain.terminating import TERMINATING
from domain.undoing import UNDOING
from domain.values import DraftId, Field, Fingerprint, LicenceState, LicenceType, OperationId, OperationKind
from tests.domain.acts import (
    AGENT,
    COLLEAGUE,
    SUPPORT,
    close_site,
    dissociate,
    draft_move,
    draft_site,
    draft_termination,
    draft_undo,
    holder_of,
    move,
    place_of,
    state_of,
    suspend,
    terminate,
    undo,
)

if TYPE_CHECKING:
    from domain.database import Database
    from domain.operations import Recorded
    from handlers.services import Services
    from tests.conftest import Clock

NORTH = "Entrepôt Nord"
HEAD = "Siège Social"


def test_a_move_changes_the_sites_and_records_each_line(services: Services, park: Database) -> None:
    """Two licences go from the head office to the warehouse."""
    recorded = move(services, "FPC367128 FPC367129", NORTH)
    assert place_of(park, "FPC367128") == NORTH
    assert recorded.groups == (Group(Field.SITE, HEAD, NORTH, 2),)
    assert [line.subject for line in recorded.lines] == ["FPC367128", "FPC367129"]
    assert (recorded.by, recorded.service_reference) == (AGENT, "MCX-13001-01")


@pytest.mark.rule("R1")
def test_r1_a_site_of_another_customer_is_refused_at_the_change_too(
    services: Services, park: Database
) -> None:
    """A forged destination never gets as far as the licences."""
    with park.reading() as session:
        foreign = session.scalars(select(Site.id).where(Site.label == "Fournil").limit(1)).one()
    draft = draft_move(services, "FPC367128", NORTH)
    services.drafts.change(draft, AGENT, destination_id=foreign)
    with pytest.raises(SiteOfAnotherCustomer):
        services.orders.confirm(draft, Fingerprint("any"), AGENT)


@pytest.mark.rule("R2")
def test_r2_a_service_suspended_meanwhile_refuses_the_change(services: Services, park: Database) -> None:
    """What was active when it was shown may not be so any more."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    suspend(park)
    with pytest.raises(ServiceNotActive):
        services.orders.confirm(draft, shown, AGENT)
    assert place_of(park, "FPC367128") == HEAD


@pytest.mark.rule("R3")
def test_r3_licences_that_are_there_already_are_left(services: Services) -> None:
    """A move where nothing would change is not applied."""
    draft = draft_move(services, "FPC367128", HEAD)
    plan = services.orders.preview(MOVING, draft, AGENT)
    assert [row.reference for row in plan.already_there] == ["FPC367128"]
    with pytest.raises(NothingToDo):
        services.orders.confirm(draft, plan.fingerprint, AGENT)


@pytest.mark.rule("R4")
def test_r4_a_licence_that_a_number_holds_is_never_terminated(services: Services, park: Database) -> None:
    """Confirming a plan that names only held licences changes nothing."""
    draft = draft_termination(services, "FPC367128")
    plan = services.orders.preview(TERMINATING, draft, AGENT)
    with pytest.raises(NothingToDo):
        services.orders.confirm(draft, plan.fingerprint, AGENT)
    assert state_of(park, "FPC367128") is LicenceState.ACTIVE


def always(monkeypatch: pytest.MonkeyPatch, services: Services, kind: OperationKind, plan: Plan) -> None:
    """Make a procedure plan this, whatever the park is."""
    monkeypatch.setitem(services.orders._procedures, kind, Procedure(kind, lambda *_: plan))


@pytest.mark.rule("R4")
def test_r4_the_statement_itself_refuses_a_held_licence(
    services: Services, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a plan that is wrong terminates no licence that a number holds: all is rolled back."""
    draft = draft_termination(services, "FPC367126 FPC367128")
    plan = services.orders.preview(TERMINATING, draft, AGENT)
    wrong = type(plan)(plan.service, (*plan.to_terminate, *plan.held))
    always(monkeypatch, services, OperationKind.TERMINATION, wrong)
    with pytest.raises(ParkMoved):
        services.orders.confirm(draft, wrong.fingerprint, AGENT)
    assert state_of(park, "FPC367126") is LicenceState.ACTIVE


@pytest.mark.rule("R5")
def test_r5_a_termination_by_quantity_takes_the_most_recent_free_reference(
    services: Services, park: Database
) -> None:
    """Of the two full licences only the free one can go."""
    draft = services.drafts.begin(OperationKind.TERMINATION, AGENT, SUPPORT)
    services.drafts.choose_service(draft, AGENT, 1)
    services.drafts.change(draft, AGENT, licence_type=LicenceType.FULL, quantity=1)
    plan = services.orders.preview(TERMINATING, draft, AGENT)
    recorded = services.orders.confirm(draft, plan.fingerprint, AGENT)
    assert [line.subject for line in recorded.lines] == ["FPC367126"]
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    count = services.selecting.count(draft, AGENT)
    assert (count.subscribed, count.active, count.terminable) == (1, 1, 0)


@pytest.mark.rule("R6")
def test_r6_nothing_is_applied_if_the_park_moved_in_between(services: Services, park: Database) -> None:
    """A colleague was quicker: the plan that was shown is not applied."""
    draft = draft_move(services, "FPC367128 FPC367129", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    move(services, "FPC367128", NORTH, COLLEAGUE)
    with pytest.raises(PlanChanged):
        services.orders.confirm(draft, shown, AGENT)
    assert place_of(park, "FPC367129") == HEAD


@pytest.mark.rule("R7")
def test_r7_confirmed_twice_it_is_applied_once_and_told_the_same(services: Services, park: Database) -> None:
    """The second confirmation of a draft gives the first one's operation."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    first = services.orders.confirm(draft, shown, AGENT)
    assert services.orders.confirm(draft, shown, AGENT) == first
    with park.reading() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 1


@pytest.mark.rule("R8")
def test_r8_a_change_that_fails_leaves_neither_change_nor_record(
    services: Services, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails between the change and the announcement takes all of it back."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("domain.outbox.owe", fail)
    with pytest.raises(RuntimeError):
        services.orders.confirm(draft, shown, AGENT)
    with park.reading() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 0
    assert place_of(park, "FPC367128") == HEAD


@pytest.mark.rule("R8")
@pytest.mark.parametrize("table", ["operations", "operation_lines"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET id_column = id_column"])
def test_r8_the_record_is_final(services: Services, park: Database, table: str, act: str) -> None:
    """The database itself refuses to change or delete what was recorded."""
    move(services, "FPC367128", NORTH)
    column = {"operations": "id", "operation_lines": "position"}[table]
    with pytest.raises(exc.DBAPIError, match="the record is final"), park.writing() as session:
        session.execute(text(act.format(table).replace("id_column", column)))


@pytest.mark.rule("R8")
def test_r8_the_record_says_who_when_why_before_and_after(services: Services, clock: Clock) -> None:
    """The reason that was given is kept with the change."""
    draft = draft_move(services, "FPC367128", NORTH)
    services.drafts.change(draft, AGENT, reason="Déménagement")
    recorded = services.orders.confirm(
        draft, services.orders.preview(MOVING, draft, AGENT).fingerprint, AGENT
    )
    assert (recorded.by, recorded.at, recorded.reason) == (AGENT, clock(), "Déménagement")
    assert (recorded.lines[0].before, recorded.lines[0].after) == (HEAD, NORTH)


@pytest.mark.rule("R9")
def test_r9_what_is_committed_owes_its_announcement(services: Services, park: Database) -> None:
    """The confirmation and the journal's copy are written with the change."""
    move(services, "FPC367128", NORTH)
    with park.reading() as session:
        assert session.scalars(select(Announcement.channel).order_by(Announcement.id)).all() == [
            SUPPORT,
            "C0JOURNAL",
        ]


def test_an_operation_from_nowhere_is_announced_to_the_person(services: Services, park: Database) -> None:
    """Without a conversation the direct message takes its place."""
    draft = services.drafts.name(OperationKind.TERMINATION, AGENT, None, "FPC367126")[0].id
    services.orders.confirm(draft, services.orders.preview(TERMINATING, draft, AGENT).fingerprint, AGENT)
    with park.reading() as session:
        assert session.scalars(select(Announcement.channel).order_by(Announcement.id)).first() == AGENT


@pytest.mark.rule("R10")
def test_r10_an_undone_move_brings_the_licences_back(services: Services, park: Database) -> None:
    """The undo is an operation of its own, of the person who undid it."""
    recorded = move(services, "FPC367128 FPC367129", NORTH)
    undone = undo(services, recorded, COLLEAGUE)
    assert place_of(park, "FPC367128") == HEAD
    assert (undone.kind, undone.by, undone.count) == (OperationKind.UNDO, COLLEAGUE, 2)
    again = services.operations.read(recorded.id)
    assert again.undone is not None
    assert again.undone.operation == undone.id


@pytest.mark.rule("R10")
def test_r10_lines_changed_since_stay_and_are_named(services: Services, park: Database) -> None:
    """What somebody changed after the move is not taken back with it."""
    recorded = move(services, "FPC367126 FPC367128", NORTH)
    terminate(services, "FPC367126")
    undone = undo(services, recorded)
    assert [line.subject for line in undone.refused] == ["FPC367126"]
    assert (undone.count, undone.refused_count) == (1, 1)
    assert place_of(park, "FPC367126") == NORTH
    assert place_of(park, "FPC367128") == HEAD


@pytest.mark.rule("R10")
def test_r10_an_undone_dissociation_gives_the_number_back(services: Services, park: Database) -> None:
    """The number returns to the licence that it left."""
    recorded = dissociate(services, "04 91 00 00 06")
    assert holder_of(park, "+33491000006") is None
    undo(services, recorded)
    assert holder_of(park, "+33491000006") == "FPC367128"


@pytest.mark.rule("R10")
@pytest.mark.rule("R4")
def test_r10_a_number_does_not_return_to_a_terminated_licence(services: Services, park: Database) -> None:
    """The licence was terminated once it was free: the number stays free."""
    recorded = dissociate(services, "04 91 00 00 06")
    terminate(services, "FPC367128")
    plan = services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)
    assert plan.to_restore == ()
    assert holder_of(park, "+33491000006") is None


@pytest.mark.rule("R10")
def test_r10_an_operation_is_undone_once(services: Services) -> None:
    """The second person learns who was first."""
    recorded = move(services, "FPC367128", NORTH)
    slow = draft_undo(services, recorded)
    shown = services.orders.preview(UNDOING, slow, AGENT).fingerprint
    undo(services, recorded, COLLEAGUE)
    with pytest.raises(AlreadyUndone) as refused:
        services.orders.confirm(slow, shown, AGENT)
    assert refused.value.by == COLLEAGUE


@pytest.mark.rule("R10")
def test_r10_the_delay_is_counted_at_the_change(services: Services, clock: Clock) -> None:
    """An undo that was shown in time is refused when the time is over."""
    recorded = move(services, "FPC367128", NORTH)
    draft = draft_undo(services, recorded)
    clock.pass_(hours=11.9)
    shown = services.orders.preview(UNDOING, draft, AGENT).fingerprint
    clock.pass_(hours=13)
    with pytest.raises(UndoExpired):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R10")
def test_r10_a_closed_site_takes_nothing_back(services: Services, park: Database) -> None:
    """R1 holds for the way back too."""
    recorded = move(services, "FPC367128", NORTH)
    close_site(park, HEAD)
    assert services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT).changes == 0


def test_a_site_creation_has_nothing_to_undo(services: Services) -> None:
    """It concerns no service."""
    recorded = _add_site(services, "Dépôt")
    with pytest.raises(NotUndoable):
        services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)


def test_an_undo_needs_an_operation(services: Services) -> None:
    """A draft that names none, and an operation that there is not, are both told."""
    with pytest.raises(DraftIncomplete):
        services.orders.preview(UNDOING, services.drafts.begin(OperationKind.UNDO, AGENT, None), AGENT)
    with pytest.raises(UnknownOperation):
        services.operations.read(OperationId("none"))


def test_a_draft_is_its_owners(services: Services) -> None:
    """Nobody confirms another person's plan."""
    draft = draft_move(services, "FPC367128", NORTH)
    with pytest.raises(DraftForeign):
        services.orders.confirm(draft, Fingerprint("any"), COLLEAGUE)


def test_a_draft_that_there_is_not_is_told(services: Services) -> None:
    """An id that comes back from Slack may be anything."""
    with pytest.raises(DraftGone):
        services.orders.confirm(DraftId("none"), Fingerprint("any"), AGENT)


def test_drafts_expire_and_are_swept(services: Services, clock: Clock) -> None:
    """After a working day an abandoned draft is gone, with its selection."""
    draft = draft_move(services, "FPC367128", NORTH)
    clock.pass_(hours=11)
    assert services.drafts.sweep() == 0
    clock.pass_(hours=2)
    assert services.drafts.sweep() == 1
    with pytest.raises(DraftGone):
        services.drafts.read(draft, AGENT)


def test_a_step_that_was_skipped_is_told(services: Services) -> None:
    """A draft without the choice that a step needs shows no plan."""
    move_draft = services.drafts.begin(OperationKind.MOVE, AGENT, None)
    termination = services.drafts.begin(OperationKind.TERMINATION, AGENT, None)
    site = services.drafts.begin(OperationKind.SITE_CREATION, AGENT, None)
    for preview in (
        lambda: services.orders.preview(MOVING, move_draft, AGENT),
        lambda: services.orders.preview(TERMINATING, termination, AGENT),
        lambda: services.selecting.count(termination, AGENT),
        lambda: services.selecting.counts(termination, AGENT),
        lambda: services.orders.preview(ADDING_SITE, site, AGENT),
    ):
        with pytest.raises(DraftIncomplete):
            preview()
    services.drafts.choose_service(termination, AGENT, 1)
    services.drafts.change(termination, AGENT, licence_type=LicenceType.FULL)
    with pytest.raises(DraftIncomplete):
        services.orders.preview(TERMINATING, termination, AGENT)


@pytest.mark.rule("R14")
def test_r14_a_draft_is_shown_as_what_it_is(services: Services) -> None:
    """A termination in the place of a change of address lacks what that one asks."""
    termination = draft_termination(services, "FPC367126")
    with pytest.raises(DraftIncomplete):
        services.orders.preview(MOVING, termination, AGENT)


FORM = {"address": "1 rue Neuve", "postal_code": "13002", "city": "Marseille", "phone": "04 91 00 00 99"}


def _add_site(services: Services, label: str) -> Recorded:
    draft, plan = draft_site(services, 1, SiteForm.parse({"label": label, **FORM}))
    return services.orders.confirm(draft, plan.fingerprint, AGENT)


def test_a_site_that_was_added_is_one_of_its_customers(services: Services) -> None:
    """It is found at once, as a destination."""
    _add_site(services, "Dépôt Sud")
    (added,) = services.park.search_sites(1, "depot sud")
    assert services.park.site(added.id).label == "Dépôt Sud"


@pytest.mark.rule("R7")
def test_r7_a_site_is_added_once(services: Services) -> None:
    """Confirming the same form twice gives the same site."""
    draft, plan = draft_site(services, 1, SiteForm.parse({"label": "Dépôt", **FORM}))
    first = services.orders.confirm(draft, plan.fingerprint, AGENT)
    assert services.orders.confirm(draft, plan.fingerprint, AGENT) == first


def test_two_people_adding_one_label_get_one_site(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The constraint has the last word, and is told as what it is."""
    draft, plan = draft_site(services, 1, SiteForm.parse({"label": "Dépôt", **FORM}))
    _add_site(services, "Dépôt")
    with monkeypatch.context() as blind, pytest.raises(SiteLabelTaken):
        always(blind, services, OperationKind.SITE_CREATION, plan)
        services.orders.confirm(draft, plan.fingerprint, AGENT)


def test_another_violation_than_the_labels_is_not_mistaken_for_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site without a city is no label that is taken."""
    draft, plan = draft_site(services, 1, SiteForm.parse({"label": "Dépôt", **FORM}))
    wrong = replace(plan, form=replace(plan.form, city=None))  # type: ignore[arg-type]
    always(monkeypatch, services, OperationKind.SITE_CREATION, wrong)
    with pytest.raises(exc.IntegrityError):
        services.orders.confirm(draft, wrong.fingerprint, AGENT)


def test_terminated_licences_leave_the_counts(services: Services, park: Database) -> None:
    """The counters of the sheet's service are the sheet's own."""
    draft = services.drafts.name(OperationKind.TERMINATION, AGENT, None, "MCX-13001-01")[0].id
    _, counts = services.selecting.counts(draft, AGENT)
    assert [(each.active, each.subscribed) for each in counts] == [
        (1, 1), (1, 2), (0, 0), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1),
    ]  # fmt: skip
    with park.reading() as session:
        terminated = Licence.state == LicenceState.TERMINATED
        assert session.scalar(select(func.count()).select_from(Licence).where(terminated)) == 21


def test_lines_are_numbered_in_the_order_of_references(services: Services, park: Database) -> None:
    """A long list reads from the oldest reference to the newest."""
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "MCX-69003-01")[0].id
    services.selecting.tick_all(draft, AGENT)
    customer = services.drafts.with_service(draft, AGENT)[1].customer.id
    services.drafts.change(
        draft, AGENT, destination_id=services.park.search_sites(customer, "Pavillon A")[0].id
    )
    plan = services.orders.preview(MOVING, draft, AGENT)
    recorded = services.orders.confirm(draft, plan.fingerprint, AGENT)
    lines = services.operations.lines(recorded.id)
    assert [line.subject for line in lines] == sorted(str(line.subject) for line in lines)
    assert recorded.count == len(lines) == len(plan.to_move)
    with park.reading() as session:
        assert session.scalar(select(func.count()).select_from(OperationLine)) == len(lines)
