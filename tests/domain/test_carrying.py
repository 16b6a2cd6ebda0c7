"""What is owed to the portal: listed, searched, ticked by two people, unticked in time (R15)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, update

from domain.carrying import Lines, OfAct, OfOperation, Ticked, Unticked
from domain.errors import ChoiceGone, UnknownOperation
from domain.groups import PAGE, Tab
from domain.moving import MOVING
from domain.tables import CarryOver, Operation
from domain.values import CarryState, Field, OperationId, OperationKind
from tests.domain.acts import AGENT, COLLEAGUE, add_site, dissociate, move, terminate, undo

if TYPE_CHECKING:
    from typing import Any

    from domain.database import Database
    from domain.groups import OwedGroup, OwedPage
    from handlers.services import Services
    from tests.conftest import Clock

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
DAY = timedelta(hours=24)
OWED, CARRIED, NETTED = CarryState.OWED, CarryState.CARRIED, CarryState.NETTED


def states(park: Database) -> list[CarryState]:
    """Tell where each line of the record stands, in the order in which they were written."""
    with park.reading() as session:
        return list(session.scalars(select(CarryOver.state).order_by(CarryOver.id)))


def settle(park: Database, state: CarryState) -> None:
    """Let all lines stand so."""
    with park.writing() as session:
        session.execute(update(CarryOver).values(state=state))


def named(page: OwedPage) -> list[tuple[Any, ...]]:
    """Tell tab, target and subjects of each group."""
    return [
        (group.tab, group.target, [str(each.licence_reference) for each in group.lines])
        for group in page.groups
    ]


def group_of(services: Services, field: Field) -> OwedGroup:
    """Give the group of a field."""
    return next(group for group in services.carrying.owed().groups if group.field is field)


@pytest.mark.rule("R15")
def test_r15_what_is_owed_is_grouped_as_the_portal_works(services: Services) -> None:
    """The customer's sites first, then the service's licences by site, then what is terminated, by type."""
    terminate(services, "FPC367126")
    move(services, "FPC367128 FPC367129", NORTH)
    dissociate(services, "04 91 00 00 06")
    add_site(services, 1, "Dépôt")
    page = services.carrying.owed()
    assert named(page) == [
        (Tab.SITES, None, ["None"]),
        (Tab.USERS, NORTH, ["FPC367128", "FPC367129"]),
        (Tab.USERS, None, ["FPC367128"]),
        (Tab.DETAILS, "Licence full", ["FPC367126"]),
    ]
    assert (page.total, page.pages, page.unsure, [group.count for group in page.groups]) == (
        5,
        1,
        0,
        [1, 2, 1, 1],
    )
    assert [group.service and group.service.reference for group in page.groups] == [
        None,
        *["MCX-13001-01"] * 3,
    ]


@pytest.mark.rule("R15")
def test_r15_a_line_says_who_did_it_when_why_and_from_what(services: Services, clock: Clock) -> None:
    """Of a licence that was moved twice there is one, from what the portal has to what we have."""
    add_site(services, 1, "Dépôt")
    since = clock()
    move(services, "FPC367128", NORTH)
    clock.pass_(hours=1)
    draft = services.drafts.name(OperationKind.MOVE, COLLEAGUE, None, "FPC367128 vers Dépôt")[0].id
    services.drafts.change(draft, COLLEAGUE, reason="Travaux")
    shown = services.orders.preview(MOVING, draft, COLLEAGUE).fingerprint
    services.orders.confirm(draft, shown, COLLEAGUE)
    (line,) = group_of(services, Field.SITE).lines
    assert (line.before, line.after, line.lines, line.is_sure) == (HEAD, "Dépôt", 2, True)
    assert (line.by, line.at, line.since, line.reason) == (COLLEAGUE, clock(), since, "Travaux")


@pytest.mark.rule("R15")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", 4),
        ("FPC367128", 2),
        ("04 91 00 00 06", 1),
        ("MCX-13001-01", 3),
        ("C013001", 4),
        ("MCX-06000-10", 0),
    ],
)
def test_r15_what_is_owed_is_searched_as_everything_is(services: Services, text: str, found: int) -> None:
    """By licence, number, service and customer, whose sites are found with it."""
    move(services, "FPC367128 FPC367129", NORTH)
    dissociate(services, "04 91 00 00 06")
    add_site(services, 1, "Dépôt")
    assert services.carrying.owed(text).total == found


@pytest.mark.rule("R15")
def test_r15_hundreds_of_lines_come_in_pages(services: Services, park: Database) -> None:
    """A group that goes on over pages is counted whole; what is read is constant in the number of lines."""
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "MCX-69003-01")[0].id
    services.selecting.tick_all(draft, AGENT)
    customer = services.drafts.with_service(draft, AGENT)[1].customer.id
    there = services.park.search_sites(customer, "Pavillon A")[0].id
    services.drafts.change(draft, AGENT, destination_id=there)
    plan = services.orders.preview(MOVING, draft, AGENT)
    services.orders.confirm(draft, plan.fingerprint, AGENT)
    asked: list[str] = []
    event.listen(park.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
    page = services.carrying.owed(page=99)
    (group,) = page.groups
    assert (page.page, page.total, group.count) == (page.pages - 1, plan.changes, plan.changes)
    assert len(group.lines) == plan.changes - page.page * PAGE
    assert len([each for each in asked if each.startswith("SELECT")]) == 2


@pytest.mark.rule("R15")
def test_r15_two_people_who_tick_make_one_tick(services: Services, clock: Clock) -> None:
    """The second learns who was first."""
    recorded = move(services, "FPC367128 FPC367129", NORTH)
    what, at = OfOperation(recorded.id), clock()
    assert services.carrying.tick(what, AGENT) == Ticked(2)
    clock.pass_(hours=1)
    assert services.carrying.tick(what, COLLEAGUE) == Ticked(0, already=2, by=AGENT, at=at)
    assert services.carrying.owed().total == 0


@pytest.mark.rule("R15")
def test_r15_a_tick_on_what_was_taken_back_or_seen_is_told(services: Services, park: Database) -> None:
    """And changes nothing."""
    recorded = move(services, "FPC367128", NORTH)
    undo(services, recorded)
    assert services.carrying.tick(OfOperation(recorded.id), AGENT) == Ticked(0, netted=1)
    settle(park, CarryState.SEEN)
    assert services.carrying.tick(OfOperation(recorded.id), AGENT) == Ticked(0, seen=1)
    settle(park, CarryState.OVERRULED)
    assert services.carrying.tick(OfOperation(recorded.id), AGENT) == Ticked(0, overruled=1)


@pytest.mark.rule("R15")
def test_r15_who_carries_the_last_over_carries_what_led_there(services: Services, park: Database) -> None:
    """Ticked by the line that is shown; the operation before is carried over too."""
    add_site(services, 1, "Dépôt")
    move(services, "FPC367128", NORTH)
    move(services, "FPC367128", "Dépôt")
    (line,) = group_of(services, Field.SITE).lines
    assert services.carrying.tick(Lines((line.id,)), AGENT) == Ticked(2, along=1)
    assert states(park)[1:] == [CARRIED, CARRIED]


@pytest.mark.rule("R15")
def test_r15_a_group_is_ticked_as_it_was_shown(services: Services) -> None:
    """What is owed since then under the same heading is not of it."""
    move(services, "FPC367128", NORTH)
    shown = group_of(services, Field.SITE).id
    move(services, "FPC367129", NORTH)
    assert services.carrying.tick(shown, AGENT) == Ticked(1)
    assert [line.subject for line in group_of(services, Field.SITE).lines] == ["FPC367129"]
    assert services.carrying.tick(shown, AGENT) == Ticked(0)


@pytest.mark.rule("R15")
def test_r15_a_group_of_new_sites_is_the_customers(services: Services) -> None:
    """It is of no service."""
    add_site(services, 1, "Dépôt")
    add_site(services, 2, "Dépôt")
    assert services.carrying.tick(group_of(services, Field.NEW_SITE).id, AGENT) == Ticked(1)


@pytest.mark.rule("R15")
def test_r15_numbers_that_come_back_are_a_group_of_their_own(services: Services) -> None:
    """Beside those that leave."""
    freed = dissociate(services, "04 91 00 00 05")
    services.carrying.tick(OfOperation(freed.id), AGENT)
    undo(services, freed)
    dissociate(services, "04 91 00 00 06")
    groups = services.carrying.owed().groups
    assert {(group.count, group.id.target) for group in groups} == {(1, "held"), (1, "")}


@pytest.mark.rule("R15")
def test_r15_a_tick_is_taken_back_in_time(services: Services, clock: Clock) -> None:
    """Later than that it stays; what is not ticked is told."""
    recorded = move(services, "FPC367128", NORTH)
    what = OfOperation(recorded.id)
    assert services.carrying.untick(what, DAY) == Unticked(0, other=1)
    services.carrying.tick(what, AGENT)
    at = clock()
    clock.pass_(hours=23)
    assert services.carrying.untick(OfAct(AGENT, at), DAY) == Unticked(1)
    assert services.carrying.owed().total == 1
    services.carrying.tick(what, AGENT)
    clock.pass_(hours=25)
    assert services.carrying.untick(what, DAY) == Unticked(0, late=1)


@pytest.mark.rule("R15")
def test_r15_an_act_that_is_not_there_any_more_unticks_nothing(services: Services, clock: Clock) -> None:
    """Somebody has unticked it already."""
    assert services.carrying.untick(OfAct(AGENT, clock()), DAY) == Unticked(0)


@pytest.mark.rule("R15")
def test_r15_what_an_import_showed_stays_so(services: Services, park: Database) -> None:
    """It can't be unticked."""
    recorded = move(services, "FPC367128", NORTH)
    settle(park, CarryState.SEEN)
    assert services.carrying.untick(OfOperation(recorded.id), DAY) == Unticked(0, seen=1)


@pytest.mark.rule("R15")
def test_r15_an_untick_takes_along_what_was_built_on_it(services: Services, park: Database) -> None:
    """And what leads back to what the portal has then owes nothing."""
    add_site(services, 1, "Dépôt")
    there = move(services, "FPC367128", NORTH)
    services.carrying.tick(OfOperation(there.id), AGENT)
    back = move(services, "FPC367128", HEAD)
    services.carrying.tick(OfOperation(back.id), AGENT)
    move(services, "FPC367128", "Dépôt")
    assert services.carrying.untick(OfOperation(there.id), DAY) == Unticked(2, along=1)
    assert states(park)[1:] == [NETTED, NETTED, OWED]
    (line,) = group_of(services, Field.SITE).lines
    assert (line.before, line.after) == (HEAD, "Dépôt")


@pytest.mark.rule("R15")
def test_r15_what_there_is_not_is_told(services: Services, park: Database) -> None:
    """Ids come back from Slack; an operation may owe nothing."""
    with pytest.raises(ChoiceGone):
        services.carrying.tick(Lines((999,)), AGENT)
    with pytest.raises(UnknownOperation):
        services.carrying.tick(OfOperation(OperationId("none")), AGENT)
    with park.writing() as session:
        moment = services.operations._clock()
        session.add(Operation(id="x", kind=OperationKind.IMPORT, by="import", at=moment, customer_id=None))
    assert services.carrying.tick(OfOperation(OperationId("x")), AGENT) == Ticked(0)
    assert services.carrying.standings([OperationId("x")]) == {}
    assert services.operations.read(OperationId("x")).customer_name is None


@pytest.mark.rule("R15")
def test_r15_what_is_owed_too_long_is_recalled(services: Services, park: Database, clock: Clock) -> None:
    """Not what the portal may have from before anybody was asked; the count tells of it apart."""
    first = clock()
    move(services, "FPC367128", NORTH)
    clock.pass_(hours=50)
    move(services, "FPC367129", NORTH)
    overdue = services.carrying.overdue(timedelta(days=2))
    assert [line.subject for group in overdue.groups for line in group.lines] == ["FPC367128"]
    owing = services.carrying.count()
    assert (owing.owed, owing.unsure, owing.since) == (2, 0, first)
    settle(park, CarryState.UNSURE)
    assert services.carrying.overdue(timedelta(days=2)).total == 0
    owing = services.carrying.count()
    assert (owing.owed, owing.unsure, owing.since, services.carrying.owed().unsure) == (0, 2, None, 2)
