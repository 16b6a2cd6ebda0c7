"""The database: migrations, transactions, and its absence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc, text

from domain.database import Database, alembic_config, violated
from domain.errors import ParkUnavailable
from domain.tables import Base, Customer

if TYPE_CHECKING:
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
    with database.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert not database.is_migrated()
    database.migrate()
    assert database.is_migrated()
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
