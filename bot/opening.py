"""What each command begins with: the database, at this version; and how a command ends in a fault."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console
from sqlalchemy.exc import DBAPIError

from bot import checking, logs
from bot.settings import DatabaseSettings, read_settings
from domain.database import Database

errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def fail(*faults: str) -> NoReturn:
    """Tell the faults, one a line, and end with 2: nothing was done."""
    for fault in faults:
        errors.print(f"error: {fault}")
    raise SystemExit(2)


def database() -> Database:
    """Open the database that the environment names."""
    settings = read_settings(DatabaseSettings)
    logs.configure(settings.log_level, settings.log_format)
    return Database(settings.database_url)


def migrated() -> Database:
    """Open the database, and see to it that its tables are this version's."""
    opened = database()
    prepare(opened)
    return opened


def prepare(opened: Database) -> None:
    """Migrate SQLite; on PostgreSQL, where others may be at work, that is for the operator to do."""
    if opened.is_migrated():
        return
    if opened.engine.dialect.name == "sqlite":
        migrate(opened)
    else:
        fail("DATABASE_URL: the database is not migrated to this version; run: metacentrex migrate")


def migrate(opened: Database) -> None:
    """Bring the tables to this version."""
    try:
        opened.migrate()
    except DBAPIError as error:
        fail(f"DATABASE_URL: the database can't be migrated: {checking.why(error)}")
