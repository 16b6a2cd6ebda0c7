"""The database: engines, transactions, locking, and the entry to the migrations."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    exc,
    func,
    select,
)
from sqlalchemy.orm import Session, sessionmaker

from domain.engines import engine_of, insist
from domain.errors import OutcomeUnknown, ParkUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

WAIT = 2.0
"""Seconds that a change waits for a lock: Slack wants its answer within 3 s (docs/slack.md, Time)."""

MIGRATION_WAIT = 120.0
"""Seconds that a migration waits for a lock: it is a command or a start, nobody's click."""

ABSENCES = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
NO_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
"""What SQLite says of a file that is none of its own, or is damaged."""

NOT_PERMITTED = "42501"
"""What PostgreSQL says where the role lacks a right."""

MIGRATION_LOCK = 0x4D435842
"""The advisory lock under which PostgreSQL is migrated: any number that nothing else there uses."""


class TablesUnknown(Exception):
    """The tables are of a version that this program does not know: a newer one's."""


class Database:
    """One database, SQLite or PostgreSQL, with its transactions."""

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        self.engine = engine_of(url, wait)
        self._url = url
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
        """Open a transaction that may change things: all of it or nothing (R8).

        Raises ParkUnavailable; OutcomeUnknown where the database goes away during the commit.
        """
        with self._turn(self._wait), _translated(), self._writes() as session:
            yield session
            try:
                session.commit()
            except ABSENCES as error:
                raise OutcomeUnknown from error

    @contextmanager
    def apart(self) -> Iterator[Apart]:
        """Open a connection of one's own, for tables that go with it. Raises ParkUnavailable."""
        with _translated():
            connection = self.engine.connect()
        try:
            yield Apart(connection, lambda: self._turn(self._wait))
        finally:
            connection.detach()
            connection.close()

    def migrate(self) -> None:
        """Bring the tables up to this version of the program. Raises ParkUnavailable, TablesUnknown."""
        with self.migrating() as config:
            _is_newest(config.attributes["connection"])
            command.upgrade(config, "head")

    @contextmanager
    def migrating(self) -> Iterator[Config]:
        """Open a transaction for Alembic, one at a time over all processes. Raises ParkUnavailable.

        It is whole or not at all, and what it leaves obeys the foreign keys.
        """
        engine = engine_of(self._url, MIGRATION_WAIT)
        alone = _alone_on_sqlite if engine.dialect.name == "sqlite" else _alone_on_postgresql
        try:
            with self._turn(MIGRATION_WAIT), _translated(), engine.connect() as connection, alone(connection):
                config = alembic_config()
                config.attributes["connection"] = connection
                yield config
        finally:
            engine.dispose()

    @contextmanager
    def _turn(self, wait: float) -> Iterator[None]:
        """Be the process's one writer, where it has but one. Raises ParkUnavailable."""
        if self._writer and not self._writer.acquire(timeout=wait):
            raise ParkUnavailable
        try:
            yield
        finally:
            if self._writer:
                self._writer.release()

    def is_migrated(self) -> bool:
        """Tell whether the tables are those of this version. Raises ParkUnavailable, TablesUnknown."""
        with _translated(), self.engine.connect() as connection:
            return _is_newest(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Apart:
    """One connection's transactions, one after the other: tables of its own may be written in any."""

    def __init__(self, connection: Connection, turn: Callable[[], AbstractContextManager[None]]) -> None:
        self._connection = connection
        self._turn = turn

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads what others see. Raises ParkUnavailable."""
        self._connection.execution_options(metacentrex_writing=False)
        with _translated(), Session(self._connection, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Session]:
        """Open a transaction that may change things, or only tell what it would.

        Raises ParkUnavailable; OutcomeUnknown where the database goes away during the commit.
        """
        self._connection.execution_options(metacentrex_writing=True)
        with self._turn(), _translated(), Session(self._connection, expire_on_commit=False) as session:
            yield session
            try:
                (session.commit if keep else session.rollback)()
            except ABSENCES as error:
                raise OutcomeUnknown from error


def _is_newest(connection: Connection) -> bool:
    heads = MigrationContext.configure(connection).get_current_heads()
    scripts = ScriptDirectory.from_config(alembic_config())
    if not {each.revision for each in scripts.walk_revisions()}.issuperset(heads):
        raise TablesUnknown(*heads)
    return set(heads) == set(scripts.get_heads())


def tables_version() -> str:
    """Name the version of the tables that this program makes."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


def alembic_config() -> Config:
    """Make the configuration by which Alembic finds the migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@contextmanager
def _alone_on_sqlite(connection: Connection) -> Iterator[None]:
    # SQLite alters a table by building it anew. With foreign keys on, the old one can't be dropped, or takes
    # what refers to it along; and within a transaction they can't be turned off.
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
    connection.connection.cursor().execute("PRAGMA busy_timeout = 0")
    connection.execution_options(metacentrex_writing=True)
    with insist(connection.begin, MIGRATION_WAIT):
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise RuntimeError(f"a migration broke a foreign key of {broken[0]}")


@contextmanager
def _alone_on_postgresql(connection: Connection) -> Iterator[None]:
    with connection.begin():
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        yield


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.DatabaseError, exc.InterfaceError, exc.TimeoutError) as error:
        code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_ERROR:
            raise  # on SQLite a wrong statement is an "operational" error too
        is_denied = getattr(getattr(error, "orig", None), "sqlstate", None) == NOT_PERMITTED
        if isinstance(error, ABSENCES) or code in NO_DATABASE or is_denied:
            raise ParkUnavailable from error
        raise


def violated(error: exc.IntegrityError) -> str:
    """Name the constraint that an integrity error is about; on SQLite the columns, as it has no names."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(diagnosis.constraint_name if diagnosis else error.orig)
