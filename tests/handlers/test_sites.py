"""Procedure 4 in Slack: adding a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.sites import SiteForm
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import COLLEAGUE, draft_site
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from handlers.services import Services

DEPOT = {"Nom du site": "Dépôt", "Adresse": "3 rue Neuve", "Code postal": "13003", "Ville": "Marseille"}


def fill(agent: Actor, **changed: str) -> None:
    """Fill the form."""
    for label, text in {**DEPOT, **changed}.items():
        agent.type(label.replace("_", " "), text)


def test_procedure_4_from_the_command_to_the_confirmation(stage: Stage, services: Services) -> None:
    """A site is added to a customer that is found by search."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter")
    agent.choose("Client", "Provence Matériaux", query="provence")
    fill(agent, Téléphone="04 91 00 00 33")
    agent.submit()
    assert "Site ajouté : Dépôt, 3 rue Neuve, 13003 Marseille" in plain(agent.screen)
    stage.settle()
    assert "Site ajouté : Dépôt" in plain(agent.conversation(SUPPORT))
    assert [site.label for site in services.park.search_sites(1, "depot")] == ["Dépôt"]


def test_a_customer_that_the_command_names_is_already_chosen(stage: Stage) -> None:
    """It can still be changed."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", "provence")
    assert "Client: Provence Matériaux" in agent.screen


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nulle part", "Rien ne correspond à « nulle part »"),
        ("boulangerie", "Plusieurs clients correspondent à « boulangerie »"),
    ],
)
def test_a_search_that_names_no_customer_is_told(stage: Stage, text: str, sentence: str) -> None:
    """The search stays open, narrowed to what the text finds."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", text)
    assert sentence in plain(agent.screen)
    assert len(agent.search("Client")) == (3 if text == "boulangerie" else 30)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("Nom du site", "SIEGE SOCIAL", "Ce client a déjà un site « Siège Social »."),
        ("Code postal", "1300", "Le code postal compte cinq chiffres, par exemple 13001."),
        ("Téléphone", "12", "« 12 » n’est pas un numéro de téléphone valide."),
        ("Ville", " ", "Indiquez la ville."),
    ],
)
def test_a_fault_is_told_under_its_field(stage: Stage, field: str, text: str, sentence: str) -> None:
    """And what was entered stays."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", "provence")
    fill(agent, **{field: text})
    agent.submit()
    assert f"! {sentence}" in plain(agent.screen)


def test_a_missing_customer_is_told_under_its_field(stage: Stage) -> None:
    """For whoever gets past Slack's own check."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter")
    fill(agent)
    agent.submit(unchecked=True)
    assert "! Indiquez le client." in agent.screen


def at_the_same_address(stage: Stage) -> Actor:
    """Go as far as the warning."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", "provence")
    fill(agent, Adresse="45 chemin du littoral", Code_postal="13015")
    agent.submit()
    assert "Un site existe déjà à cette adresse." in agent.screen
    assert "[Abandonner]" in agent.screen
    return agent


def test_the_site_at_the_same_address_can_be_kept(stage: Stage, services: Services) -> None:
    """Then nothing is created."""
    agent = at_the_same_address(stage)
    agent.tick("Utiliser Entrepôt Nord")
    agent.submit()
    assert "Ce site existe déjà. Rien n’a été créé." in agent.screen
    assert services.park.search_sites(1, "depot") == ()


def test_a_site_at_the_same_address_can_be_created_all_the_same(stage: Stage, services: Services) -> None:
    """The person has seen the other one."""
    agent = at_the_same_address(stage)
    agent.tick("Créer quand même")
    agent.submit()
    assert [site.label for site in services.park.search_sites(1, "depot")] == ["Dépôt"]


@pytest.mark.rule("R6")
def test_r6_a_site_added_at_that_address_meanwhile_is_shown(stage: Stage, services: Services) -> None:
    """What the person decided on has changed."""
    agent = at_the_same_address(stage)
    agent.tick("Créer quand même")
    fields = {
        "label": "Quai",
        "address": "45 Chemin du Littoral",
        "postal_code": "13015",
        "city": "Marseille",
    }
    draft, plan = draft_site(services, 1, SiteForm.parse({**fields}), COLLEAGUE)
    services.orders.confirm(draft, plan.fingerprint, COLLEAGUE)
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert "Utiliser Quai" in agent.screen


def test_a_site_used_on_the_way_is_told_where_slack_does_not_draw_the_way(stage: Stage) -> None:
    """The window below is as it was; the site is chosen in it all the same, from its next click on."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.click("Ajouter un site")
    fill(agent, Adresse="45 chemin du littoral", Code_postal="13015")
    agent.submit()
    agent.tick("Utiliser Entrepôt Nord")
    stage.api.fail("views.update", "error")
    agent.submit()
    assert "Ce site existe déjà. Rien n’a été créé." in plain(agent.screen)


@pytest.mark.rule("R7")
def test_r7_a_double_click_on_the_form_adds_one_site(stage: Stage, services: Services) -> None:
    """Both clicks are answered with the same result."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/site-ajouter", "provence")
    fill(agent)
    first = agent.submit()
    assert agent.repeat(agent.last).body == first.body
    assert len(services.park.search_sites(1, "depot")) == 1
    stage.settle()
    assert plain(agent.conversation(SUPPORT)).count("Site ajouté") == 1


@pytest.mark.rule("R1")
def test_r1_a_site_of_another_customer_can_not_be_slipped_in(stage: Stage, services: Services) -> None:
    """The choice comes back from Slack and may be anything."""
    agent = at_the_same_address(stage)
    agent.tick("Utiliser Entrepôt Nord")
    foreign = services.park.search_sites(2, "")[0]
    agent.modal.values["choice"]["choice"]["selected_option"] = {"value": str(foreign.id)}  # type: ignore[union-attr]
    agent.submit()
    assert "n’appartient pas au client de ce service" in agent.screen
