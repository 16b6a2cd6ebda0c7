"""The database: engines, transactions, locking, and the entry to the migrations."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, ColumnElement, Engine, String, create_engine, event, exc, literal
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.functions import FunctionElement

from domain.errors import ParkUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy.sql.compiler import SQLCompiler

WAIT = 2.0
"""Seconds that a change waits for a lock: Slack wants its answer within 3 s (docs/slack.md, Time)."""


class Database:
    """One database, SQLite or PostgreSQL, with its transactions."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        self.engine = _engine(url, wait)
        self._wait = wait
        self._reads = sessionmaker(self.engine, expire_on_commit=False)
        self._writes = sessionmaker(
            self.engine.execution_options(metacentrex_writing=True), expire_on_commit=False
        )
        # One writer at a time within the process: on SQLite twice the throughput of busy waiting.
        self._writer = threading.Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads. Raises ParkUnavailable."""
        with _translated(), self._reads.begin() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that may change things: all of it or nothing (R8). Raises ParkUnavailable."""
        if self._writer and not self._writer.acquire(timeout=self._wait):
            raise ParkUnavailable
        try:
            with _translated(), self._writes.begin() as session:
                yield session
        finally:
            if self._writer:
                self._writer.release()

    def migrate(self) -> None:
        """Bring the tables up to this version of the program. Raises ParkUnavailable."""
        with _translated(), self.engine.connect() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def is_migrated(self) -> bool:
        """Tell whether the tables are those of this version. Raises ParkUnavailable."""
        with _translated(), self.engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()
        return set(heads) == set(ScriptDirectory.from_config(alembic_config()).get_heads())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def alembic_config() -> Config:
    """Make the configuration by which Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _engine(text: str, wait: float) -> Engine:
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url.set(drivername="sqlite"), connect_args={"timeout": wait, "check_same_thread": False}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    milliseconds = int(wait * 1000)
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=8,
        pool_timeout=wait,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": max(2, int(wait)),
            "options": f"-c lock_timeout={milliseconds} -c timezone=UTC",
        },
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own implicit BEGIN would be a deferred one
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Any) -> None:
    # Deferred, a transaction that reads and then writes fails at once with "database is locked".
    writing = connection.get_execution_options().get("metacentrex_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise  # on SQLite a wrong statement is an "operational" error too
        raise ParkUnavailable from error


def violated(error: exc.IntegrityError) -> str:
    """Name the constraint that an integrity error is about; on SQLite the columns, as it has no names."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(diagnosis.constraint_name if diagnosis else error.orig)


def one_of(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Test a column against any number of ids, sent as one JSON parameter on either database."""
    elements = _Elements(literal(json.dumps(list(ids)), String))
    test: ColumnElement[bool] = column.bool_op("IN")(elements)
    return test


class _Elements(FunctionElement[int]):
    inherit_cache = True
    type = BigInteger()


@compiles(_Elements, "sqlite")
def _elements_on_sqlite(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608


@compiles(_Elements, "postgresql")
def _elements_on_postgresql(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"(SELECT value::bigint FROM json_array_elements_text(CAST({text} AS json)))"  # noqa: S608
