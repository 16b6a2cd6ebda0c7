"""Procedure 5 through Slack: what is owed to MyOpenIP is listed, ticked by two people, unticked (R15)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from tests.conftest import AGENT, COLLEAGUE, SUPPORT
from tests.domain.acts import add_site, dissociate, move, terminate, undo
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from handlers.services import Services
    from tests.conftest import Clock

LIST = "/licence-a-reporter"
TICK, UNTICK = "C’est reporté", "Ce n’est pas reporté"
TO_CARRY = "À reporter dans MyOpenIP"


@pytest.fixture
def agent(stage: Stage) -> Actor:
    """Give the person who acts."""
    return stage.actor(AGENT)


@pytest.mark.rule("R15")
def test_r15_what_is_owed_is_listed_as_the_portal_works(agent: Actor, services: Services) -> None:
    """By customer and service, tab and target, with the references as one block to copy, and who did it."""
    add_site(services, 1, "Dépôt")
    move(services, "FPC367126 FPC367128", "Entrepôt Nord")
    terminate(services, "FPC367126")
    dissociate(services, "04 91 00 00 01")
    agent.command(SUPPORT, LIST)
    said = plain(agent.screen)
    places = [
        "Sites du client › Ajouter un site (1)\nDépôt : 1 allée Dépôt, 13001 Marseille",
        "Onglet Utilisateurs › Personnaliser vos licences › Site → Entrepôt Nord (2)\nFPC367126\nFPC367128",
        "Onglet Utilisateurs › Dissocier (1)\n04 91 00 00 01 · FPC367120",
        "Onglet Détails › Licence full › Quantité à résilier : 1\nFPC367126",
    ]
    found = [said.find(place) for place in places]
    assert min(found) >= 0
    assert found == sorted(found)
    assert f"Changé par @{AGENT} le 23 nov. 2026" in said


@pytest.mark.rule("R15")
def test_r15_nothing_owed_is_said(agent: Actor) -> None:
    """In the list and on the Home tab."""
    agent.command(SUPPORT, LIST)
    assert "Rien à reporter dans MyOpenIP." in agent.screen
    agent.close()
    agent.open_home()
    assert f"{TO_CARRY} : rien." in plain(agent.home)


@pytest.mark.rule("R15")
def test_r15_the_list_is_searched(agent: Actor, services: Services) -> None:
    """By the command, and again in the window."""
    move(services, "FPC367128", "Entrepôt Nord")
    agent.command(SUPPORT, LIST, "FPC367129")
    assert "Rien à reporter pour « FPC367129 »." in plain(agent.screen)
    agent.type("Rechercher", "FPC367128")
    agent.submit()
    assert "Site → Entrepôt Nord (1)" in agent.screen


@pytest.mark.rule("R15")
def test_r15_a_group_is_ticked_at_once_and_told_everywhere(
    stage: Stage, agent: Actor, services: Services
) -> None:
    """The list loses it, and the message says who has carried it over, and goes on to offer its undo."""
    move(services, "FPC367126 FPC367128", "Entrepôt Nord")
    stage.settle()
    assert TO_CARRY in agent.conversation(SUPPORT)
    agent.command(SUPPORT, LIST)
    agent.click(TICK)
    assert "C’est noté : 2 changements reportés." in plain(agent.screen)
    assert "Rien à reporter dans MyOpenIP." in agent.screen
    stage.settle()
    said = agent.conversation(SUPPORT)
    assert (TO_CARRY in said, f"[{TICK}]" in said, "[Annuler le changement]" in said) == (False, False, True)
    assert f"Reporté par @{AGENT}" in said


@pytest.mark.rule("R15")
def test_r15_the_confirmation_is_ticked_where_it_stands(
    stage: Stage, agent: Actor, services: Services
) -> None:
    """Whoever clicks is told, and may take it back there."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    colleague = stage.actor(COLLEAGUE)
    colleague.click(TICK, channel=SUPPORT)
    assert "C’est noté : 1 changement reporté." in plain(colleague.conversation(SUPPORT))
    stage.settle()
    assert f"Reporté par @{COLLEAGUE}" in agent.conversation(SUPPORT)
    colleague.click(UNTICK, channel=SUPPORT)
    stage.settle()
    assert "1 changement de nouveau à reporter." in plain(colleague.conversation(SUPPORT))
    assert TO_CARRY in agent.conversation(SUPPORT)


@pytest.mark.rule("R15")
def test_r15_who_clicks_again_is_told_whose_tick_it_was(
    stage: Stage, agent: Actor, services: Services
) -> None:
    """Whoever clicks on a message of before is told whose it was."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent.click(TICK, channel=SUPPORT)
    agent.repeat(agent.last)
    assert f"1 changement déjà reporté par @{AGENT}" in plain(agent.conversation(SUPPORT))
    assert services.carrying.count().owed == 0


@pytest.mark.rule("R15")
def test_r15_a_double_click_in_the_list_is_one_tick(agent: Actor, services: Services) -> None:
    """The second finds nothing left, and says no more than that."""
    move(services, "FPC367128", "Entrepôt Nord")
    agent.command(SUPPORT, LIST)
    agent.click(TICK)
    agent.repeat(agent.last)
    assert "Il n’y a plus rien à reporter ici." in plain(agent.screen)
    assert services.carrying.count().owed == 0


@pytest.mark.rule("R15")
def test_r15_a_tick_on_what_was_undone_a_second_ago_is_told(agent: Actor, services: Services) -> None:
    """There is nothing to do in the portal any more, and nothing is said to be done there."""
    moved = move(services, "FPC367128", "Entrepôt Nord")
    agent.command(SUPPORT, LIST)
    undo(services, moved)
    agent.click(TICK)
    assert "C’est noté" not in agent.screen
    assert "rien à reporter" in plain(agent.screen).lower()


@pytest.mark.rule("R15")
def test_r15_an_undo_before_the_tick_leaves_nothing_to_do(
    stage: Stage, agent: Actor, services: Services
) -> None:
    """Both messages say so."""
    undo(services, move(services, "FPC367128", "Entrepôt Nord"))
    stage.settle()
    said = plain(agent.conversation(SUPPORT))
    assert said.count("Annulé avant d’être reporté : rien à faire dans MyOpenIP.") == 2
    assert TICK not in said


@pytest.mark.rule("R15")
def test_r15_a_tick_is_taken_back_in_time_only(agent: Actor, services: Services, clock: Clock) -> None:
    """After UNDO_HOURS it stays."""
    move(services, "FPC367128", "Entrepôt Nord")
    agent.command(SUPPORT, LIST)
    agent.click(TICK)
    agent.click(UNTICK)
    assert "1 changement de nouveau à reporter." in plain(agent.screen)
    agent.click(TICK)
    clock.pass_(hours=25)
    agent.click(UNTICK)
    assert "1 report date de plus de 24 heures." in plain(agent.screen)
    assert services.carrying.count().owed == 0


@pytest.mark.rule("R15")
def test_r15_hundreds_are_on_pages_and_ticked_at_once(agent: Actor) -> None:
    """What stands on other pages is of the group as well."""
    agent.command(SUPPORT, "/licence-site", "MCX-69003-01")
    agent.click("Tout sélectionner")
    agent.submit()
    agent.choose("Site", "Pavillon A")
    agent.submit()
    agent.submit()
    agent.close()
    agent.command(SUPPORT, LIST)
    first = agent.screen
    agent.click("Page suivante")
    assert agent.screen != first
    assert "Page 2 sur" in plain(agent.screen)
    agent.click("Page précédente")
    agent.click(TICK)
    assert "Rien à reporter dans MyOpenIP." in agent.screen


@pytest.mark.rule("R15")
def test_r15_the_home_tab_leads_to_the_list(agent: Actor, services: Services) -> None:
    """With how much there is and since when."""
    move(services, "FPC367128", "Entrepôt Nord")
    agent.open_home()
    assert f"{TO_CARRY} : 1 changement, le plus ancien du 23 nov. 2026." in plain(agent.home)
    agent.click("Voir et reporter")
    assert "Site → Entrepôt Nord (1)" in agent.screen


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    "value", ["", "SITE", "STATE 0 0 0", "NOWHERE 1 1 1 x", "SITE 1 1 9999999999999999999 2"]
)
def test_r14_a_group_that_is_none_is_refused(agent: Actor, services: Services, value: str) -> None:
    """A forged value ticks nothing, and is no incident."""
    move(services, "FPC367128", "Entrepôt Nord")
    agent.command(SUPPORT, LIST)
    agent.click(TICK)
    agent.click(UNTICK)
    forged = copy.deepcopy(agent.last)
    forged["actions"][0] |= {"action_id": "carrying.carried", "value": value}
    agent.repeat(forged)
    assert "n’est plus disponible" in agent.screen
    assert services.carrying.count().owed == 1


@pytest.mark.rule("R14")
def test_r14_a_list_that_slack_does_not_open_is_told(stage: Stage, agent: Actor) -> None:
    """There is nothing to take up: the command is typed again."""
    stage.api.fail("views.open", "error")
    agent.command(SUPPORT, LIST)
    assert "réessayez dans un instant" in plain(agent.conversation(SUPPORT))
