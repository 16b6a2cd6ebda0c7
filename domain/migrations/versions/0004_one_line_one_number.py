"""Overseas numbers have their own code; accountcodes are found; a site typed waits for its customer."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from domain import telephony
from domain.values import words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 5_000

numbers = sa.table(
    "numbers", sa.column("id"), sa.column("e164"), sa.column("service_id"), sa.column("licence_id")
)
licences = sa.table("licences", sa.column("service_id"), sa.column("accountcode"))
holders = [sa.table(name, sa.column("number_id")) for name in ("operation_lines", "draft_numbers")]


def upgrade() -> None:
    op.add_column("drafts", sa.Column("site_text", sa.String(length=255), nullable=True))
    # The index holds what the program itself reads in a text, so that it is asked and not copied here.
    _renumber()
    _index(
        sa.select(licences.c.service_id, licences.c.accountcode).where(licences.c.accountcode.is_not(None)),
        words,
    )
    overseas = sa.or_(*(numbers.c.e164.startswith(f"+{code}") for code in ("508", *telephony.OVERSEAS)))
    _index(
        sa.select(numbers.c.service_id, numbers.c.e164).where(overseas),
        lambda e164: (telephony.dialled(e164),),
    )


def downgrade() -> None:
    op.drop_column("drafts", "site_text")


def _renumber() -> None:
    """Give overseas numbers their code; one that is there under both is left where something refers to it."""
    bind = op.get_bind()
    rows = bind.execute(sa.select(numbers.c.id, numbers.c.e164).where(numbers.c.e164.startswith("+33"))).all()
    for number_id, e164 in rows:
        found = telephony.read(e164)
        if found is None or found.e164 == e164:
            continue
        this = numbers.c.id == number_id
        if bind.scalar(sa.select(numbers.c.id).where(numbers.c.e164 == found.e164)) is None:
            bind.execute(sa.update(numbers).where(this).values(e164=found.e164))
        else:
            referred = [sa.exists().where(table.c.number_id == number_id) for table in holders]
            free = numbers.c.licence_id.is_(None) & ~sa.or_(*referred)
            bind.execute(sa.delete(numbers).where(this, free))


def _index(query: sa.Select[Any], read: Callable[[str], Iterable[str]]) -> None:
    bind = op.get_bind()
    found = {(service_id, word[:255]) for service_id, text in bind.execute(query) for word in read(text)}
    lines = ({"service_id": service_id, "word": word} for service_id, word in found)
    into = sa.text(
        "INSERT INTO service_words (word, service_id) VALUES (:word, :service_id) ON CONFLICT DO NOTHING"
    )
    while batch := list(itertools.islice(lines, BATCH)):
        bind.execute(into, batch)
