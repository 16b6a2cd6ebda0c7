"""The webhook: each event is signed and sent, as often as it takes (Standard Webhooks; docs/webhook.md)."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Gauge
from pydantic import Field, TypeAdapter
from standardwebhooks import Webhook

from bot.logs import described
from bot.posting import TIMEOUT, Answer, NotPosted, post
from domain.errors import ParkUnavailable
from domain.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from domain.telling import Backlog, Due, Events

log = structlog.get_logger(__name__)

NOTICE: TypeAdapter[Notice] = TypeAdapter(Annotated[Notice, Field(discriminator="type")])
"""What is sent, as JSON and as its schema."""

IDLE = 1.0
"""Seconds between two looks at what is owed when nobody wakes the sender."""

FIRST_PAUSE, LONGEST_PAUSE = 5, 8 * 3600
"""Seconds between the first two tries; between two tries at most."""

GROWTH = 3
"""How many times as long as the pause before a pause is: some twenty tries in five days."""


@dataclass(frozen=True)
class Target:
    """Where events go, and what signs them."""

    url: str = field(repr=False)
    """An address may hold a secret of the receiver's: it is neither logged nor shown."""
    secrets: tuple[str, ...] = field(repr=False)
    """`whsec_…`: one, or two during a rotation."""
    allow_private: bool = False
    timeout: float = TIMEOUT

    @property
    def host(self) -> str:
        """What may be shown of the address."""
        return urlsplit(self.url).hostname or ""

    @property
    def digest(self) -> str:
        """By which the database knows the receiver without knowing its address."""
        return hashlib.sha256(self.url.encode()).hexdigest()


def send(target: Target, key: str, notice: Notice, at: datetime) -> Answer:
    """Sign and send, and give the answer. Raises NotPosted."""
    body = NOTICE.dump_json(notice)
    moment = at.astimezone(UTC)  # the package takes any time zone for UTC
    signatures = [Webhook(secret).sign(key, moment, body.decode()) for secret in target.secrets]
    headers = {
        "content-type": "application/json",
        "user-agent": "metacentrex-licence-bot",
        "webhook-id": key,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return post(target.url, body, headers, allow_private=target.allow_private, timeout=target.timeout)


def fault(answer: Answer) -> str | None:
    """Say why an answer is none that takes what was sent; None: it does."""
    if answer.is_taken:
        return None
    if answer.is_redirect:
        return f"the receiver answered {answer.status}: redirects are not followed, name where it leads"
    if answer.status == HTTPStatus.GONE:
        return "the receiver answered 410: it is gone"
    return f"the receiver answered {answer.status}"


class Sender:
    """One sender with a thread of its own; several, in as many processes as there are, share the events."""

    def __init__(
        self, events: Events, target: Target, clock: Callable[[], datetime], registry: CollectorRegistry
    ) -> None:
        self._events = events
        self._target = target
        self._clock = clock
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._sent = Counter("metacentrex_webhook_sent", "Events that were taken", registry=registry)
        self._failed = Counter("metacentrex_webhook_failures", "Tries that failed", registry=registry)
        for name, text, read in (
            ("backlog", "Events owed", lambda backlog: backlog.count),
            ("oldest_seconds", "Age of the oldest event owed", lambda backlog: backlog.oldest),
            ("ended", "Whether the receiver said that it is gone", lambda backlog: bool(backlog.ended_at)),
        ):
            self._gauge(f"metacentrex_webhook_{name}", text, read, registry)

    def _gauge(
        self, name: str, text: str, read: Callable[[Backlog], float], registry: CollectorRegistry
    ) -> None:
        Gauge(name, text, registry=registry).set_function(lambda: read(self._events.backlog()))

    @property
    def is_alive(self) -> bool:
        """Whether the sender runs."""
        return self._thread.is_alive()

    @property
    def receiver(self) -> str:
        """The digest by which the database knows who is told."""
        return self._target.digest

    def backlog(self) -> Backlog:
        """Tell what is owed. Raises ParkUnavailable."""
        return self._events.backlog()

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Look at what is owed now."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the event under way, and stop."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self.send_one():
                    continue
            except ParkUnavailable as error:  # busy or away: it may come back
                log.warning("events out of reach", error=described(error.__cause__ or error))
            except Exception:
                log.exception("webhook failed")
            self._woken.wait(IDLE)
            self._woken.clear()

    def send_one(self) -> bool:
        """Send one event that is due; tell whether there was one."""
        due = self._events.claim(self.receiver)
        if due is None:
            return False
        try:
            answer = send(self._target, due.key, self._events.read(due), self._clock())
        except NotPosted as error:
            self._postpone(due, str(error))
            return True
        trouble = fault(answer)
        if trouble is None:
            self._events.sent(due)
            self._sent.inc()
            log.info("event sent", event_id=due.key, operation=due.operation, attempts=due.attempts)
        elif answer.status == HTTPStatus.GONE:
            self._failed.inc()
            if self._events.end(due, self.receiver):
                log.error("webhook ended", host=self._target.host, event_id=due.key, status=answer.status)
        else:
            self._postpone(due, trouble, answer.retry_after)
        return True

    def _postpone(self, due: Due, error: str, retry_after: str | None = None) -> None:
        pause = _pause(due.attempts, _asked(retry_after, self._clock()))
        self._failed.inc()
        log.warning(
            "event postponed",
            event_id=due.key,
            operation=due.operation,
            error=error,
            seconds=pause.total_seconds(),
            attempts=due.attempts,
        )
        self._events.postpone(due, pause, error)


def _pause(attempts: int, asked: float) -> timedelta:
    """How long to wait after so many tries, at least as long as the receiver asks, within bounds."""
    grown = FIRST_PAUSE * GROWTH ** min(attempts - 1, 10)
    own = min(LONGEST_PAUSE, grown) * random.uniform(0.8, 1)  # noqa: S311 - so that not all come back at once
    return timedelta(seconds=min(LONGEST_PAUSE, max(own, asked)))


def _asked(retry_after: str | None, now: datetime) -> float:
    """Read seconds or a date; what is neither asks for nothing."""
    if retry_after is None:
        return 0.0
    if re.fullmatch(r"[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after).astimezone(UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
