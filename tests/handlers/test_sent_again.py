"""What is sent again, at the same time, or from a window that is not its own (R7, R14)."""

from __future__ import annotations

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.database import Database
from domain.dissociating import DISSOCIATING
from domain.errors import DraftSpent
from domain.tables import Draft, Operation, Order, Service
from domain.values import OperationKind
from tests.conftest import AGENT, PATIENT, SUPPORT
from tests.domain.acts import AGENT as PERSON
from tests.domain.acts import COLLEAGUE, draft_termination, move, undo
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from handlers.services import Services

DEPOT = {"Nom du site": "Dépôt", "Adresse": "3 rue Neuve", "Code postal": "13003", "Ville": "Marseille"}
NORTH = {**DEPOT, "Adresse": "45 chemin du littoral", "Code postal": "13015"}


def fill(agent: Actor, form: dict[str, str]) -> None:
    """Open the form and fill it in."""
    agent.command(SUPPORT, "/site-ajouter", "provence")
    for label, text in form.items():
        agent.type(label, text)


def operations(park: Database) -> int:
    """Count what is on record."""
    with park.reading() as session:
        return session.scalar(select(func.count()).select_from(Operation)) or 0


@pytest.mark.rule("R7")
@pytest.mark.parametrize("is_done", [True, False])
def test_r7_a_form_whose_commit_nobody_heard_of_is_asked_about(
    stage: Stage, park: Database, monkeypatch: pytest.MonkeyPatch, *, is_done: bool
) -> None:
    """It is done once, and told as done."""
    agent = stage.actor(AGENT)
    fill(agent, DEPOT)
    commit = Session.commit

    def break_off(session: Session) -> None:
        monkeypatch.undo()
        commit(session) if is_done else session.rollback()
        raise OperationalError("COMMIT", {}, psycopg.OperationalError("server closed the connection"))

    monkeypatch.setattr(Session, "commit", break_off)
    agent.submit()
    assert "C’est fait" in agent.screen
    assert operations(park) == 1


@pytest.mark.rule("R7")
def test_r7_a_form_sent_again_after_somebody_else_s_site_tells_the_same(stage: Stage) -> None:
    """Whatever was added at that address in between."""
    agent, colleague = stage.actor(AGENT), stage.actor(COLLEAGUE)
    fill(agent, DEPOT)
    agent.submit()
    sent = copy.deepcopy(agent.last)
    fill(colleague, {**DEPOT, "Nom du site": "Réserve"})
    colleague.submit()
    colleague.tick("Créer quand même")
    colleague.submit()
    assert "C’est fait" in str(agent.repeat(sent).body)


@pytest.mark.rule("R7")
def test_r7_a_window_that_has_created_does_not_say_that_nothing_was(stage: Stage, park: Database) -> None:
    """Its answer was lost; sent again with the other choice, it tells what was done."""
    agent = stage.actor(AGENT)
    fill(agent, NORTH)
    agent.submit()
    agent.tick("Créer quand même")
    agent.submit()
    again = copy.deepcopy(agent.last)
    block = next(each for each in again["view"]["blocks"] if each.get("block_id") == "choice")
    again["view"]["state"]["values"]["choice"]["choice"]["selected_option"] = block["element"]["options"][0]
    said = str(agent.repeat(again).body)
    assert ("C’est fait" in said, operations(park)) == (True, 1)


@pytest.mark.rule("R14")
@pytest.mark.parametrize("other", [OperationKind.MOVE, OperationKind.UNDO])
def test_r14_a_form_with_another_procedure_s_draft_does_nothing(
    stage: Stage, park: Database, services: Services, other: OperationKind
) -> None:
    """A forged id makes of a move or an undo no site, and of nothing an undo."""
    moved = move(services, "FPC367128", "Entrepôt Nord")
    choices = {"undoes": moved.id} if other is OperationKind.UNDO else {}
    draft = services.drafts.begin(other, PERSON, SUPPORT, **choices)
    agent = stage.actor(AGENT)
    fill(agent, DEPOT)
    agent.top.content["private_metadata"] = draft
    agent.submit()
    assert (operations(park), services.operations.read(moved.id).undone) == (1, None)
    assert "Dépôt" not in [site.label for site in services.park.search_sites(1, "")]


@pytest.mark.rule("R7")
def test_r7_what_is_confirmed_can_not_be_abandoned(services: Services) -> None:
    """Whoever was slower is told so, once the lock is theirs."""
    moved = move(services, "FPC367128", "Entrepôt Nord")
    with pytest.raises(DraftSpent):
        services.drafts.drop(moved.id, PERSON)  # type: ignore[arg-type]  # an operation has its draft's id


@pytest.mark.rule("R7")
@pytest.mark.parametrize("is_undone", [True, False])
def test_r7_an_operation_of_the_first_version_is_not_confirmed_again(
    stage: Stage, park: Database, services: Services, *, is_undone: bool
) -> None:
    """Its order does not know what was shown: the button that stayed shows what there is now."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    stage.api.fail("response_url", "error")
    agent.click("Valider", channel=SUPPORT)
    with park.writing() as session:
        session.execute(update(Order).values(shown=None))
        done = session.scalars(select(Operation.id)).one()
    if is_undone:
        undo(services, services.operations.read(done))  # type: ignore[arg-type]
    agent.click("Valider", channel=SUPPORT)
    assert "Cette saisie a déjà servi" in plain(agent.conversation(SUPPORT))
    assert operations(park) == 1 + is_undone


@pytest.mark.rule("R14")
def test_r14_what_is_done_on_the_way_waits_for_the_way_before_it_holds_anything(
    services: Services, park: Database, park_url: str
) -> None:
    """Who confirms the termination holds its draft, and then needs the service: neither waits for the other."""
    parent = draft_termination(services, "FPC367126 FPC367128")
    child = services.drafts.branch(parent, PERSON, OperationKind.DISSOCIATION, licences=[7])
    shown = services.orders.preview(DISSOCIATING, child.id, PERSON).fingerprint
    other = Database(park_url, wait=PATIENT)
    with ThreadPoolExecutor(1) as pool:
        with other.writing() as session:
            session.execute(select(Draft.id).where(Draft.id == parent).with_for_update())
            confirmed = pool.submit(services.orders.confirm, child.id, shown, PERSON, "V1")
            time.sleep(0.3)  # long enough for it to reach the first lock
            session.execute(select(Service.id).where(Service.id == 1).with_for_update())
        assert confirmed.result().count == 1
    other.close()
    assert operations(park) == 1
