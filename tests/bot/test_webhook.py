"""The receiver of the webhook is told, whatever it does, in a way that it can verify (R9)."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update
from standardwebhooks import WebhookVerificationError
from structlog.testing import capture_logs

from bot.posting import NotPosted, post
from bot.webhook import LONGEST_PAUSE, NOTICE, Sender, Target
from domain.database import Database
from domain.errors import ParkUnavailable
from domain.tables import Event
from domain.telling import CLAIM, Events
from tests.bot.test_web import ask
from tests.conftest import AGENT, SUPPORT, Clock
from tests.domain.acts import move, undo
from tests.handlers.words import plain
from tests.receiver import OTHER_SECRET, SECRET, Receiver, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.stage import Stage
    from handlers.services import Services

pytestmark = pytest.mark.rule("R9")


@pytest.fixture
def clock() -> Clock:
    """Give a clock that begins now: whoever verifies a signature looks at their own."""
    clock = Clock()
    clock.moment = datetime.now(UTC).replace(microsecond=0)
    return clock


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give a receiver on this machine."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def events(park: Database, clock: Clock) -> Events:
    """Give what is owed."""
    return Events(park, clock)


@pytest.fixture
def registry() -> CollectorRegistry:
    """Give a place for the metrics."""
    return CollectorRegistry()


@pytest.fixture
def make(
    events: Events, receiver: Receiver, clock: Clock, registry: CollectorRegistry
) -> Callable[..., Sender]:
    """Make the sender of which the database knows."""

    def make(**values: Any) -> Sender:
        target = Target(**{"url": receiver.url, "secrets": (SECRET,), "allow_private": True, **values})
        events.subscribe(target.digest)
        return Sender(events, target, clock, registry)

    return make


@pytest.fixture
def sender(make: Callable[..., Sender]) -> Sender:
    """Give a sender with nothing special about it."""
    return make()


def due_at(park: Database) -> datetime:
    """Tell when the only event is due again."""
    with park.reading() as session:
        return session.scalars(select(Event.due_at)).one()


def last_error(park: Database) -> str | None:
    """Tell why the only event was not taken."""
    with park.reading() as session:
        return session.scalars(select(Event.last_error)).one()


def test_r9_an_operation_is_told_once_and_verified(
    sender: Sender, receiver: Receiver, services: Services, events: Events
) -> None:
    """By the receiver, with the package that the standard has for it."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    assert [sender.send_one(), sender.send_one()] == [True, False]
    payload = receiver.next().verified()
    assert (payload["version"], payload["type"]) == (1, "operation.applied")
    assert payload["data"]["operation"]["id"] == recorded.id
    assert events.backlog().count == 0


def test_r9_what_is_sent_is_what_its_schema_says(
    sender: Sender, receiver: Receiver, services: Services
) -> None:
    """Each kind of event, and nothing beside it."""
    undo(services, move(services, "FPC367128", "Entrepôt Nord"))
    while sender.send_one():
        body = receiver.next().body
        assert NOTICE.dump_json(NOTICE.validate_json(body, strict=True, extra="forbid")) == body


def test_what_is_sent_names_nobody(sender: Sender, receiver: Receiver, services: Services) -> None:
    """No person, conversation or customer's name."""
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    body = receiver.next().body.decode()
    assert not [name for name in (AGENT, SUPPORT, "Provence", "Agathe") if name in body]


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_during_a_rotation_both_secrets_verify(
    make: Callable[..., Sender], receiver: Receiver, services: Services, secret: str
) -> None:
    """Whichever the receiver has already, or still."""
    sender = make(secrets=(SECRET, OTHER_SECRET))
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    assert receiver.next().verified(secret)["type"] == "operation.applied"


def test_another_secret_does_not_verify(sender: Sender, receiver: Receiver, services: Services) -> None:
    """A receiver finds out whose it is not."""
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    with pytest.raises(WebhookVerificationError):
        receiver.next().verified(OTHER_SECRET)


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500, 503])
def test_r9_what_is_not_taken_is_sent_again_with_the_same_id(
    sender: Sender, receiver: Receiver, services: Services, clock: Clock, status: int
) -> None:
    """After a pause, to the same address: a redirect is not followed."""
    receiver.replies = [Reply(status, {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"})]
    move(services, "FPC367128", "Entrepôt Nord")
    assert [sender.send_one(), sender.send_one()] == [True, False]
    clock.pass_(seconds=5)
    assert [sender.send_one(), sender.send_one()] == [True, False]
    first, second = receiver.next(), receiver.next()
    assert (first.key, first.path, first.body) == (second.key, second.path, second.body)


@pytest.mark.parametrize(
    ("attempts", "least", "most"), [(0, 4, 5), (1, 12, 15), (6, 2916, 3645), (30, 23040, 28800)]
)
def test_r9_the_pauses_grow_to_hours(
    sender: Sender,
    receiver: Receiver,
    services: Services,
    park: Database,
    clock: Clock,
    attempts: int,
    least: float,
    most: float,
) -> None:
    """A receiver that is down for a day is not hammered."""
    receiver.replies = [Reply(500)]
    move(services, "FPC367128", "Entrepôt Nord")
    with park.writing() as session:
        session.execute(update(Event).values(attempts=attempts))
    sender.send_one()
    assert least <= (due_at(park) - clock()).total_seconds() <= most


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("90", 90, 90), ("999999999", LONGEST_PAUSE, LONGEST_PAUSE), ("0", 4, 5), ("soon", 4, 5), ("-5", 4, 5)],
)
def test_r9_retry_after_is_obeyed_within_bounds(
    sender: Sender,
    receiver: Receiver,
    services: Services,
    park: Database,
    clock: Clock,
    asked: str,
    least: float,
    most: float,
) -> None:
    """It may make the pause longer, up to the longest."""
    receiver.replies = [Reply(429, {"retry-after": asked})]
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    assert least <= (due_at(park) - clock()).total_seconds() <= most


def test_r9_retry_after_may_be_a_date(
    sender: Sender, receiver: Receiver, services: Services, park: Database, clock: Clock
) -> None:
    """As HTTP has it."""
    receiver.replies = [Reply(503, {"retry-after": format_datetime(clock() + timedelta(minutes=2))})]
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    assert due_at(park) - clock() == timedelta(minutes=2)


def test_a_receiver_that_is_gone_is_told_nothing_more(
    sender: Sender, receiver: Receiver, services: Services, clock: Clock
) -> None:
    """Neither what it refused nor what comes after."""
    receiver.replies = [Reply(410)]
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    move(services, "FPC367127", "Entrepôt Nord")
    clock.pass_(days=1)
    assert not sender.send_one()


def test_that_a_receiver_is_gone_is_said_once(
    sender: Sender, receiver: Receiver, services: Services, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where two senders hear it at a time."""
    receiver.replies = [Reply(410), Reply(410)]
    move(services, "FPC367128", "Entrepôt Nord")
    move(services, "FPC367127", "Entrepôt Nord")
    claimed = [events.claim(sender.receiver), events.claim(sender.receiver)]
    monkeypatch.setattr(events, "claim", lambda _: claimed.pop())
    with capture_logs() as said:
        sender.send_one()
        sender.send_one()
    assert [each["event"] for each in said] == ["webhook ended"]


def test_another_address_gets_what_the_first_did_not_take(
    make: Callable[..., Sender], receiver: Receiver, services: Services, clock: Clock, events: Events
) -> None:
    """What is owed stays owed."""
    receiver.replies = [Reply(410)]
    first = make()
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    first.send_one()
    receiver.next()
    target = Target(f"{receiver.url}&v=2", (SECRET,), allow_private=True)
    events.subscribe(target.digest)
    Sender(events, target, clock, CollectorRegistry()).send_one()
    assert receiver.next().verified()["data"]["operation"]["id"] == recorded.id


def test_r9_a_crash_between_sending_and_recording_sends_again_with_the_same_id(
    sender: Sender, receiver: Receiver, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver has it twice and knows; nobody has it never."""

    def die(_: object) -> None:
        raise SystemExit

    move(services, "FPC367128", "Entrepôt Nord")
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(sender._events, "sent", die)
        sender.send_one()
    clock.pass_(seconds=CLAIM.total_seconds())
    assert [sender.send_one(), sender.send_one()] == [True, False]
    assert receiver.next().key == receiver.next().key


def test_r9_two_senders_at_once_send_each_event_once(
    receiver: Receiver, services: Services, park: Database, park_url: str, clock: Clock
) -> None:
    """In two processes, as far as the database can tell."""
    target = Target(receiver.url, (SECRET,), allow_private=True)
    others = Database(park_url, wait=20)
    senders = [
        Sender(Events(database, clock), target, clock, CollectorRegistry()) for database in (park, others)
    ]
    Events(park, clock).subscribe(target.digest)
    recorded = [move(services, f"FPC{400000 + index}", "Pavillon H").id for index in range(12)]
    for each in senders:
        each.start()
    told = [receiver.next().verified()["data"]["operation"]["id"] for _ in recorded]
    for each in senders:
        each.stop()
    others.close()
    assert sorted(told) == sorted(recorded)
    assert receiver.received.empty()


def test_r9_a_slow_receiver_is_given_up_and_asked_again(
    make: Callable[..., Sender], receiver: Receiver, services: Services, park: Database, held: threading.Event
) -> None:
    """It may have got it: the id tells."""
    receiver.replies = [Reply(holds=held)]
    sender = make(timeout=0.2)
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    assert last_error(park) == "no answer within 0.2 s"


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Give what a receiver waits for before it answers."""
    event = threading.Event()
    yield event
    event.set()


def test_r9_a_private_address_is_not_sent_to(
    make: Callable[..., Sender], receiver: Receiver, services: Services, park: Database
) -> None:
    """Nothing arrives there, and what to do is said."""
    sender = make(allow_private=False)
    move(services, "FPC367128", "Entrepôt Nord")
    sender.send_one()
    assert receiver.received.empty()
    assert last_error(park) == "the host's address is private; WEBHOOK_ALLOW_PRIVATE=1 allows it"


def test_r9_what_goes_wrong_is_outlived(
    sender: Sender, receiver: Receiver, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away, and any other error."""
    claim = sender._events.claim
    troubles = [ParkUnavailable(), RuntimeError("unexpected")]

    def fail_first(who: str) -> object:
        if troubles:
            raise troubles.pop()
        return claim(who)

    monkeypatch.setattr(sender._events, "claim", fail_first)
    move(services, "FPC367128", "Entrepôt Nord")
    sender.start()
    sender.wake()
    receiver.next()
    assert sender.is_alive
    sender.stop()
    assert not sender.is_alive


def test_a_sender_that_never_ran_can_be_stopped(sender: Sender) -> None:
    """As where a start fails half-way."""
    sender.stop()
    assert not sender.is_alive


def test_the_metrics_tell_where_the_webhook_stands(
    sender: Sender, receiver: Receiver, services: Services, clock: Clock, registry: CollectorRegistry
) -> None:
    """What was taken, what failed, what is owed and since when, and whether it has ended."""
    receiver.replies = [Reply(), Reply(410)]
    for licence in ("FPC367127", "FPC367128"):
        move(services, licence, "Entrepôt Nord")
        sender.send_one()
    clock.pass_(seconds=60)
    names = ("sent_total", "failures_total", "backlog", "oldest_seconds", "ended")
    values = [registry.get_sample_value(f"metacentrex_webhook_{name}") for name in names]
    assert values == [1, 1, 1, 60, 1]


def test_no_log_holds_the_address_or_what_is_sent(
    sender: Sender, receiver: Receiver, services: Services, clock: Clock
) -> None:
    """Events with ids; the token of an address is a secret."""
    receiver.replies = [Reply(500, body=b"FPC367128"), Reply(), Reply(410)]
    with capture_logs() as said:
        for licence in ("FPC367128", "FPC367127"):
            move(services, licence, "Entrepôt Nord")
            sender.send_one()
            clock.pass_(seconds=5)
            sender.send_one()
    assert {each["event"] for each in said} == {"event postponed", "event sent", "webhook ended"}
    assert not [word for word in ("t0ps3cret", "whsec", "FPC", "Nord", AGENT) if word in str(said)]


def test_settings_of_a_target_are_not_shown() -> None:
    """Neither address nor secret, also when it is printed."""
    assert repr(Target("https://u/t0ps3cret", (SECRET,))) == f"Target(allow_private=False, timeout={15.0})"


def test_r9_slack_does_not_wait_for_the_receiver(
    perform: Callable[..., Stage], receiver: Receiver, services: Services, held: threading.Event
) -> None:
    """The confirmation is there while the receiver holds the line."""
    receiver.replies = [Reply(holds=held)]
    stage = perform(webhook_url=receiver.url, webhook_secret=SECRET, webhook_allow_private=True)
    move(services, "FPC367128", "Entrepôt Nord")
    stage.actor(AGENT).command(SUPPORT, "/licence-aide")  # after a click both workers look at once
    receiver.next()
    stage.settle()
    assert "Adresse changée" in plain(stage.actor(AGENT).conversation(SUPPORT))
    held.set()


def test_r9_the_receiver_does_not_wait_for_slack(
    perform: Callable[..., Stage], receiver: Receiver, services: Services
) -> None:
    """It is told while Slack is away."""
    stage = perform(webhook_url=receiver.url, webhook_secret=SECRET, webhook_allow_private=True)
    stage.api.fail("chat.postMessage", "error", times=2)
    move(services, "FPC367128", "Entrepôt Nord")
    assert receiver.next().verified()["type"] == "operation.applied"


def test_what_wants_attention_does_not_keep_the_bot_from_serving(
    perform: Callable[..., Stage], receiver: Receiver, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver that is gone is a note; a database that is away tells nothing of it."""
    receiver.replies = [Reply(410)]
    stage = perform(webhook_url=receiver.url, webhook_secret=SECRET, webhook_allow_private=True)
    assert stage.bot.notes() == []
    move(services, "FPC367128", "Entrepôt Nord")
    receiver.next()
    assert stage.bot.sender
    stage.bot.sender.stop()
    notes = ["the webhook's receiver is gone: see metacentrex check"]
    assert stage.bot.notes() == notes
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "is_alive", True)
        assert json.loads(ask(stage, "/readyz")[1]) == {"status": "ready", "reasons": [], "notes": notes}
    assert stage.bot.unready() == ["the webhook's sender does not run"]

    def away() -> None:
        raise ParkUnavailable

    monkeypatch.setattr(stage.bot.events, "backlog", away)
    assert stage.bot.notes() == []


def test_a_bot_without_a_webhook_forgets_the_one_it_had(
    perform: Callable[..., Stage], events: Events
) -> None:
    """From its start on nothing is written for a receiver."""
    events.subscribe("r" * 64)
    stage = perform()
    assert events.backlog().receiver is None
    assert stage.bot.notes() == []


def test_a_post_that_can_not_be_made_says_nothing_of_the_address() -> None:
    """It may be logged."""
    with pytest.raises(NotPosted) as error:
        post("https://t0ps3cret.invalid/t0ps3cret", b"", {}, allow_private=True)
    assert "t0ps3cret" not in str(error.value)


BLOCKS = re.findall(
    r"```json\n(.*?)```",
    (Path(__file__).parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


def test_the_documented_schema_is_what_the_types_say() -> None:
    """As `metacentrex webhook schema` prints it: a change of the types is a change of the document."""
    assert json.loads(BLOCKS[-1]) == NOTICE.json_schema(mode="serialization")


def test_the_documented_example_is_what_could_be_sent() -> None:
    """To the letter, but for its spaces."""
    told = NOTICE.validate_json(BLOCKS[0], strict=True, extra="forbid")
    assert json.loads(NOTICE.dump_json(told)) == json.loads(BLOCKS[0])
