"""The composition root: database, services, access and handlers become one bot."""

from __future__ import annotations

import logging
import re
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Gauge
from slack_bolt import App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.access import Access
from bot.delivery import PACE, Delivery
from bot.failures import Failures
from bot.settings import secrets_of
from bot.webhook import Sender, Target
from domain import rights
from domain.carrying import Carrying
from domain.changes import Policy
from domain.database import WAIT, Database, TablesUnknown
from domain.drafts import Drafts
from domain.errors import ParkUnavailable
from domain.operations import Operations
from domain.orders import Orders
from domain.outbox import Outbox
from domain.searching import Park
from domain.selecting import Selecting
from domain.telling import Events
from handlers import PROCEDURES, register
from handlers.payloads import HOOKS, Malformed, Unserved, parse
from handlers.routing import bolt_request
from handlers.services import Services

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings, WebhookSettings

log = structlog.get_logger(__name__)

POST_TIMEOUT = 10
"""Seconds that the delivery worker waits for Slack: nobody waits for it."""


def now() -> datetime:
    """The moment, as every clock here tells it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Bot:
    """A bot that is put together; `start` sets its threads going."""

    app: App
    database: Database
    delivery: Delivery
    events: Events
    sender: Sender | None
    """Tells the webhook's receiver, if there is one."""
    access: Access
    registry: CollectorRegistry
    clock: Callable[[], datetime]
    hooks: re.Pattern[str]
    """Where answers to commands and clicks in messages may go."""
    signing_secret: str = field(repr=False)

    def dispatch(self, body: object) -> BoltResponse:
        """Answer what Slack sent, then post what it committed."""
        try:
            payload = parse(body, self.hooks)
        except Malformed as error:
            log.warning("malformed", path=error.path)
            return BoltResponse(status=HTTPStatus.BAD_REQUEST)
        if isinstance(payload, Unserved):
            log.info("not served", type=payload.type)
            return BoltResponse(status=HTTPStatus.OK)
        try:
            return self.app.dispatch(bolt_request(payload))
        finally:
            self.delivery.wake()
            if self.sender:
                self.sender.wake()

    def start(self) -> None:
        """Settle who is told what happens, ask who may act, then begin to deliver. Raises ParkUnavailable."""
        self.events.subscribe(self.sender.receiver if self.sender else None)
        self.access.refresh()
        threading.Thread(target=self.access.keep, name="access", daemon=True).start()
        self.delivery.start()
        if self.sender:
            self.sender.start()

    def stop(self) -> None:
        """Finish what runs, and close."""
        self.access.stop()
        self.delivery.stop()
        if self.sender:
            self.sender.stop()
        self.database.close()

    def unready(self) -> list[str]:
        """Tell what keeps the bot from serving."""
        reasons = []
        try:
            if not self.database.is_migrated():
                reasons.append("the database is not migrated: run metacentrex migrate")
            elif refusal := rights.refusal(self.database):
                reasons.append(f"the database: {refusal}")
        except ParkUnavailable:
            reasons.append("the database is out of reach")
        except TablesUnknown:
            reasons.append("the database is of a newer version")
        if not self.delivery.is_alive:
            reasons.append("the delivery worker does not run")
        if self.sender and not self.sender.is_alive:
            reasons.append("the webhook's sender does not run")
        return reasons

    def notes(self) -> list[str]:
        """Tell what does not keep the bot from serving, but wants somebody's attention."""
        try:
            is_ended = self.sender and self.sender.backlog().ended_at
        except ParkUnavailable:
            return []
        return ["the webhook's receiver is gone: see metacentrex check"] if is_ended else []


def build_app(
    settings: Settings, clock: Callable[[], datetime] = now, *, pace: float = PACE, wait: float = WAIT
) -> Bot:
    """Put the bot together; nothing runs and Slack is not asked anything yet.

    `wait`: seconds that a click waits, for a lock of the database and for each answer of Slack.
    """
    database = Database(settings.database_url, wait=wait)
    token = settings.slack_bot_token.get_secret_value()
    registry = CollectorRegistry()
    services = build_services(database, clock, settings)
    access = Access(
        settings.access_users, settings.access_usergroups, slack_client(settings, POST_TIMEOUT), clock
    )
    outbox = Outbox(database, clock)
    events, target = Events(database, clock), target_of(settings)
    window = timedelta(hours=settings.undo_hours)
    delivery = Delivery(
        outbox,
        services.operations,
        {
            "drafts": services.drafts.sweep,
            "undos": lambda: outbox.end_undo(window),
            "events given up": events.sweep,
        },
        slack_client(settings, POST_TIMEOUT),
        registry,
        pace,
    )
    backlog = Gauge("metacentrex_outbox_backlog", "Announcements owed", registry=registry)
    backlog.set_function(lambda: delivery.backlog()[0])
    oldest = Gauge(
        "metacentrex_outbox_oldest_seconds", "Age of the oldest announcement owed", registry=registry
    )
    oldest.set_function(lambda: delivery.backlog()[1])
    # Bolt's loggers take this one's level. Below ERROR they log whole bodies (docs/slack.md, Commands).
    bolt_log = logging.getLogger("bolt")
    bolt_log.setLevel(logging.ERROR)
    app = App(
        logger=bolt_log,
        # Without a token of its own and with `authorize`, Bolt asks Slack nothing before it serves a click.
        client=slack_client(settings, int(wait), token=None),
        authorize=lambda enterprise_id, team_id: AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=token
        ),
        process_before_response=True,
        # What these do is done before Bolt sees anything (bot/web.py, handlers/routing.py).
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    register(app, services, access, Failures(registry))
    return Bot(
        app,
        database,
        delivery,
        events,
        Sender(events, target, clock, registry) if target else None,
        access,
        registry,
        clock,
        hooks_of(settings.slack_api_url),
        settings.slack_signing_secret.get_secret_value(),
    )


def target_of(settings: WebhookSettings) -> Target | None:
    """Tell where events go, if they go anywhere."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    url, secrets = settings.webhook_url.get_secret_value(), secrets_of(settings.webhook_secret)
    return Target(url, secrets, settings.webhook_allow_private)


def hooks_of(api_url: str) -> re.Pattern[str]:
    """Tell where a Slack takes answers: its own hosts, or the one that plays Slack at this address."""
    parts = urlsplit(api_url)
    if HOOKS.fullmatch(f"{api_url}x"):
        return HOOKS
    return re.compile(re.escape(f"{parts.scheme}://{parts.netloc}/") + "[!-~]{1,200}")


def build_services(database: Database, clock: Callable[[], datetime], settings: Settings) -> Services:
    """Give every service its database and clock."""
    policy = Policy(settings.undo_hours)
    return Services(
        park=Park(database),
        drafts=Drafts(database, clock),
        selecting=Selecting(database),
        orders=Orders(database, clock, PROCEDURES, policy, journal=settings.journal_channel),
        operations=Operations(database, clock),
        carrying=Carrying(database, clock),
        policy=policy,
    )


_TLS = ssl.create_default_context()  # once: each client without one reads the CA bundle at every call


def slack_client(settings: Settings, timeout: int, token: str | None = "") -> WebClient:
    """Make a Web client that never sleeps on its own: who calls it decides on retries."""
    return WebClient(
        token=settings.slack_bot_token.get_secret_value() if token == "" else token,
        base_url=settings.slack_api_url,
        timeout=timeout,
        ssl=_TLS,
        retry_handlers=[],
    )
