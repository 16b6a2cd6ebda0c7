"""Success is said once: what the person sees of it, where, and what they can do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.test_delivery import settle
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import close_site, holder_of, place_of, suspend
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from tests.conftest import Clock

NOT_YET = "La confirmation est en cours d’envoi."
POSTED = "La confirmation est publiée : voir le message"


def moved(stage: Stage) -> Actor:
    """Confirm a change of address in a modal."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.submit()
    assert "== C’est fait ==" in agent.screen
    return agent


def test_the_modal_links_to_the_message_once_it_is_there(stage: Stage) -> None:
    """Until then it says that the message is on its way."""
    stage.api.fail("chat.postMessage", "slow", seconds=0.3)
    agent = moved(stage)
    assert NOT_YET in plain(agent.screen)
    stage.settle()
    assert POSTED in plain(agent.screen)
    ts = agent.messages(SUPPORT)[-1]["ts"].replace(".", "")
    assert f"/archives/{SUPPORT}/p{ts}" in str(agent.top.content)


def test_a_person_who_went_on_is_not_called_back(stage: Stage, clock: Clock) -> None:
    """The link comes late: the step that they are at stays as it is."""
    stage.api.fail("chat.postMessage", "error")
    agent = moved(stage)
    agent.click("Changer d’autres licences")
    agent.tick("FPC367129")
    settle(stage, clock)
    assert "☑ FPC367129" in agent.screen
    assert "Adresse changée" in plain(agent.conversation(SUPPORT))


def test_a_modal_that_was_closed_needs_no_link(stage: Stage, clock: Clock) -> None:
    """The message is there all the same."""
    stage.api.fail("chat.postMessage", "error")
    agent = moved(stage)
    agent.close()
    settle(stage, clock)
    assert "Adresse changée" in plain(agent.conversation(SUPPORT))


@pytest.mark.parametrize("fault", ["error", "ratelimited"])
def test_a_link_that_slack_does_not_give_changes_nothing(stage: Stage, fault: str) -> None:
    """The announcement is made once, and the modal says what is true."""
    stage.api.fail("chat.getPermalink", fault)
    agent = moved(stage)
    stage.settle()
    assert NOT_YET in plain(agent.screen)
    assert plain(agent.conversation(SUPPORT)).count("Adresse changée") == 1


@pytest.mark.rule("R7")
def test_r7_a_double_submission_keeps_one_name_for_one_modal(stage: Stage) -> None:
    """Slack refuses a name that another view has; both answers say the same."""
    agent = moved(stage)
    sent = agent.last
    stage.settle()
    agent.repeat(sent)
    assert "Adresse changée : 1 licence vers Entrepôt Nord" in plain(agent.screen)


def test_the_next_licences_are_of_the_same_service_and_announced_in_the_same_place(
    stage: Stage, park: Database
) -> None:
    """A form of its own, with nothing ticked."""
    agent = moved(stage)
    agent.click("Changer d’autres licences")
    assert "0 licence cochée sur 8" in plain(agent.screen)
    agent.tick("FPC367129")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.submit()
    stage.settle()
    assert place_of(park, "FPC367129") == "Entrepôt Nord"
    assert plain(agent.conversation(SUPPORT)).count("Adresse changée") == 2


def test_after_a_dissociation_come_other_numbers_or_the_licence(stage: Stage) -> None:
    """On the same service."""
    agent = stage.actor(AGENT)
    for button, screen in (
        ("Dissocier d’autres numéros", "Numéros à dissocier"),
        ("Résilier une licence", "Nombre de licences"),
    ):
        agent.command(SUPPORT, "/licence-dissocier", "provence")
        agent.choose("Numéros à dissocier", "04\u00a091", query="")
        agent.submit()
        agent.submit()
        agent.click(button)
        assert screen in agent.screen
        assert "MCX-13001-01" in agent.screen
        agent.close()


def test_after_a_site_comes_another_of_the_same_customer(stage: Stage) -> None:
    """The form is empty but for the customer."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", "provence")
    site = {"Nom du site": "Dépôt", "Adresse": "3 rue Neuve", "Code postal": "13003", "Ville": "Marseille"}
    for label, text in site.items():
        agent.type(label, text)
    agent.submit()
    agent.click("Ajouter un autre site")
    assert "Client: Provence Matériaux" in agent.screen
    assert "Dépôt" not in agent.screen


def test_after_a_termination_the_list_of_types_stands_below(stage: Stage) -> None:
    """« Retour à la liste » leads there; it is up to date."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    agent.submit()
    agent.submit()
    assert "[Retour à la liste]" in agent.screen
    agent.close()
    assert "Licence full   1 / 1" in plain(agent.screen)


def test_the_answer_to_a_command_goes_once_it_has_served(stage: Stage, park: Database) -> None:
    """The confirmation in the conversation says it, to all; a second click on what is gone is answered."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.click("Valider", channel=SUPPORT)
    agent.repeat(agent.last)
    stage.settle()
    assert [each["only_for"] for each in agent.messages(SUPPORT)] == [None]
    assert not agent.troubles
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


@pytest.mark.rule("R7")
def test_r7_an_answer_that_can_not_be_taken_away_leads_to_the_same_result(stage: Stage) -> None:
    """The click is answered; another takes it away."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    stage.api.fail("response_url", "error")
    agent.click("Valider", channel=SUPPORT)
    assert "[Valider]" in agent.conversation(SUPPORT)
    agent.click("Valider", channel=SUPPORT)
    stage.settle()
    assert "[Valider]" not in agent.conversation(SUPPORT)
    assert plain(agent.conversation(SUPPORT)).count("Adresse changée") == 1


@pytest.mark.rule("R6")
def test_r6_a_plan_with_nothing_left_to_confirm_gives_way_to_the_reason(stage: Stage, park: Database) -> None:
    """Its service was suspended: the buttons are gone."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "04 91 00 00 06")
    suspend(park)
    agent.click("Valider", channel=SUPPORT)
    said = plain(agent.conversation(SUPPORT))
    assert said.startswith("Le service MCX-13001-01 est suspendu")
    assert "[Valider]" not in said
    assert holder_of(park, "+33491000006") == "FPC367128"


@pytest.mark.rule("R1")
def test_r1_a_plan_whose_site_closed_gives_way_to_the_reason(stage: Stage, park: Database) -> None:
    """There is nothing to confirm any more."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    close_site(park, "Entrepôt Nord")
    agent.click("Valider", channel=SUPPORT)
    said = plain(agent.conversation(SUPPORT))
    assert said.startswith("Le site « Entrepôt Nord » est fermé.")
    assert "[Valider]" not in said
