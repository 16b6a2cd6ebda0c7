"""The database: migrations, transactions, and its absence."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import String, delete, exc, func, select, text

from domain.database import Database, TablesUnknown, violated
from domain.errors import ParkUnavailable
from domain.tables import Base, Customer, Number, Operation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Databases


def test_the_migrations_make_the_tables_that_the_program_maps(empty: Database) -> None:
    """Nothing is left for autogeneration to find."""
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    assert empty.is_migrated()


def test_the_migrations_lead_back_too(databases: Databases, kind: str) -> None:
    """Down to nothing, and up again."""
    database = Database(databases.new(kind, "empty"))
    with database.migrating() as config:
        command.downgrade(config, "base")
    assert not database.is_migrated()
    database.migrate()
    assert database.is_migrated()
    database.close()


def test_several_migrations_at_once_make_one(databases: Databases, kind: str) -> None:
    """Processes that all begin on an empty database take turns, and each finds it done or does it."""
    for _ in range(3):
        url = databases.bare(kind)
        begin = "from domain.database import Database; input(); Database({!r}).migrate()"
        processes = [
            subprocess.Popen([sys.executable, "-c", begin.format(url)], stdin=subprocess.PIPE)
            for _ in range(3)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=120)
        assert [process.returncode for process in processes] == [0, 0, 0]
        database = Database(url)
        assert database.is_migrated()
        database.close()


@pytest.mark.parametrize("is_same", [True, False])
def test_a_migration_waits_for_who_writes(databases: Databases, kind: str, is_same: bool) -> None:
    """Longer than a click would, whether it is this process that writes or another one."""
    url = databases.new(kind, "empty")
    database = Database(url, wait=0.1)
    with database.migrating() as config:
        command.downgrade(config, "0001")
    writer = database if is_same else Database(url)
    written = threading.Event()

    def write() -> None:
        with writer.writing() as session:
            session.execute(delete(Operation))
            written.set()
            time.sleep(0.5)

    with ThreadPoolExecutor() as pool:
        pool.submit(write)
        written.wait(30)
        database.migrate()
    assert database.is_migrated()
    writer.close()
    database.close()


def test_a_migration_that_waits_too_long_is_told(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not hang behind another one for ever."""
    monkeypatch.setattr("domain.database.MIGRATION_WAIT", 0.1)
    first, second = Database(empty_url), Database(empty_url)
    with first.migrating(), pytest.raises(ParkUnavailable), second.migrating():
        pass
    first.close()
    second.close()


def test_tables_of_a_newer_version_are_left_alone(empty: Database) -> None:
    """An older program, after a rollback, knows no way from there."""
    with empty.migrating() as config:
        config.attributes["connection"].execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(TablesUnknown, match="9999"):
        empty.migrate()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """As one that is away, not as a mistake of the program."""
    (tmp_path / "park.db").write_text("compte_client;raison_sociale\n" * 50)
    database = Database(f"sqlite:///{tmp_path}/park.db")
    with pytest.raises(ParkUnavailable):
        database.is_migrated()
    database.close()


def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    """All of it or nothing, on SQLite too."""
    with pytest.raises(RuntimeError, match="midway"), empty.migrating() as config:
        command.downgrade(config, "0001")
        raise RuntimeError("midway")
    assert empty.is_migrated()


def test_a_table_that_is_built_anew_keeps_what_refers_to_it(databases: Databases) -> None:
    """As Alembic alters on SQLite: dropping the old table does not delete along the foreign keys."""
    database = Database(databases.new("sqlite", "park"))
    with database.migrating() as config:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("licences", recreate="always") as batch:
            batch.alter_column("accountcode", type_=String(300))
    with database.reading() as session:
        assert session.scalar(select(func.count(Number.licence_id)))
    database.close()


def test_a_migration_that_breaks_a_foreign_key_is_refused(databases: Databases) -> None:
    """SQLite looks at them again before the end."""
    database = Database(databases.new("sqlite", "park"))
    with pytest.raises(RuntimeError, match="broke a foreign key"), database.migrating() as config:
        config.attributes["connection"].execute(delete(Customer))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer))
    database.close()


def test_a_transaction_that_fails_leaves_nothing(empty: Database) -> None:
    """All of it or nothing."""
    with pytest.raises(RuntimeError), empty.writing() as session:
        session.add(Customer(account="C1", name="Un"))
        session.flush()
        raise RuntimeError
    with empty.reading() as session:
        assert session.execute(text("SELECT count(*) FROM customers")).scalar() == 0


def test_an_integrity_error_names_what_it_violates(empty: Database) -> None:
    """By the constraint's name, or on SQLite by the columns."""
    with empty.writing() as session:
        session.add(Customer(account="C1", name="Un"))
    with pytest.raises(exc.IntegrityError) as error, empty.writing() as session:
        session.add(Customer(account="C1", name="Deux"))
    assert "account" in violated(error.value)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_is_away_is_told(url: str) -> None:
    """Whoever asks learns that the park is unavailable, not a driver's error."""
    database = Database(url)
    with pytest.raises(ParkUnavailable), database.reading() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(ParkUnavailable):
        database.is_migrated()
    database.close()


def test_a_wrong_statement_is_no_absence(empty: Database) -> None:
    """A mistake of the program is not called a busy database."""
    with pytest.raises(exc.DBAPIError), empty.reading() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_a_writer_that_waits_too_long_is_told(databases: Databases) -> None:
    """Within one process SQLite's writers take turns, for a while."""
    database = Database(databases.new("sqlite", "empty"), wait=0.1)
    with database.writing(), pytest.raises(ParkUnavailable), database.writing():
        pass
    database.close()
