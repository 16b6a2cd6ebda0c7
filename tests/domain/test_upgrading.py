"""A database of an earlier version serves as one that was filled today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, update

from domain.searching import Park
from domain.tables import Announcement, Number, ServiceWord
from tests.domain.acts import dissociate, holder_of, move, terminate, undo

if TYPE_CHECKING:
    from domain.database import Database
    from handlers.services import Services


@pytest.fixture
def older(park: Database) -> Database:
    """Give the park as the version before kept it: accountcodes are in no index, and +33 on every number."""
    with park.migrating() as config:
        command.downgrade(config, "0003")
    with park.writing() as session:
        session.execute(delete(ServiceWord).where(ServiceWord.word == "pm128"))
        changed = update(Number).where(Number.e164 == "+33491000006").values(e164="+33269600000")
        session.execute(changed)
    return park


def test_what_is_kept_is_found_after_an_upgrade(older: Database) -> None:
    """An accountcode, and an overseas number by either spelling, without importing the files again."""
    older.migrate()
    found = Park(older)
    assert [row.reference for row in found.search_services("pm128")] == ["MCX-13001-01"]
    for text in ("0269600000", "+262 269 60 00 00"):
        assert found.find(text).licence_reference == "FPC367128"
        assert [row.reference for row in found.search_services(text)] == ["MCX-13001-01"]
    older.migrate()
    assert holder_of(older, "+262269600000") == "FPC367128"


@pytest.mark.parametrize("is_free", [True, False])
def test_a_line_that_was_kept_twice_is_kept_once_where_nothing_refers_to_it(
    older: Database, is_free: bool
) -> None:
    """Otherwise both stay: what a licence holds and what the record names is not guessed away."""
    with older.writing() as session:
        session.execute(insert(Number).values(e164="+262269600000", service_id=1, licence_id=None))
        if is_free:
            session.execute(update(Number).where(Number.e164 == "+33269600000").values(licence_id=None))
    older.migrate()
    with older.reading() as session:
        kept = session.scalars(select(Number.e164).where(Number.e164.endswith("269600000"))).all()
    assert sorted(kept) == ["+262269600000"] if is_free else ["+262269600000", "+33269600000"]


@pytest.mark.rule("R10")
def test_r10_messages_posted_before_an_upgrade_lose_their_undo_too(
    park: Database, services: Services
) -> None:
    """Those that offer one: of a move or a dissociation that nobody undid."""
    undo(services, move(services, "FPC367128", "Entrepôt Nord"))
    terminate(services, "FPC367126")
    offering = [
        move(services, "FPC367127", "Entrepôt Nord").id,
        dissociate(services, "04 91 00 00 06").id,
    ]
    with park.writing() as session:
        session.execute(update(Announcement).values(posted_ts="1.0"))
    with park.migrating() as config:
        command.downgrade(config, "0005")
    park.migrate()
    with park.reading() as session:
        query = select(Announcement.operation_id).where(Announcement.undoable_since.is_not(None))
        assert sorted(session.scalars(query)) == sorted(offering * 2)
