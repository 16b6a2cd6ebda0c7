"""The planning functions: rules R1 to R6 and R10, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.changes import Change, Side
from domain.dissociating import plan_dissociation
from domain.errors import (
    AlreadyUndone,
    DoubtfulPhoneNumber,
    FormInvalid,
    NothingSelected,
    NotUndoable,
    QuantityNotWhole,
    QuantityTooLarge,
    ServiceNotActive,
    SiteClosed,
    SiteLabelTaken,
    SiteOfAnotherCustomer,
    TextMissing,
    TextTooLong,
    UndoExpired,
)
from domain.moving import plan_move
from domain.operations import Undone
from domain.sites import SiteForm, plan_site
from domain.terminating import plan_named_termination, plan_termination, read_quantity
from domain.undoing import UndoLine, UndoRefusal, plan_undo
from domain.values import CarryState, Field, LicenceState, OperationId, OperationKind, Person, ServiceState
from tests import builders
from tests.builders import licence, number, phone, service, site

if TYPE_CHECKING:
    from domain.rows import LicenceRow, SiteRow

STOPPED = [ServiceState.SUSPENDED, ServiceState.TERMINATED]


@pytest.mark.rule("R1")
def test_r1_a_site_of_another_customer_is_refused() -> None:
    """A licence never goes to a stranger's address."""
    with pytest.raises(SiteOfAnotherCustomer):
        plan_move(service(), [licence(1)], site(2, customer_id=9))


@pytest.mark.rule("R1")
def test_r1_a_closed_site_is_refused() -> None:
    """A licence never goes to a closed site."""
    with pytest.raises(SiteClosed):
        plan_move(service(), [licence(1)], site(2, is_open=False))


@pytest.mark.rule("R2")
@pytest.mark.parametrize("state", STOPPED)
def test_r2_nothing_moves_in_a_service_that_is_not_active(state: ServiceState) -> None:
    """A suspended or terminated service keeps its licences as they are."""
    with pytest.raises(ServiceNotActive):
        plan_move(service(state), [licence(1)], site(2))


@pytest.mark.rule("R2")
@pytest.mark.rule("R3")
@given(builders.licences().filter(bool))
def test_a_move_sorts_every_licence_into_one_group(rows: list[LicenceRow]) -> None:
    """Only active licences move (R2), those at the destination are told apart (R3), and none is lost."""
    plan = plan_move(service(), rows, site(2))
    assert all(row.state is LicenceState.ACTIVE and row.site_id != 2 for row in plan.to_move)
    assert all(row.state is LicenceState.ACTIVE and row.site_id == 2 for row in plan.already_there)
    assert all(row.state is LicenceState.TERMINATED for row in plan.refused)
    assert sorted(row.id for row in (*plan.to_move, *plan.already_there, *plan.refused)) == [
        r.id for r in rows
    ]
    assert plan.changes == len(plan.to_move)


def test_a_move_of_nothing_is_no_plan() -> None:
    """Somebody who ticked nothing is told so."""
    with pytest.raises(NothingSelected):
        plan_move(service(), [], site(2))


@pytest.mark.rule("R6")
@given(builders.licences().filter(bool))
def test_r6_the_same_park_gives_the_same_fingerprint(rows: list[LicenceRow]) -> None:
    """A plan that is made again from the same rows is the plan that was shown."""
    first, again = (plan_move(service(), list(rows), site(2), "Motif") for _ in range(2))
    assert first.fingerprint == again.fingerprint


@pytest.mark.rule("R6")
@pytest.mark.parametrize(
    ("rows", "destination", "reason"),
    [
        ([licence(1, site_id=3, site_label="Site 3")], site(2), None),
        ([licence(1), licence(2)], site(2), None),
        ([licence(1, numbers=(phone(1),))], site(2), None),
        ([licence(1, state=LicenceState.TERMINATED)], site(2), None),
        ([licence(1)], site(2, label="Renommé"), None),
        ([licence(1)], site(3), None),
        ([licence(1)], site(2), "Motif"),
    ],
)
def test_r6_whatever_is_shown_is_in_the_fingerprint(
    rows: list[LicenceRow], destination: SiteRow, reason: str | None
) -> None:
    """Another licence, site, number, label or reason is another plan."""
    shown = plan_move(service(), [licence(1)], site(2)).fingerprint
    assert plan_move(service(), rows, destination, reason).fingerprint != shown


@pytest.mark.rule("R4")
@pytest.mark.rule("R5")
@given(builders.licences(), st.integers(1, 40))
def test_r4_r5_a_termination_takes_free_licences_and_never_more_than_there_are(
    rows: list[LicenceRow], quantity: int
) -> None:
    """The most recent free references go; too large a quantity is refused with what holds the others."""
    active = [row for row in rows if row.state is LicenceState.ACTIVE]
    free = [row for row in active if not row.numbers]
    if quantity > len(free):
        with pytest.raises(QuantityTooLarge) as refused:
            plan_termination(service(), rows, quantity)
        assert refused.value.terminable == len(free)
        assert len(refused.value.held_by) == len(active) - len(free)
    else:
        plan = plan_termination(service(), rows, quantity)
        assert [row.id for row in plan.to_terminate] == [row.id for row in free][::-1][:quantity]
        assert plan.changes == quantity


@pytest.mark.rule("R5")
@pytest.mark.parametrize("quantity", [0, -1])
def test_r5_a_quantity_below_one_is_refused(quantity: int) -> None:
    """Nothing is terminated by zero or less."""
    with pytest.raises(QuantityNotWhole):
        plan_termination(service(), [licence(1)], quantity)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("text", [None, "", "0", "-1", "1.5", "1,5", "deux", "1e3", "²", "9999999999"])
def test_r5_what_is_no_whole_quantity_is_refused(text: str | None) -> None:
    """Only a whole number of one or more is a quantity."""
    with pytest.raises(QuantityNotWhole):
        read_quantity(text)


@given(st.integers(1, 999_999_999))
def test_a_whole_quantity_is_read(quantity: int) -> None:
    """Spaces around it don't matter."""
    assert read_quantity(f" {quantity} ") == quantity


@pytest.mark.rule("R2")
@pytest.mark.parametrize("state", STOPPED)
def test_r2_nothing_is_terminated_in_a_service_that_is_not_active(state: ServiceState) -> None:
    """Neither by quantity nor by name."""
    with pytest.raises(ServiceNotActive):
        plan_termination(service(state), [licence(1)], 1)
    with pytest.raises(ServiceNotActive):
        plan_named_termination(service(state), [licence(1)])


@pytest.mark.rule("R4")
@given(builders.licences().filter(bool))
def test_r4_a_named_licence_that_a_number_holds_is_not_terminated(rows: list[LicenceRow]) -> None:
    """Naming it does not make it free: it is told with its numbers."""
    plan = plan_named_termination(service(), rows)
    assert not any(row.numbers for row in plan.to_terminate)
    assert all(row.numbers for row in plan.held)
    assert plan.held_by == tuple(each for row in rows for each in row.numbers)
    assert len(plan.to_terminate) + len(plan.held) + len(plan.ended) == len(rows)


def test_a_termination_of_nothing_is_no_plan() -> None:
    """No licence named, nothing to show."""
    with pytest.raises(NothingSelected):
        plan_named_termination(service(), [])


def test_a_dissociation_tells_free_and_ended_apart() -> None:
    """A free number is left as it is (R3), that of a terminated licence is refused (R2)."""
    free = number(2, licence_id=None, licence_reference=None, licence_type=None, licence_state=None)
    ended = number(3, licence_state=LicenceState.TERMINATED)
    plan = plan_dissociation(service(), [number(1), free, ended])
    assert (plan.to_dissociate, plan.already_free, plan.refused) == ((number(1),), (free,), (ended,))
    assert plan.changes == 1


@pytest.mark.rule("R2")
@pytest.mark.parametrize("state", STOPPED)
def test_r2_no_number_leaves_in_a_service_that_is_not_active(state: ServiceState) -> None:
    """A suspended service keeps its numbers where they are."""
    with pytest.raises(ServiceNotActive):
        plan_dissociation(service(state), [number(1)])


def test_a_dissociation_of_nothing_is_no_plan() -> None:
    """No number chosen, nothing to show."""
    with pytest.raises(NothingSelected):
        plan_dissociation(service(), [])


def _form(**fields: str | None) -> SiteForm:
    given = {
        "label": "Dépôt",
        "address": "9 rue Basse",
        "postal_code": "13001",
        "city": "Marseille",
        "phone": "",
    }
    return SiteForm.parse({**given, **fields})


@pytest.mark.parametrize("label", ["Site 1", "SITE 1", "sité 1"])
def test_a_label_that_the_customer_uses_is_refused_whatever_the_case_and_accents(label: str) -> None:
    """Two sites of one name could not be told apart."""
    with pytest.raises(SiteLabelTaken):
        plan_site(builders.CUSTOMER, [site(1)], _form(label=label))


@pytest.mark.parametrize("address", ["1 rue Haute", "1, RUE HAUTE", "1 rue Häute."])
def test_a_site_at_the_same_address_is_shown(address: str) -> None:
    """The street is compared without case, accents and punctuation."""
    assert plan_site(builders.CUSTOMER, [site(1), site(2)], _form(address=address)).similar == (site(1),)


def test_a_site_elsewhere_is_not_similar() -> None:
    """The same street in another town is another address."""
    assert (
        plan_site(builders.CUSTOMER, [site(1)], _form(address="1 rue Haute", postal_code="13002")).similar
        == ()
    )


def test_every_fault_of_a_form_is_told_at_once() -> None:
    """Nobody sends a form five times to learn of five faults."""
    with pytest.raises(FormInvalid) as refused:
        _form(label="", address="x" * 256, postal_code="1300", city=None, phone="12")
    assert set(refused.value.faults) == {"label", "address", "postal_code", "city", "phone"}
    assert isinstance(refused.value.faults["label"], TextMissing)
    assert isinstance(refused.value.faults["address"], TextTooLong)


def test_a_text_whose_key_is_too_long_is_told_as_too_long() -> None:
    """One sign may be many letters in what is compared, as ㌖ is."""
    with pytest.raises(FormInvalid) as refused:
        _form(label="㌖" * 75)
    assert isinstance(refused.value.faults["label"], TextTooLong)


def test_a_foreign_telephone_of_a_site_is_asked_about() -> None:
    """It is taken as it is asked for, in international form and nothing else."""
    with pytest.raises(FormInvalid) as refused:
        _form(phone="+49 30 12345678")
    assert isinstance(refused.value.faults["phone"], DoubtfulPhoneNumber)
    assert _form(phone="+493012345678").phone == "+493012345678"


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _line(position: int = 1, **values: object) -> UndoLine:
    chosen = {
        "change": Change(
            Field.SITE, f"FPC{position}", Side("Site 1", 1), Side("Site 2", 2), licence_id=position
        ),
        "now": Side("Site 2", 2),
        "licence_state": LicenceState.ACTIVE,
        "before_is_open": True,
        "before_is_theirs": True,
        "is_here": True,
        "is_untouched": True,
        **values,
    }
    return UndoLine(position, **chosen)  # type: ignore[arg-type]


@pytest.mark.rule("R10")
def test_r10_lines_changed_since_are_refused_and_the_others_go_back() -> None:
    """Each line is judged by what it is now."""
    lines = [
        _line(1),
        _line(2, now=Side("Site 3", 3)),
        _line(3, licence_state=LicenceState.TERMINATED),
        _line(4, before_is_open=False),
    ]
    plan = plan_undo(builders.recorded(OperationKind.MOVE, NOW), service(), lines, NOW, 24)
    assert [line.position for line in plan.to_restore] == [1]
    assert [(line.position, why) for line, why in plan.refused] == [
        (2, UndoRefusal.CHANGED_SINCE),
        (3, UndoRefusal.LICENCE_TERMINATED),
        (4, UndoRefusal.SITE_CLOSED),
    ]


@pytest.mark.rule("R10")
@pytest.mark.parametrize("kind", [OperationKind.IMPORT, OperationKind.SITE_CREATION, OperationKind.UNDO])
def test_r10_only_moves_dissociations_and_terminations_can_be_undone(kind: OperationKind) -> None:
    """A site stays, an undo is undone by doing it again, an import is the portal's word."""
    with pytest.raises(NotUndoable):
        plan_undo(builders.recorded(kind, NOW), service(), [], NOW, 24)


@pytest.mark.rule("R10")
def test_r10_the_delay_ends() -> None:
    """One second after UNDO_HOURS it is too late, and not before."""
    operation = builders.recorded(OperationKind.MOVE, NOW)
    assert plan_undo(operation, service(), [_line()], NOW + timedelta(hours=24), 24).changes == 1
    with pytest.raises(UndoExpired):
        plan_undo(operation, service(), [_line()], NOW + timedelta(hours=24, seconds=1), 24)


@pytest.mark.rule("R10")
@pytest.mark.parametrize(
    ("carry", "why"),
    [
        (CarryState.OWED, None),
        (CarryState.UNSURE, UndoRefusal.MAYBE_CARRIED_OVER),
        (CarryState.CARRIED, UndoRefusal.CARRIED_OVER),
        (CarryState.SEEN, UndoRefusal.CARRIED_OVER),
        (None, UndoRefusal.CARRIED_OVER),
    ],
)
def test_r10_a_termination_is_taken_back_as_long_as_it_is_owed(
    carry: CarryState | None, why: UndoRefusal | None
) -> None:
    """However long ago it was; once the portal has it, or may have it, the line is refused."""
    active, ended = Side(LicenceState.ACTIVE), Side(LicenceState.TERMINATED)
    change = Change(Field.STATE, "FPC1", active, ended, licence_id=1)
    line = _line(change=change, now=ended, licence_state=LicenceState.TERMINATED, carry=carry)
    operation = builders.recorded(OperationKind.TERMINATION, NOW)
    plan = plan_undo(operation, service(), [line], NOW + timedelta(days=99), 24)
    assert [reason for _, reason in plan.refused] == ([why] if why else [])
    assert (plan.changes, plan.is_over) == ((0, True) if why else (1, False))


@pytest.mark.rule("R10")
def test_r10_an_operation_is_undone_once() -> None:
    """The second person is told who was first."""
    undone = Undone(OperationId("u"), OperationKind.UNDO, Person("U0BRUNO"), NOW, 1, 0)
    with pytest.raises(AlreadyUndone) as refused:
        plan_undo(builders.recorded(OperationKind.MOVE, NOW, undone=undone), service(), [_line()], NOW, 24)
    assert refused.value.by == "U0BRUNO"


@pytest.mark.rule("R2")
def test_r2_nothing_is_undone_in_a_service_that_is_not_active() -> None:
    """An undo is a change like any other."""
    operation = builders.recorded(OperationKind.MOVE, NOW)
    with pytest.raises(ServiceNotActive):
        plan_undo(operation, service(ServiceState.SUSPENDED), [_line()], NOW, 24)
