"""One person going on in the same modal, or coming back to it: what is told as done is done (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from domain.errors import ParkUnavailable
from domain.selecting import Selecting
from domain.tables import Operation
from domain.values import LicenceState, OperationId
from tests.conftest import AGENT, COLLEAGUE, SUPPORT
from tests.domain.acts import dissociate, holder_of, place_of, state_of, undo
from tests.domain.portal import hand_over, portal_changes
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services

NORTH, HEAD = "Entrepôt Nord", "Siège Social"


def operations(park: Database) -> int:
    """Count what is on record."""
    with park.reading() as session:
        return session.scalar(select(func.count()).select_from(Operation)) or 0


def terminate_one(agent: Actor, licence_type: str) -> None:
    """From the list of types to « C’est fait »."""
    agent.click("Résilier", beside=licence_type)
    agent.submit()
    agent.submit()


@pytest.fixture
def agent(stage: Stage, services: Services) -> Actor:
    """Put an agent in front of the types, with a full licence and a fax licence to terminate."""
    dissociate(services, "04 91 00 00 05")
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    return agent


@pytest.mark.rule("R7")
def test_r7_the_next_type_is_terminated_too(agent: Actor, park: Database) -> None:
    """Back in the list after one confirmation, the other type's is an order of its own."""
    terminate_one(agent, "Licence full ")
    agent.close()
    terminate_one(agent, "Licence fax")
    assert "C’est fait" in agent.screen
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    assert state_of(park, "FPC367127") is LicenceState.TERMINATED


@pytest.mark.rule("R7")
def test_r7_a_list_that_was_not_brought_up_to_date_tells_nothing_false(
    stage: Stage, agent: Actor, park: Database
) -> None:
    """Slack took no new list, so the old draft comes back: the plan is shown anew, then applied."""
    stage.api.fail("views.update", "error")
    terminate_one(agent, "Licence full ")
    agent.close()
    terminate_one(agent, "Licence fax")
    assert "Cette saisie a déjà servi" in agent.screen
    assert state_of(park, "FPC367127") is LicenceState.ACTIVE
    agent.submit()
    assert "C’est fait" in agent.screen
    assert state_of(park, "FPC367127") is LicenceState.TERMINATED


@pytest.mark.rule("R7")
def test_r7_the_form_that_is_opened_again_after_the_change_is_a_fresh_one(
    stage: Stage, park: Database
) -> None:
    """The button stays in the conversation; what it opens applies what it shows."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Nulle part")
    for site in (NORTH, HEAD):
        agent.click("Ouvrir le formulaire", channel=SUPPORT)
        agent.choose("Site", site)
        agent.submit()
        agent.submit()
        assert "C’est fait" in agent.screen
        agent.close()
        assert place_of(park, "FPC367128") == site
    assert operations(park) == 2


@pytest.mark.rule("R7")
def test_r7_an_inline_button_that_stayed_tells_what_was_undone_since(
    stage: Stage, services: Services, park: Database
) -> None:
    """Slack did not take the buttons away; the click after the undo shows the plan of today."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", f"FPC367128 vers {NORTH}")
    stage.api.fail("response_url", "error")
    agent.click("Valider", channel=SUPPORT)
    with park.reading() as session:
        operation = session.scalars(select(Operation.id)).one()
    undo(services, services.operations.read(OperationId(operation)))
    agent.click("Valider", channel=SUPPORT)
    assert "Cette saisie a déjà servi" in plain(agent.conversation(SUPPORT))
    assert place_of(park, "FPC367128") == HEAD
    agent.click("Valider", channel=SUPPORT)
    assert place_of(park, "FPC367128") == NORTH


@pytest.mark.rule("R7")
def test_r7_the_warning_of_a_termination_that_was_done_leads_to_the_next(
    stage: Stage, park: Database
) -> None:
    """One of two licences is free and goes; then the other's number is dissociated from the same message."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "FPC367126 FPC367128")
    agent.click("Dissocier un numéro", channel=SUPPORT)
    agent.click("Confirmer la résiliation", channel=SUPPORT)
    agent.submit()
    agent.submit()
    agent.close()
    assert holder_of(park, "+33491000006") is None
    agent.click("Confirmer la résiliation", channel=SUPPORT)
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    assert state_of(park, "FPC367128") is LicenceState.TERMINATED


@pytest.mark.rule("R14")
def test_r14_what_fails_after_the_commit_does_not_make_it_untold(
    stage: Stage, agent: Actor, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The termination is done and told, although the list could not be brought up to date."""
    agent.click("Résilier", beside="Licence full ")
    agent.submit()

    def away(*_: object) -> None:
        raise ParkUnavailable

    monkeypatch.setattr(Selecting, "counts", away)
    agent.submit()
    assert "C’est fait" in agent.screen
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    assert stage.bot.registry.get_sample_value("metacentrex_incidents_total") == 1


@pytest.mark.rule("R14")
def test_r14_an_inline_confirmation_that_can_not_be_taken_away_fails_silently(
    stage: Stage, park: Database
) -> None:
    """The announcement that is owed tells what was done."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", f"FPC367128 vers {NORTH}")
    stage.api.fail("response_url", "error")
    agent.click("Valider", channel=SUPPORT)
    assert (agent.troubles, place_of(park, "FPC367128")) == ([], NORTH)
    stage.settle()
    assert "Adresse changée" in agent.conversation(SUPPORT)


@pytest.mark.rule("R6")
def test_r6_a_site_added_meanwhile_at_the_same_address_is_shown(stage: Stage, park: Database) -> None:
    """While the form is filled in somebody else adds one there: nothing is added unseen."""
    agent, colleague = stage.actor(AGENT), stage.actor(COLLEAGUE)
    for person, name in ((agent, "Dépôt"), (colleague, "Réserve")):
        person.command(SUPPORT, "/site-ajouter", "provence")
        for field, text in {"Nom du site": name, "Adresse": "1 rue Neuve", "Code postal": "13002"}.items():
            person.type(field, text)
        person.type("Ville", "Marseille")
    colleague.submit()
    agent.submit()
    assert "Utiliser Réserve" in agent.screen
    assert operations(park) == 1


@pytest.mark.rule("R2")
@pytest.mark.parametrize("command", ["/licence-site {} vers Entrepôt Nord", "/licence-resilier {}"])
def test_r2_a_licence_gone_elsewhere_is_named_on_screen(stage: Stage, park: Database, command: str) -> None:
    """In the plan that takes the place of the one that was overtaken."""
    agent = stage.actor(AGENT)
    name, _, text = command.format("FPC367126").partition(" ")
    agent.command(SUPPORT, name, text)
    portal_changes(park, "licences.csv", "FPC367126", service="MCX-06000-10", site=HEAD)
    agent.click("Confirmer" if "resilier" in name else "Valider", channel=SUPPORT)
    assert "FPC367126 · Licence full · PM126 : désormais dans un autre service" in plain(
        agent.conversation(SUPPORT)
    )


@pytest.mark.rule("R2")
def test_r2_a_number_gone_elsewhere_is_named_on_screen(stage: Stage, park: Database) -> None:
    """It is another service's now."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "04 91 00 00 06")
    portal_changes(park, "numeros.csv", "+33491000006", service="MCX-06000-10", licence="")
    agent.click("Valider", channel=SUPPORT)
    assert "04 91 00 00 06 : désormais dans un autre service" in plain(agent.conversation(SUPPORT))


@pytest.mark.rule("R2")
def test_r2_a_service_that_changed_hands_is_told(stage: Stage, park: Database) -> None:
    """The person starts again, and sees the new customer."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    hand_over(park)
    agent.submit()
    assert "Le service MCX-13001-01 a changé de client depuis votre choix." in plain(agent.screen)
