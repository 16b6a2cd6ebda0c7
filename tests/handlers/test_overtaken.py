"""What somebody else, an import or a slow Slack did in between: it is named, and nothing false stays on screen."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING

import pytest

from domain.errors import OutcomeUnknown
from domain.orders import Orders
from domain.values import LicenceState
from handlers import requests
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import COLLEAGUE, dissociate, holder_of, move, place_of, state_of, suspend, terminate
from tests.domain.portal import hand_over, portal_changes
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock

HEAD = "Siège Social"
OTHER = {"service": "MCX-06000-10", "site": HEAD}
GONE = "FPC367126 : désormais dans un autre service."
SITE = {"Nom du site": "Dépôt", "Adresse": "3 rue Neuve", "Code postal": "13003", "Ville": "Marseille"}


@pytest.fixture
def agent(stage: Stage) -> Actor:
    """Put an agent on the stage."""
    return stage.actor(AGENT)


def incidents(stage: Stage) -> float:
    """Count what the log has as unexpected."""
    return stage.bot.registry.get_sample_value("metacentrex_incidents_total") or 0


# What has gone elsewhere


@pytest.mark.rule("R2")
def test_r2_a_ticked_licence_that_has_gone_is_named_before_the_site_is_asked(
    agent: Actor, park: Database
) -> None:
    """And in the plan: it does not leave the selection without a word."""
    agent.command(SUPPORT, "/licence-site", "FPC367126 FPC367128")
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    agent.submit()
    assert GONE in plain(agent.screen)
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    assert "FPC367126 · Licence full · PM126 : désormais dans un autre service" in plain(agent.screen)


@pytest.mark.rule("R2")
def test_r2_the_only_ticked_licence_that_has_gone_is_named(agent: Actor, park: Database) -> None:
    """Nothing is ticked any more, and this is why."""
    agent.command(SUPPORT, "/licence-site", "FPC367126")
    portal_changes(park, "licences.csv", "FPC367126", **OTHER)
    agent.submit()
    assert f"{GONE} Cochez au moins une licence." in plain(agent.screen)


@pytest.mark.rule("R2")
def test_r2_a_chosen_number_that_has_gone_is_named_in_the_plan(agent: Actor, park: Database) -> None:
    """Although it was chosen in a list that was still right."""
    agent.command(SUPPORT, "/licence-dissocier", "provence")
    agent.choose("Numéros à dissocier", "04\u00a091\u00a000\u00a000\u00a006", query="")
    portal_changes(park, "numeros.csv", "+33491000006", service="MCX-06000-10", licence="")
    agent.submit()
    assert "04 91 00 00 06 : désormais dans un autre service" in plain(agent.screen)


def test_a_site_for_a_service_that_changed_hands_is_no_incident(
    stage: Stage, agent: Actor, park: Database
) -> None:
    """It is added to the customer that was shown, and told as added."""
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.click("Ajouter un site")
    for label, text in SITE.items():
        agent.type(label, text)
    hand_over(park)
    agent.submit()
    assert ("Site ajouté : Dépôt" in plain(agent.screen), incidents(stage)) == (True, 0)


@pytest.mark.rule("R2")
@pytest.mark.parametrize("command", ["/licence-site", "/licence-resilier", "/licence-dissocier"])
def test_r2_a_service_suspended_meanwhile_takes_no_confirmation(
    agent: Actor, park: Database, command: str
) -> None:
    """The window says why, and nothing is done."""
    agent.command(SUPPORT, command, "provence")
    match command:
        case "/licence-site":
            agent.tick("FPC367128")
            agent.submit()
            agent.choose("Site", "Entrepôt Nord")
        case "/licence-resilier":
            agent.click("Résilier", beside="Licence full ")
        case _:
            agent.choose("Numéros à dissocier", "04\u00a091\u00a000\u00a000\u00a006", query="")
    agent.submit()
    suspend(park)
    agent.submit()
    assert "Le service MCX-13001-01 est suspendu" in plain(agent.screen)
    assert (place_of(park, "FPC367128"), holder_of(park, "+33491000006")) == ("Siège Social", "FPC367128")
    assert state_of(park, "FPC367126") is LicenceState.ACTIVE


# Somebody was quicker


@pytest.mark.rule("R5")
def test_r5_a_quantity_that_somebody_else_took_gives_way_to_the_reason(
    agent: Actor, services: Services
) -> None:
    """The plan is gone from the screen, and the list below has the counters of now."""
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    agent.submit()
    terminate(services, "FPC367126")
    agent.submit()
    assert "Aucune licence ne peut être résiliée." in plain(agent.screen)
    assert "[Confirmer la résiliation]" not in agent.screen
    agent.close()
    assert "Licence full   1 / 1" in plain(agent.screen)


@pytest.mark.rule("R6")
def test_r6_a_warning_whose_number_was_dissociated_gives_way_to_the_plan(
    agent: Actor, services: Services
) -> None:
    """The licence is free now: what is left to do is to confirm."""
    agent.command(SUPPORT, "/licence-resilier", "FPC367128")
    dissociate(services, "04 91 00 00 06", COLLEAGUE)
    agent.click("Dissocier un numéro", channel=SUPPORT)
    said = agent.conversation(SUPPORT)
    assert ("[Confirmer la résiliation]" in said, "[Dissocier un numéro]" in said) == (True, False)


def test_an_expired_plan_is_dropped_all_the_same(agent: Actor, services: Services, clock: Clock) -> None:
    """Its buttons go, and one answer takes their place."""
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    clock.pass_(hours=13)
    services.drafts.sweep()
    agent.click("Abandonner", channel=SUPPORT)
    assert plain(agent.conversation(SUPPORT)) == "Abandonné. Ce qui était proposé ici n’a pas été fait."


@pytest.mark.rule("R5")
def test_r5_two_numbers_of_one_licence_are_told_as_such(agent: Actor, park: Database) -> None:
    """One licence can go, the numbers of the other hold it."""
    portal_changes(park, "numeros.csv", "+33491000008", licence="FPC367121")
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    agent.type("Quantité à résilier", "2")
    agent.submit()
    assert "Dissociez d’abord les numéros de l’autre : 04 91 00 00 02 et 04 91 00 00 08." in plain(
        agent.screen
    )


# « Annuler le changement » goes


@pytest.mark.rule("R10")
def test_r10_a_message_of_which_nothing_can_be_undone_loses_its_button(
    stage: Stage, agent: Actor, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its licences have moved on: nobody has to click to learn it."""
    monkeypatch.setattr("bot.delivery.SWEEP", 0)
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    move(services, "FPC367128", HEAD)
    stage.settle()
    while agent.conversation(SUPPORT).count("[Annuler le changement]") > 1:
        stage.bot.delivery.wake()
        time.sleep(0.01)
    assert agent.conversation(SUPPORT).count("[Annuler le changement]") == 1


@pytest.mark.rule("R10")
def test_r10_an_undo_that_is_overtaken_while_it_is_confirmed_takes_the_button_along(
    stage: Stage, agent: Actor, services: Services
) -> None:
    """The window says that nothing can go back, and the message offers it no more."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent.click("Annuler le changement", channel=SUPPORT)
    portal_changes(stage.bot.database, "licences.csv", "FPC367128", site=HEAD)
    agent.submit()
    stage.settle()
    assert "Rien de ce changement ne peut être annulé." in agent.screen
    assert "[Annuler le changement]" not in agent.conversation(SUPPORT)


# A Slack that draws nothing more, or too late


@pytest.mark.rule("R14")
def test_r14_the_next_act_that_slack_does_not_draw_is_offered_as_a_button(stage: Stage, agent: Actor) -> None:
    """« C’est fait » names no procedure under way, and has one all the same."""
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.submit()
    stage.settle()
    stage.api.fail("views.update", "error")
    agent.click("Changer d’autres licences")
    assert (agent.troubles, "[Ouvrir le formulaire]" in agent.conversation(agent.direct)) == ([], True)


@pytest.mark.rule("R14")
def test_r14_what_took_too_long_is_told_before_the_list_below_is_redrawn(
    stage: Stage, agent: Actor, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack gives three seconds in all: what is done is said, and nothing more is asked of Slack."""
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    agent.submit()
    monkeypatch.setattr(requests, "LEAST", 1_000)
    agent.submit()
    assert ("C’est fait" in agent.screen, agent.troubles) == (True, [])
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    asked = [each for each in stage.workspace.traffic.recent("bot") if "view_id" in each.request]
    assert not asked


@pytest.mark.rule("R14")
def test_r14_a_form_that_came_too_late_is_offered_as_a_button(
    agent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trigger would have expired."""
    monkeypatch.setattr(requests, "LEAST", 1_000)
    agent.command(SUPPORT, "/licence-site", "provence")
    assert "[Ouvrir le formulaire]" in agent.conversation(SUPPORT)


@pytest.mark.rule("R7")
def test_r7_a_commit_whose_end_nobody_heard_is_not_called_undone(
    agent: Actor, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be done: the person is told to confirm again, which does nothing twice."""
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")

    def lost(*_: object) -> None:
        raise OutcomeUnknown

    with monkeypatch.context() as lost_answer:
        lost_answer.setattr(Orders, "confirm", lost)
        agent.click("Valider", channel=SUPPORT)
    assert "impossible de dire si c’est fait" in plain(agent.conversation(SUPPORT))
    agent.click("Valider", channel=SUPPORT)
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


# A form that was used


@pytest.mark.rule("R7")
def test_r7_a_site_form_that_was_used_shows_the_site_that_it_would_add_now(
    agent: Actor, services: Services
) -> None:
    """The answer to the first was lost, the person corrects it and sends it again: the second is asked about."""
    agent.command(SUPPORT, "/site-ajouter", "provence")
    for label, text in SITE.items():
        agent.type(label, text)
    agent.submit()
    again = copy.deepcopy(agent.last)
    again["view"]["state"]["values"]["label"]["label"]["value"] = "Réserve"
    again["view"]["state"]["values"]["address"]["address"]["value"] = "4 rue Neuve"
    agent.repeat(again)
    assert "Cette saisie a déjà servi" in agent.screen
    assert "Réserve : 4 rue Neuve, 13003 Marseille" in plain(agent.screen)
    agent.submit()
    labels = [site.label for site in services.park.search_sites(1, "rue neuve")]
    assert sorted(labels) == ["Dépôt", "Réserve"]


def test_a_termination_taken_up_from_the_conversation_offers_the_next_one(agent: Actor) -> None:
    """There is no list below « C’est fait » to go back to."""
    agent.command(SUPPORT, "/licence-resilier", "FPC367126 FPC999999")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "[Abandonner]" in agent.screen
    agent.submit()
    assert ("[Retour à la liste]" in agent.screen, "[Fermer]" in agent.screen) == (False, True)
    agent.click("Résilier d’autres licences")
    assert "Nombre de licences" in agent.screen
