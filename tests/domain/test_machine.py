"""Any sequence of acts on one service: what always holds, and the record that replays to the park."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from domain.database import Database
from domain.errors import DomainError
from domain.park import counts
from domain.tables import Licence, Number, Operation, OperationLine, Service, Site
from domain.terminating import TERMINATING
from domain.values import LicenceState, LicenceType, OperationId, OperationKind
from tests.conftest import PATIENT, services_on
from tests.domain.acts import AGENT, SUPPORT, dissociate, move, terminate, undo

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.conftest import Databases

REFERENCES = [f"FPC36712{digit}" for digit in (0, 1, 2, 3, 6, 7, 8, 9)]
SERVICE = "MCX-13001-01"

Park = dict[str, tuple[str, LicenceState, frozenset[str]]]


def look(session: Session) -> Park:
    """See the service's licences: site, state, numbers."""
    numbers: dict[str, set[str]] = {}
    held = select(Licence.reference, Number.e164).join(Number, Number.licence_id == Licence.id)
    for reference, e164 in session.execute(held):
        numbers.setdefault(reference, set()).add(e164)
    query = select(Licence.reference, Site.label, Licence.state).join(Site, Site.id == Licence.site_id)
    rows = session.execute(
        query.join(Service, Service.id == Licence.service_id).where(Service.reference == SERVICE)
    )
    return {ref: (label, state, frozenset(numbers.get(ref, ()))) for ref, label, state in rows}


def replay(session: Session, start: Park, known: frozenset[str] = frozenset()) -> Park:
    """Apply the record, line by line, to the park as it was once the `known` operations were done."""
    park = dict(start)
    query = (
        select(OperationLine, Licence.reference)
        .join(Operation, Operation.id == OperationLine.operation_id)
        .outerjoin(Licence, Licence.id == OperationLine.licence_id)
        .where(~OperationLine.refused, Operation.id.not_in(known))
        .order_by(Operation.at, OperationLine.position)
    )
    for line, reference in session.execute(query):
        label, state, numbers = park[reference]
        if line.number_id:
            given = line.after is not None
            park[reference] = (label, state, numbers | {line.subject} if given else numbers - {line.subject})
        elif line.after_site_id:
            assert label == line.before
            park[reference] = (str(line.after), state, numbers)
        else:
            park[reference] = (label, LicenceState(str(line.after)), numbers)
    return park


def _machine(databases: Databases, kind: str) -> type[RuleBasedStateMachine]:
    """Make a machine for one kind of database; each of its runs begins with a fresh park."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.database = Database(databases.new(kind, "park"), wait=PATIENT)
            self.services = services_on(self.database)
            with self.database.reading() as session:
                self.start = look(session)

        @rule(reference=st.sampled_from(REFERENCES), label=st.sampled_from(["Siège Social", "Entrepôt Nord"]))
        def move(self, reference: str, label: str) -> None:
            with contextlib.suppress(DomainError):
                move(self.services, reference, label)

        @rule(reference=st.sampled_from(REFERENCES))
        def terminate(self, reference: str) -> None:
            with contextlib.suppress(DomainError):
                terminate(self.services, reference)

        @rule(kind=st.sampled_from(LicenceType), quantity=st.integers(1, 2))
        def terminate_some(self, kind: LicenceType, quantity: int) -> None:
            drafts, orders = self.services.drafts, self.services.orders
            draft = drafts.name(OperationKind.TERMINATION, AGENT, SUPPORT, SERVICE)[0].id
            drafts.change(draft, AGENT, licence_type=kind, quantity=quantity)
            with contextlib.suppress(DomainError):
                orders.confirm(draft, orders.preview(TERMINATING, draft, AGENT).fingerprint, AGENT)

        @rule(digit=st.integers(1, 8))
        def dissociate(self, digit: int) -> None:
            with contextlib.suppress(DomainError):
                dissociate(self.services, f"04 91 00 00 0{digit}")

        @rule(back=st.integers(0, 5))
        def undo(self, back: int) -> None:
            newest = select(Operation.id).order_by(Operation.at.desc()).offset(back).limit(1)
            with self.database.reading() as session:
                operation = session.scalars(newest).one_or_none()
            if operation:
                with contextlib.suppress(DomainError):
                    undo(self.services, self.services.operations.read(OperationId(operation)))

        @invariant()
        def no_licence_with_a_number_is_terminated(self) -> None:
            with self.database.reading() as session:
                park = look(session)
            assert not any(
                state is LicenceState.TERMINATED and numbers for _, state, numbers in park.values()
            )

        @invariant()
        def active_is_never_above_subscribed(self) -> None:
            with self.database.reading() as session:
                service_id = session.scalars(select(Service.id).where(Service.reference == SERVICE)).one()
                assert all(0 <= each.active <= each.subscribed for each in counts(session, service_id))

        @invariant()
        def the_record_replays_to_the_park(self) -> None:
            with self.database.reading() as session:
                assert replay(session, self.start) == look(session)

        def teardown(self) -> None:
            self.database.close()

    return Machine


@pytest.mark.rule("R4")
@pytest.mark.rule("R5")
@pytest.mark.rule("R8")
def test_r4_r5_r8_hold_after_any_sequence_of_acts(databases: Databases, kind: str) -> None:
    """No held licence ends, the counts stay sound, and the record replays to the park."""
    machine = _machine(databases, kind)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=8, stateful_step_count=12, deadline=None)
    )
