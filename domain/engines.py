"""Engines: how SQLite and PostgreSQL are opened, and what begins a transaction on either."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

POLL = 0.002
"""Seconds between two tries to get SQLite's lock for a migration."""

CONNECT_TIMEOUT = 10
"""Seconds at most that a connection to PostgreSQL may take, whoever waits."""


def engine_of(text: str, wait: float) -> Engine:
    """Make the engine of a URL; a statement waits so many seconds for a lock."""
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url.set(drivername="sqlite"),
            hide_parameters=True,
            connect_args={"timeout": wait, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    milliseconds = int(wait * 1000)
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=16,
        max_overflow=8,
        pool_timeout=wait,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": min(max(2, int(wait)), CONNECT_TIMEOUT),
            "options": f"-c lock_timeout={milliseconds} -c timezone=UTC",
        },
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own implicit BEGIN would be a deferred one
    # Of several who turn a new file to WAL at once, SQLite lets some fail without any wait.
    insist(
        lambda: connection.execute("PRAGMA journal_mode = WAL"),
        connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def insist(act: Callable[[], T], seconds: float) -> T:
    """Try until SQLite is not busy: its own wait can miss every gap that a busy writer leaves."""
    end = time.monotonic() + seconds
    while True:
        try:
            return act()
        except (exc.OperationalError, sqlite3.OperationalError) as error:
            code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
            if code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:  # the rest says why it is busy
                raise
        time.sleep(POLL)


def _begin_sqlite(connection: Any) -> None:
    # Deferred, a transaction that reads and then writes fails at once with "database is locked".
    writing = connection.get_execution_options().get("metacentrex_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
