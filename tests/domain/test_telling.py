"""What a program is told is written with the operation, and taken by one sender at a time, in order (R9)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from domain.events import EventType
from domain.notices import LineTold, Notice, OperationApplied, OperationUndone
from domain.tables import Customer, Event, Licence, Operation, OperationLine
from domain.telling import BATCH, CLAIM, KEPT, Events, tell
from domain.values import Field, OperationKind
from tests.domain.acts import AGENT, add_site, dissociate, move, terminate, undo

if TYPE_CHECKING:
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock

RECEIVER, OTHER = "r" * 64, "o" * 64


@pytest.fixture
def events(park: Database, clock: Clock) -> Events:
    """Give the events of a receiver that listens."""
    events = Events(park, clock)
    events.subscribe(RECEIVER)
    return events


def told(events: Events) -> list[Notice]:
    """Send all that is owed, and give it in order."""
    sent = []
    while due := events.claim(RECEIVER):
        sent.append(events.read(due))
        events.sent(due)
    return sent


def count(database: Database) -> int:
    """Count the events that are kept."""
    with database.reading() as session:
        return session.scalar(select(func.count(Event.id))) or 0


def lines_of(notice: Notice) -> tuple[LineTold, ...]:
    """Give the lines of an operation that was applied."""
    assert isinstance(notice, OperationApplied)
    return notice.data.lines


def line(field: Field, **values: str | None) -> LineTold:
    """Make a line of which this alone is told."""
    names = ("licence", "number", "site", "service", "customer", "detail", "before", "after")
    return LineTold(field, **{name: values.get(name) for name in names})


def test_where_nobody_listens_nothing_is_written(services: Services, park: Database, clock: Clock) -> None:
    """Neither before there is a receiver, nor after there was one."""
    events = Events(park, clock)
    move(services, "FPC367128", "Entrepôt Nord")
    events.subscribe(RECEIVER)
    events.subscribe(None)
    move(services, "FPC367127", "Entrepôt Nord")
    assert count(park) == 0


@pytest.mark.rule("R9")
def test_r9_an_event_is_written_with_the_operation_or_not_at_all(
    events: Events, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What rolls the change back takes the event along."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("domain.outbox.amend", fail)
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    with pytest.raises(RuntimeError):
        undo(services, recorded)
    assert [type(each) for each in told(events)] == [OperationApplied]


def test_a_move_is_told_by_its_references(events: Events, services: Services, clock: Clock) -> None:
    """Customer, service, licence, and the sites' labels."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    (notice,) = told(events)
    assert isinstance(notice, OperationApplied)
    about = notice.data.operation
    assert (notice.timestamp, about.at, about.id) == (clock(), clock(), recorded.id)
    assert (about.kind, about.customer, about.service) == ("move", "C013001", "MCX-13001-01")
    assert (notice.data.undoes, notice.data.page, notice.data.pages) == (None, 1, 1)
    moved = line(Field.SITE, licence="FPC367128", before="Siège Social", after="Entrepôt Nord")
    assert notice.data.lines == (moved,)


def test_a_dissociation_is_told_by_number_and_licence(events: Events, services: Services) -> None:
    """The number in E.164, which is nobody's afterwards."""
    dissociate(services, "04 91 00 00 06")
    (notice,) = told(events)
    freed = line(Field.HOLDER, licence="FPC367128", number="+33491000006", before="FPC367128")
    assert lines_of(notice) == (freed,)


def test_a_termination_is_told_by_state(events: Events, services: Services) -> None:
    """In the words of the record."""
    terminate(services, "FPC367126")
    (notice,) = told(events)
    ended = line(Field.STATE, licence="FPC367126", before="active", after="terminated")
    assert lines_of(notice) == (ended,)


def test_a_new_site_is_told_by_label_and_address(events: Events, services: Services) -> None:
    """It has no reference of its own."""
    add_site(services, 1, "Annexe")
    (notice,) = told(events)
    added = line(Field.NEW_SITE, site="Annexe", after="1 allée Annexe, 13001 Marseille")
    assert lines_of(notice) == (added,)


def test_an_undo_is_told_of_both(events: Events, services: Services) -> None:
    """As an operation that was applied, and as what became of the first, after what was told of that."""
    first = move(services, "FPC367128", "Entrepôt Nord")
    second = undo(services, first)
    _, applied, undone = told(events)
    assert isinstance(applied, OperationApplied)
    assert (applied.data.operation.id, applied.data.undoes) == (second.id, first.id)
    assert isinstance(undone, OperationUndone)
    assert (undone.data.operation.id, undone.data.undone_by) == (first.id, second.id)


def test_what_an_undo_leaves_is_not_told_as_changed(events: Events, services: Services) -> None:
    """It stays on record beside what went back."""
    first = move(services, "FPC367127 FPC367128", "Entrepôt Nord")
    move(services, "FPC367127", "Siège Social")
    undo(services, first)
    applied = [each for each in told(events) if isinstance(each, OperationApplied)]
    assert [each.licence for each in applied[-1].data.lines] == ["FPC367128"]


def test_a_long_operation_is_told_in_pages(events: Events, services: Services) -> None:
    """Each an event of its own, in order, with every line in one of them."""
    recorded = move(services, " ".join(f"FPC{400000 + index}" for index in range(250)), "Pavillon H")
    pages = told(events)
    assert [page.data.page for page in pages if isinstance(page, OperationApplied)] == [1, 2, 3]
    assert [len(lines_of(page)) for page in pages] == [100, 100, recorded.count - 200]
    assert len({each.licence for page in pages for each in lines_of(page)}) == recorded.count


def record(database: Database, clock: Clock, *lines: dict[str, Any]) -> None:
    """Put an import on record, as the portal's files would, and owe its event."""
    with database.writing() as session:
        row = {"id": "i" * 32, "kind": OperationKind.IMPORT, "by": AGENT, "at": clock()}
        session.execute(insert(Operation).values(row))
        for position, each in enumerate(lines, 1):
            about = {"operation_id": "i" * 32, "position": position, "field": Field.DETAIL}
            session.execute(insert(OperationLine).values(about | each))
        tell(session, EventType.APPLIED, Operation.id == "i" * 32, clock())


def test_details_are_told_without_their_values(events: Events, park: Database, clock: Clock) -> None:
    """An accountcode or a customer's name may be somebody's."""
    values = {"subject": "Provence Matériaux", "before": "Agathe", "after": "Bruno"}
    with park.reading() as session:
        licence = session.scalar(select(Licence.id).where(Licence.reference == "FPC367128"))
        customer = session.scalar(select(Customer.id).where(Customer.account == "C013001"))
    record(
        park,
        clock,
        {**values, "detail": "accountcode", "licence_id": licence},
        {**values, "detail": "raison_sociale", "customer_id": customer},
        {**values, "detail": "telephone", "after_site_id": 1, "subject": "Siège Social"},
    )
    (notice,) = told(events)
    assert lines_of(notice) == (
        line(Field.DETAIL, licence="FPC367128", detail="accountcode"),
        line(Field.DETAIL, customer="C013001", detail="raison_sociale"),
        line(Field.DETAIL, site="Siège Social", detail="telephone"),
    )


def test_an_operation_without_lines_is_told_in_one_page(events: Events, park: Database, clock: Clock) -> None:
    """Such as an import that changed nothing that was there."""
    record(park, clock)
    (notice,) = told(events)
    assert isinstance(notice, OperationApplied)
    assert (notice.data.page, notice.data.pages, notice.data.lines) == (1, 1, ())


@pytest.mark.rule("R9")
def test_r9_what_one_sender_has_claimed_no_other_takes(events: Events, services: Services) -> None:
    """Until it is through with it."""
    move(services, "FPC367128", "Entrepôt Nord")
    assert events.claim(RECEIVER)
    assert events.claim(RECEIVER) is None


@pytest.mark.rule("R9")
def test_r9_what_a_dead_sender_had_claimed_is_taken_with_the_same_id(
    events: Events, services: Services, clock: Clock
) -> None:
    """The receiver knows the repeat by it."""
    move(services, "FPC367128", "Entrepôt Nord")
    first = events.claim(RECEIVER)
    clock.pass_(seconds=CLAIM.total_seconds())
    again = events.claim(RECEIVER)
    assert first and again
    assert (again.key, again.attempts) == (first.key, 2)


@pytest.mark.rule("R9")
def test_r9_two_senders_that_see_the_same_event_take_it_once(
    events: Events, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look without lock is only a look."""
    move(services, "FPC367128", "Entrepôt Nord")
    reading, both = events._database.reading, [True]

    def first_lets_the_second_go_ahead() -> object:
        found = reading()
        if both.pop() if both else False:
            return _Late(found, lambda: events.claim(RECEIVER))
        return found

    monkeypatch.setattr(events._database, "reading", first_lets_the_second_go_ahead)
    assert events.claim(RECEIVER) is None


class _Late:
    """A transaction after whose end something else happens at once."""

    def __init__(self, inner: Any, then: Any) -> None:
        self._inner, self._then = inner, then

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(self, *error: object) -> None:
        self._inner.__exit__(*error)
        assert self._then()


@pytest.mark.rule("R9")
def test_r9_many_senders_take_each_event_once(events: Events, services: Services, park: Database) -> None:
    """None is lost and none is taken twice, whoever is first."""
    for index in range(8):
        move(services, f"FPC{400000 + index}", "Pavillon H")
    begin = threading.Barrier(4)

    def take() -> list[str]:
        begin.wait(30)
        keys = []
        while due := events.claim(RECEIVER):
            events.sent(due)
            keys.append(due.key)
        return keys

    with ThreadPoolExecutor(4) as pool:
        taken = [key for each in [pool.submit(take) for _ in range(4)] for key in each.result(60)]
    taken += [due.key for due in iter(lambda: events.claim(RECEIVER), None)]
    with park.reading() as session:
        assert sorted(taken) == sorted(session.scalars(select(Event.key)))


def test_what_became_of_an_operation_waits_for_what_was_told_before(
    events: Events, services: Services, clock: Clock
) -> None:
    """The undo itself is another operation, and does not wait."""
    undo(services, move(services, "FPC367128", "Entrepôt Nord"))
    first = events.claim(RECEIVER)
    assert first
    events.postpone(first, timedelta(hours=1), "no")
    assert [type(each) for each in told(events)] == [OperationApplied]
    clock.pass_(hours=1)
    assert [type(each) for each in told(events)] == [OperationApplied, OperationUndone]


def test_what_is_postponed_waits(events: Events, services: Services, clock: Clock) -> None:
    """For as long as it was told, and no longer."""
    move(services, "FPC367128", "Entrepôt Nord")
    due = events.claim(RECEIVER)
    assert due
    events.postpone(due, timedelta(seconds=5), "x" * 1000)
    assert events.claim(RECEIVER) is None
    clock.pass_(seconds=5)
    assert events.claim(RECEIVER)


def test_a_receiver_that_is_gone_is_found_out_once(events: Events, services: Services) -> None:
    """Whoever of two senders comes second has nothing to say."""
    move(services, "FPC367128", "Entrepôt Nord")
    due = events.claim(RECEIVER)
    assert due
    assert [events.end(due, RECEIVER), events.end(due, RECEIVER)] == [True, False]
    assert events.claim(RECEIVER) is None


def test_another_receiver_gets_what_the_first_did_not_take(
    events: Events, services: Services, clock: Clock
) -> None:
    """At once: also what waited for the end of a pause, and what happened in between."""
    move(services, "FPC367128", "Entrepôt Nord")
    first = events.claim(RECEIVER)
    assert first
    events.postpone(first, timedelta(hours=8), "500")
    move(services, "FPC367127", "Entrepôt Nord")
    second = events.claim(RECEIVER)
    assert second
    events.end(second, RECEIVER)
    clock.pass_(seconds=1)
    events.subscribe(OTHER)
    assert {due.key for due in iter(lambda: events.claim(OTHER), None)} == {first.key, second.key}


def test_a_sender_that_has_not_heard_of_the_new_receiver_sends_nothing(
    events: Events, services: Services
) -> None:
    """While processes are renewed one by one."""
    events.subscribe(OTHER)
    move(services, "FPC367128", "Entrepôt Nord")
    assert events.claim(RECEIVER) is None


def test_the_same_receiver_again_changes_nothing(events: Events, services: Services) -> None:
    """A restart does not bring back one that is gone."""
    move(services, "FPC367128", "Entrepôt Nord")
    due = events.claim(RECEIVER)
    assert due
    events.end(due, RECEIVER)
    events.subscribe(RECEIVER)
    assert events.backlog().ended_at is not None


def test_the_backlog_tells_how_much_is_owed_and_since_when(
    events: Events, services: Services, clock: Clock
) -> None:
    """And of whom."""
    move(services, "FPC367128", "Entrepôt Nord")
    clock.pass_(seconds=90)
    backlog = events.backlog()
    assert (backlog.count, backlog.oldest, backlog.receiver, backlog.ended_at) == (1, 90.0, RECEIVER, None)
    told(events)
    assert (events.backlog().count, events.backlog().oldest) == (0, 0.0)


def test_what_is_too_old_is_given_up_and_counted(events: Events, services: Services, clock: Clock) -> None:
    """What was sent goes too, without being counted."""
    move(services, "FPC367128", "Entrepôt Nord")
    told(events)
    move(services, "FPC367127", "Entrepôt Nord")
    assert events.sweep() == 0
    clock.pass_(seconds=KEPT.total_seconds() + 1)
    assert [events.sweep(), events.sweep()] == [1, 0]


def test_what_is_too_old_goes_a_few_at_a_time(events: Events, park: Database, clock: Clock) -> None:
    """So that nobody waits for all of it."""
    record(park, clock)
    with park.writing() as session:
        same = {"type": "operation.applied", "operation_id": "i" * 32, "at": clock(), "due_at": clock()}
        session.execute(insert(Event), [{**same, "key": f"{index:032}"} for index in range(BATCH)])
    clock.pass_(days=6)
    assert [events.sweep(), events.sweep()] == [BATCH, 1]
