"""What happens in between: a second confirmation, an import, other operations, two people (R1, R2, R7, R10)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from domain.database import Database
from domain.dissociating import DISSOCIATING
from domain.errors import DraftForeign, DraftSpent, PlanChanged, ServiceElsewhere
from domain.moving import MOVING
from domain.sites import ADDING_SITE, SiteForm
from domain.tables import Customer
from domain.terminating import TERMINATING
from domain.undoing import UNDOING, UndoRefusal
from domain.values import LicenceState, LicenceType, OperationKind, PhoneNumber
from tests.conftest import PATIENT
from tests.domain.acts import (
    AGENT,
    COLLEAGUE,
    SUPPORT,
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
    undo,
)
from tests.domain.portal import ADDRESS, add_site, hand_over, portal_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.operations import Recorded
    from domain.undoing import UndoPlan
    from handlers.services import Services

HEAD, NORTH = "Siège Social", "Entrepôt Nord"
OTHER = {"service": "MCX-06000-10", "site": HEAD}
"""A service of another customer, as the licences' file names it."""


# A draft is used once


@pytest.mark.rule("R7")
def test_r7_a_draft_that_was_used_takes_no_other_confirmation(services: Services, park: Database) -> None:
    """One type is terminated, then another is confirmed under the same draft: it is not told as done."""
    dissociate(services, "04 91 00 00 05")
    draft = services.drafts.name(OperationKind.TERMINATION, AGENT, SUPPORT, "MCX-13001-01")[0].id
    services.drafts.change(draft, AGENT, licence_type=LicenceType.FULL, quantity=1)
    services.orders.confirm(draft, services.orders.preview(TERMINATING, draft, AGENT).fingerprint, AGENT)
    services.drafts.change(draft, AGENT, licence_type=LicenceType.FAX, quantity=1)
    shown = services.orders.preview(TERMINATING, draft, AGENT).fingerprint
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)
    assert state_of(park, "FPC367127") is LicenceState.ACTIVE


@pytest.mark.rule("R7")
def test_r7_what_was_undone_since_is_not_told_as_done(services: Services) -> None:
    """The same plan confirmed once more, after its undo, is a wish of its own."""
    draft = draft_move(services, "FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    undo(services, services.orders.confirm(draft, shown, AGENT), COLLEAGUE)
    with pytest.raises(DraftSpent):
        services.orders.confirm(draft, shown, AGENT)


@pytest.mark.rule("R7")
def test_r7_a_used_draft_is_renewed_with_all_its_choices(services: Services, park: Database) -> None:
    """The copy shows the plan of today, and leads to an operation of its own."""
    draft = draft_move(services, "FPC367128 FPC367129", NORTH)
    recorded = services.orders.confirm(
        draft, services.orders.preview(MOVING, draft, AGENT).fingerprint, AGENT
    )
    undo(services, recorded)
    fresh = services.drafts.reopen(draft, AGENT).id
    assert fresh != draft
    again = services.orders.confirm(fresh, services.orders.preview(MOVING, fresh, AGENT).fingerprint, AGENT)
    assert (str(again.id), again.count) == (str(fresh), 2)
    assert place_of(park, "FPC367129") == NORTH


@pytest.mark.rule("R7")
def test_r7_numbers_that_were_chosen_come_along(services: Services) -> None:
    """A renewed dissociation names the same numbers."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, SUPPORT, "04 91 00 00 06")[0].id
    services.orders.confirm(draft, services.orders.preview(DISSOCIATING, draft, AGENT).fingerprint, AGENT)
    plan = services.orders.preview(DISSOCIATING, services.drafts.reopen(draft, AGENT).id, AGENT)
    assert [row.number.e164 for row in plan.already_free] == ["+33491000006"]


def test_a_draft_that_was_not_used_is_its_own_renewal(services: Services) -> None:
    """Nothing is copied; and another person's draft is not given."""
    draft = draft_move(services, "FPC367128", NORTH)
    assert services.drafts.reopen(draft, AGENT).id == draft
    with pytest.raises(DraftForeign):
        services.drafts.reopen(draft, COLLEAGUE)


# An import between the choice and the confirmation


@pytest.mark.rule("R1")
@pytest.mark.rule("R2")
def test_r1_r2_a_licence_gone_to_another_customer_is_left_and_named(
    services: Services, park: Database
) -> None:
    """It was ticked under the old customer: the new one's licence gets no site of the old one."""
    draft = draft_move(services, "FPC367126 FPC367128", NORTH)
    shown = services.orders.preview(MOVING, draft, AGENT).fingerprint
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    with pytest.raises(PlanChanged):
        services.orders.confirm(draft, shown, AGENT)
    plan = services.orders.preview(MOVING, draft, AGENT)
    assert [row.reference for row in plan.elsewhere] == ["FPC367126"]
    services.orders.confirm(draft, plan.fingerprint, AGENT)
    assert (place_of(park, "FPC367126"), place_of(park, "FPC367128")) == (HEAD, NORTH)


@pytest.mark.rule("R2")
def test_r2_a_licence_gone_to_another_service_is_not_terminated(services: Services, park: Database) -> None:
    """Not even if that service is suspended; it is named."""
    draft = draft_termination(services, "FPC367126")
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    suspend(park, "MCX-06000-10")
    plan = services.orders.preview(TERMINATING, draft, AGENT)
    assert ([row.reference for row in plan.elsewhere], plan.changes) == (["FPC367126"], 0)


@pytest.mark.rule("R2")
def test_r2_a_number_gone_to_another_service_is_not_dissociated(services: Services, park: Database) -> None:
    """It is named; what it holds now is another's."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, SUPPORT, "04 91 00 00 05 04 91 00 00 06")[
        0
    ].id
    portal_changes(park, "numeros.csv", "+33491000006", service="MCX-06000-10", licence="")
    plan = services.orders.preview(DISSOCIATING, draft, AGENT)
    assert [row.number.e164 for row in plan.elsewhere] == ["+33491000006"]
    assert [row.number.e164 for row in plan.to_dissociate] == ["+33491000005"]
    chosen = services.selecting.chosen_numbers(draft, AGENT)
    assert [row.number.e164 for row in chosen] == ["+33491000005"]


@pytest.mark.rule("R2")
def test_r2_the_selection_shows_what_is_still_in_the_service(services: Services, park: Database) -> None:
    """A licence that has gone is no longer counted as chosen, and named."""
    draft = draft_move(services, "FPC367126 FPC367128", NORTH)
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    chosen = services.selecting.selection(draft, AGENT)
    named = [row.reference for row in chosen.rows], [row.reference for row in chosen.gone]
    assert (*named, chosen.total) == (["FPC367128"], ["FPC367126"], 1)


@pytest.mark.rule("R2")
def test_r2_a_service_gone_to_another_customer_stops_every_step(services: Services, park: Database) -> None:
    """Whatever was begun under the old customer is told, and shows nothing of the new one."""
    drafts, selecting = services.drafts, services.selecting
    moving = draft_move(services, "FPC367128", NORTH)
    ending = draft_termination(services, "FPC367126")
    freeing = drafts.name(OperationKind.DISSOCIATION, AGENT, SUPPORT, "04 91 00 00 06")[0].id
    hand_over(park)
    steps: list[Callable[[], object]] = [
        lambda: drafts.with_service(moving, AGENT),
        lambda: selecting.licences(moving, AGENT),
        lambda: selecting.selection(moving, AGENT),
        lambda: services.orders.preview(MOVING, moving, AGENT),
        lambda: services.selecting.counts(ending, AGENT),
        lambda: services.orders.preview(TERMINATING, ending, AGENT),
        lambda: selecting.numbers(freeing, AGENT, ""),
        lambda: selecting.chosen_numbers(freeing, AGENT),
        lambda: services.orders.preview(DISSOCIATING, freeing, AGENT),
    ]
    for step in steps:
        with pytest.raises(ServiceElsewhere):
            step()


# An undo of what has gone elsewhere, or away and back again


def _undo_plan(services: Services, recorded: Recorded) -> UndoPlan:
    return services.orders.preview(UNDOING, draft_undo(services, recorded), AGENT)


@pytest.mark.rule("R10")
def test_r10_a_number_does_not_return_to_a_licence_that_is_elsewhere(
    services: Services, park: Database
) -> None:
    """The line is refused and named, the others go back."""
    recorded = dissociate(services, "04 91 00 00 05 04 91 00 00 06")
    portal_changes(park, "licences.csv", "FPC367128", **OTHER)
    undone = undo(services, recorded)
    assert [line.subject for line in undone.refused] == [PhoneNumber("+33491000006")]
    assert holder_of(park, "+33491000005") == "FPC367127"
    assert holder_of(park, "+33491000006") is None


@pytest.mark.rule("R10")
def test_r10_a_number_that_is_elsewhere_does_not_return(services: Services, park: Database) -> None:
    """Its licence stayed, the number did not."""
    recorded = dissociate(services, "04 91 00 00 06")
    portal_changes(park, "numeros.csv", "+33491000006", service="MCX-06000-10")
    assert [why for _, why in _undo_plan(services, recorded).refused] == [UndoRefusal.ELSEWHERE]


@pytest.mark.rule("R10")
@pytest.mark.rule("R2")
def test_r10_a_move_is_not_undone_in_another_service(services: Services, park: Database) -> None:
    """Suspended or not: the licence has left the service in which it was moved."""
    recorded = move(services, "FPC367126 FPC367128", NORTH)
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    suspend(park, "MCX-06000-10")
    plan = _undo_plan(services, recorded)
    assert [(line.change.subject, why) for line, why in plan.refused] == [
        ("FPC367126", UndoRefusal.ELSEWHERE)
    ]
    assert [line.change.subject for line in plan.to_restore] == ["FPC367128"]


@pytest.mark.rule("R10")
@pytest.mark.rule("R1")
def test_r10_a_move_is_not_undone_under_another_customer(services: Services, park: Database) -> None:
    """The old site is the old customer's."""
    recorded = move(services, "FPC367128", NORTH)
    hand_over(park)
    assert [why for _, why in _undo_plan(services, recorded).refused] == [UndoRefusal.ELSEWHERE]


def _by_operations(services: Services, _park: Database) -> None:
    move(services, "FPC367128", HEAD, COLLEAGUE)
    move(services, "FPC367128", NORTH, COLLEAGUE)


def _by_imports(_services: Services, park: Database) -> None:
    portal_changes(park, "licences.csv", "FPC367128", site=HEAD)
    portal_changes(park, "licences.csv", "FPC367128", site=NORTH)


@pytest.mark.rule("R10")
@pytest.mark.parametrize("go_and_return", [_by_operations, _by_imports])
def test_r10_a_licence_that_went_away_and_came_back_has_changed(
    services: Services, park: Database, go_and_return: Callable[[Services, Database], None]
) -> None:
    """Where it is now is somebody else's doing, although it looks like the operation's."""
    recorded = move(services, "FPC367128 FPC367129", NORTH)
    go_and_return(services, park)
    plan = _undo_plan(services, recorded)
    assert [(line.change.subject, why) for line, why in plan.refused] == [
        ("FPC367128", UndoRefusal.CHANGED_SINCE)
    ]
    assert [line.change.subject for line in plan.to_restore] == ["FPC367129"]


@pytest.mark.rule("R10")
def test_r10_a_number_that_was_given_and_taken_again_has_changed(services: Services, park: Database) -> None:
    """It is free, as the operation left it, and yet not by that operation."""
    recorded = dissociate(services, "04 91 00 00 06")
    portal_changes(park, "numeros.csv", "+33491000006", licence="FPC367128")
    portal_changes(park, "numeros.csv", "+33491000006", licence="")
    assert [why for _, why in _undo_plan(services, recorded).refused] == [UndoRefusal.CHANGED_SINCE]


@pytest.mark.rule("R10")
def test_r10_an_import_that_changes_nothing_of_the_place_leaves_the_undo(
    services: Services, park: Database
) -> None:
    """A new accountcode is no new address."""
    recorded = move(services, "FPC367128", NORTH)
    portal_changes(park, "licences.csv", "FPC367128", accountcode="PM999")
    assert _undo_plan(services, recorded).changes == 1


# Two people at the same moment


def test_two_people_who_add_sites_at_one_address_take_turns(services: Services, park_url: str) -> None:
    """The second makes the plan only after the first is done, and is shown the first one's site."""
    draft, plan = draft_site(services, 1, SiteForm.parse({**ADDRESS, "label": "Dépôt"}))
    other = Database(park_url, wait=PATIENT)
    with ThreadPoolExecutor(1) as pool:
        with other.writing() as session:
            session.execute(select(Customer.id).where(Customer.id == 1).with_for_update())
            second = pool.submit(services.orders.confirm, draft, plan.fingerprint, AGENT)
            time.sleep(0.3)  # long enough for it to reach the lock
            add_site(session, 1, "Réserve")
        with pytest.raises(PlanChanged):
            second.result()
    other.close()
    assert [site.label for site in services.orders.preview(ADDING_SITE, draft, AGENT).similar] == ["Réserve"]
