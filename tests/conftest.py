"""Databases, clocks and stages that the tests share."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import logging
import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot import logs
from bot.app import build_services, now
from bot.sandbox.host import PARK
from bot.sandbox.stage import Stage, open_workspace, put_on
from bot.settings import Settings
from domain.database import Database
from domain.importing import import_park
from tests.postgres import Server
from tests.sizes import write_park

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from handlers.services import Services

KINDS = ("sqlite", "postgresql")
PATIENT = 20.0
"""Seconds that a bot under test waits for locks and for Slack: its machine may stand still for a while."""
AGENT, COLLEAGUE, STRANGER = "U0AGATHE", "U0BRUNO", "U0STRANGER"
SUPPORT, JOURNAL = "C0SUPPORT", "C0JOURNAL"

settings.register_profile(
    "tests", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("tests")

_url = pytest.StashKey[str]()
_server = pytest.StashKey[Server]()


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL for the run; POSTGRES_URL, with {name} for the database, takes its place."""
    if hasattr(config, "workerinput"):
        config.stash[_url] = config.workerinput["postgres"]
    elif "POSTGRES_URL" in os.environ:
        config.stash[_url] = os.environ["POSTGRES_URL"]
    else:
        server = config.stash[_server] = Server()
        server.start()
        config.stash[_url] = server.url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where PostgreSQL is."""
    node.workerinput["postgres"] = node.config.stash[_url]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop PostgreSQL."""
    if _server in config.stash:
        config.stash[_server].stop()


class Databases:
    """Fresh databases, each a copy of a template: empty tables, the demonstration park, or the one of sizes."""

    def __init__(self, folder: Path, url: str, worker: str) -> None:
        self._folder = folder
        self._postgres = url
        self._prefix = f"{worker}_{os.getpid()}"
        self._names = itertools.count()
        self._templates: set[tuple[str, str]] = set()

    def new(self, kind: str, template: str) -> str:
        """Make a database, and give its URL."""
        if (kind, template) not in self._templates:
            self._templates.add((kind, template))
            self._fill(self._create(kind, f"{self._prefix}_{template}", None), template)
        return self._create(kind, f"{self._prefix}_{next(self._names)}", f"{self._prefix}_{template}")

    def bare(self, kind: str) -> str:
        """Make a database without tables, and give its URL."""
        return self._create(kind, f"{self._prefix}_{next(self._names)}", None)

    def _create(self, kind: str, name: str, template: str | None) -> str:
        if kind == "sqlite":
            path = self._folder / f"{name}.db"
            if template:
                shutil.copy(self._folder / f"{template}.db", path)
            return f"sqlite:///{path}"
        with psycopg.connect(self._postgres.format(name="postgres"), autocommit=True) as connection:
            suffix = f'TEMPLATE "{template}"' if template else ""
            connection.execute(f'CREATE DATABASE "{name}" {suffix}')
        return self._postgres.format(name=name)

    def _fill(self, url: str, template: str) -> None:
        database = Database(url)
        database.migrate()
        if template == "sizes":
            write_park(self._folder)
        if template != "empty":
            import_park(database, PARK if template == "park" else self._folder, lambda *_: None, at=now())
        database.close()


@pytest.fixture(scope="session")
def databases(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, worker_id: str
) -> Databases:
    """Give fresh databases of either kind."""
    return Databases(tmp_path_factory.mktemp("databases"), request.config.stash[_url], worker_id)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Run the test on each database."""
    return str(request.param)


@pytest.fixture
def empty_url(databases: Databases, kind: str) -> str:
    """Give a migrated database without rows."""
    return databases.new(kind, "empty")


@pytest.fixture
def park_url(databases: Databases, kind: str) -> str:
    """Give a database with the demonstration park."""
    return databases.new(kind, "park")


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """Open a database without rows."""
    database = Database(empty_url, wait=PATIENT)
    yield database
    database.close()


@pytest.fixture
def park(park_url: str) -> Iterator[Database]:
    """Open the demonstration park."""
    database = Database(park_url, wait=PATIENT)
    yield database
    database.close()


class Clock:
    """A clock that goes when it is told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the moment."""
        return self.moment

    def pass_(self, **duration: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**duration)

    def seconds(self) -> float:
        """Tell the moment as the workspace counts it."""
        return self.moment.timestamp()


@pytest.fixture
def clock() -> Clock:
    """Give a clock that goes when it is told."""
    return Clock()


@pytest.fixture
def perform(park_url: str, clock: Clock) -> Iterator[Callable[..., Stage]]:
    """Put the real bot on a stage with the park; in the end Slack must have refused nothing."""
    stages: list[Stage] = []

    def perform(**variables: Any) -> Stage:
        stages.append(open_stage(park_url, clock, **variables))
        return stages[-1]

    yield perform
    for stage in stages:
        close_stage(stage)


def open_stage(url: str, clock: Clock, **variables: Any) -> Stage:
    """Put the real bot on a stage: three people, two conversations."""
    workspace, api, base_url = open_workspace(clock.seconds)
    for user, name in ((AGENT, "Agathe"), (COLLEAGUE, "Bruno"), (STRANGER, "Inconnu")):
        workspace.add_person(user, name)
    workspace.add_channel(SUPPORT, "support")
    workspace.add_channel(JOURNAL, "journal")
    users = f"{AGENT},{COLLEAGUE}"
    chosen = {
        "database_url": url,
        "access_users": users,
        "patience": 30,
        "wait": PATIENT,
        "pace": 0,
        **variables,
    }
    return put_on(workspace, api, base_url, clock=clock, **chosen)


def close_stage(stage: Stage) -> None:
    """Take everything down; Slack must have refused nothing."""
    stage.close()
    assert stage.workspace.violations == []


@pytest.fixture
def stage(perform: Callable[..., Stage]) -> Stage:
    """Give a stage with nothing special about it."""
    return perform()


@pytest.fixture
def services(park: Database, clock: Clock) -> Services:
    """Give the domain's services on the demonstration park, with a journal."""
    return services_on(park, clock)


def services_on(database: Database, clock: Callable[[], datetime] = now) -> Services:
    """Give the domain's services on any database."""
    return build_services(database, clock, Settings.model_construct(journal_channel=JOURNAL, undo_hours=24))


class Log:
    """The log as an operator reads it."""

    def configure(self, level: str, form: str) -> None:
        """Begin it anew, written as the program writes it."""
        self._written = io.StringIO()
        with contextlib.redirect_stderr(self._written):
            logs.configure(level, form)
        structlog.configure(cache_logger_on_first_use=False)  # the loggers outlive the test

    @property
    def text(self) -> str:
        """All that was written."""
        return self._written.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was written, line by line."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log(stage: Stage) -> Iterator[Log]:  # noqa: ARG001 - what the stage says before is not read
    """Write the log as the program does, in JSON."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log = Log()
    log.configure("INFO", "json")
    yield log
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
