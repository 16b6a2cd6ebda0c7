"""Whether a database takes changes: it may be another user's file, a role without rights, a standby."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from domain.tables import Base

if TYPE_CHECKING:
    from domain.database import Database

_MISSING = text("""
    SELECT lower(needed) || ' on ' || class.relname
    FROM pg_class AS class
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needed
    WHERE class.relnamespace = current_schema()::regnamespace AND class.relname = ANY(:tables)
        AND NOT has_table_privilege(class.oid, needed)
    UNION ALL
    SELECT 'usage of ' || class.relname
    FROM pg_class AS class
    WHERE class.relnamespace = current_schema()::regnamespace AND CASE class.relkind
        WHEN 'S' THEN NOT has_sequence_privilege(class.oid, 'USAGE') ELSE false END
    ORDER BY 1
    LIMIT 1
""")


def refusal(database: Database) -> str | None:
    """Tell why nothing can be changed, as far as it shows without a change. Raises ParkUnavailable."""
    if database.engine.dialect.name == "sqlite":
        file = Path(str(database.engine.url.database)).absolute()
        closed = [path for path in (file, file.parent) if not os.access(path, os.W_OK)]
        return f"{closed[0]} can't be written to by this user" if closed else None
    with database.reading() as session:
        if session.scalar(text("SHOW transaction_read_only")) == "on":
            return "the server takes no changes, as a standby does"
        missing = session.scalar(_MISSING, {"tables": list(Base.metadata.tables)})
        return f"the role lacks a right: {missing}" if missing else None
