"""What the decisions rest on, measured: ratios within this run, times of this machine."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from bot.app import build_services, now
from bot.settings import Settings
from domain.database import Database
from domain.importing import import_park
from domain.moving import MOVING
from domain.parkfiles import COLUMNS
from domain.values import OperationKind, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.services import Services

LICENCES = 10_000
AGENT = Person("U0AGATHE")


def median(act: Callable[[], object], times: int) -> float:
    """Time an act, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def report(what: str, base: float, **others: float) -> None:
    """Print times beside the first one."""
    print(f"{what}: {base:.2f} ms")
    for name, taken in others.items():
        print(f"    {name.replace('_', ' ')}: {taken:.2f} ms, {taken / base:.1f} times")


def dispatch() -> None:
    """One listener and a dictionary, against fifty listeners ahead of the match (ADR 3)."""
    body = {
        "type": "block_actions",
        "user": {"id": AGENT},
        "team": {"id": "T"},
        "actions": [{"action_id": "x"}],
    }

    def app(count: int) -> Callable[[], Any]:
        bolt = App(
            signing_secret="s",
            process_before_response=True,
            request_verification_enabled=False,
            authorize=lambda enterprise_id, team_id: AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1"
            ),
        )
        for index in range(count):
            bolt.action("x" if index == count - 1 else f"other{index}")(lambda ack: ack())
        return lambda: bolt.dispatch(BoltRequest(body=body, mode="socket_mode"))

    report("dispatch of a click, one listener", median(app(1), 300), fifty_listeners=median(app(50), 300))


def park(folder: Path) -> Database:
    """Make a park with one service of 10 000 licences among 500 services."""
    rows = {
        "clients.csv": ["compte_client;raison_sociale", *(f"C{i};Client {i}" for i in range(500))],
        "sites.csv": [
            "compte_client;site;adresse;code_postal;ville;telephone",
            *(f"C{i};Siège;1 rue A;75001;Paris;" for i in range(500)),
            "C0;Annexe;2 rue B;75002;Paris;",
        ],
        "services.csv": [
            "reference;nom;type;compte_client;site;etat",
            *(f"M{i};Centrex {i};MetaCentrex;C{i};Siège;actif" for i in range(500)),
        ],
        "licences.csv": [
            ";".join(COLUMNS["licences.csv"]),
            *(f"FPC{100_000 + i};M0;Licence full;Siège;actif;;;;;;non" for i in range(LICENCES)),
            *(f"FPC{200_000 + i};M{1 + i % 499};Licence full;Siège;actif;;;;;;non" for i in range(50_000)),
        ],
        "numeros.csv": ["sda;service;licence"],
    }
    for name, lines in rows.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    database = Database(f"sqlite:///{folder / 'park.db'}")
    database.migrate()
    import_park(database, folder, lambda *_: None, at=now())
    return database


def search(services: Services) -> None:
    """A rare word, against beginnings that everything shares (ADR 8)."""
    find = services.park.search_services
    report(
        "search for one reference",
        median(lambda: find("FPC123456"), 50),
        one_letter=median(lambda: find("f"), 50),
        two_words=median(lambda: find("client 77"), 50),
    )


def move(services: Services, folder: Path) -> None:
    """10 000 licences moved with their record, against the bare driver (ADR 4)."""

    def through_the_service() -> None:
        draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "")[0].id
        services.drafts.choose_service(draft, AGENT, 1)
        services.selecting.tick_all(draft, AGENT)
        page = services.selecting.licences(draft, AGENT)
        label = "Annexe" if page.rows[0].site_label == "Siège" else "Siège"
        site = services.park.search_sites(page.service.customer.id, label)[0]
        services.drafts.change(draft, AGENT, destination_id=site.id)
        plan = services.orders.preview(MOVING, draft, AGENT)
        start = time.perf_counter()
        services.orders.confirm(draft, plan.fingerprint, AGENT)
        applied.append(1000 * (time.perf_counter() - start))

    def bare() -> None:
        connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO lines SELECT 'operation', id, reference, site_id FROM licences WHERE service_id = 1"
        )
        connection.execute("UPDATE licences SET site_id = site_id + 1 WHERE service_id = 1")
        connection.execute("COMMIT")
        connection.close()

    applied: list[float] = []
    for _ in range(5):
        through_the_service()
    connection = sqlite3.connect(folder / "bare.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE licences (id INTEGER PRIMARY KEY, reference, service_id, site_id)")
    connection.execute("CREATE TABLE lines (operation, licence_id, subject, before_site_id)")
    connection.executemany(
        "INSERT INTO licences VALUES (?, ?, 1, 1)", [(i, f"FPC{i}") for i in range(LICENCES)]
    )
    connection.commit()
    connection.close()
    report(f"{LICENCES} licences, two bare statements", median(bare, 5), confirmed=statistics.median(applied))


if __name__ == "__main__":
    dispatch()
    with tempfile.TemporaryDirectory() as name:
        database = park(Path(name))
        settings = Settings.model_construct(journal_channel=None, undo_hours=24)
        made = build_services(database, now, settings)
        search(made)
        move(made, Path(name))
        database.close()
