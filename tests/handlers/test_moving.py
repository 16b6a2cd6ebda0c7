"""Procedure 1 in Slack: changing the address of licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.sandbox.slack.screen import CantDo
from domain.tables import Draft
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import COLLEAGUE, close_site, move, place_of, suspend, terminate
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services


@pytest.fixture
def agent(stage: Stage) -> Actor:
    """Put an agent in front of the licences of the sheets' service."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    return agent


def to_confirmation(agent: Actor, *references: str, site: str = "Entrepôt Nord") -> None:
    """Go from the licences to the plan."""
    agent.tick(*references)
    agent.submit()
    agent.choose("Site", site)
    agent.submit()


def test_procedure_1_from_the_command_to_the_confirmation(stage: Stage, park: Database) -> None:
    """The sheet's own example, as a person does it, screen after screen."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    to_confirmation(agent, "FPC367128", "FPC367129")
    assert "Siège Social → Entrepôt Nord : 2 licences" in plain(agent.screen)
    agent.submit()
    assert "Adresse changée : 2 licences vers Entrepôt Nord" in plain(agent.screen)
    stage.settle()
    said = plain(agent.conversation(SUPPORT))
    assert "Siège Social → Entrepôt Nord : 2" in said
    assert f"Par @{AGENT}" in said
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


def test_a_service_that_the_command_names_is_already_chosen(agent: Actor) -> None:
    """The licences stand there at once, with what tells them apart."""
    assert "Téléphonie Marseille · MCX-13001-01" in agent.screen
    assert "FPC367128 · Licence full conferencing — PM128 · 04 91 00 00 06 · Siège Social" in plain(
        agent.screen
    )


def test_a_licence_that_the_command_names_is_already_ticked(stage: Stage) -> None:
    """It is in view, and counted."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "04 91 00 00 06")
    assert "☑ FPC367128" in agent.screen
    assert "1 licence cochée sur 8" in plain(agent.screen)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nulle part", "Rien ne correspond à « nulle part ». Cherchez un client, un compte, un service"),
        ("boulangerie", "Plusieurs services correspondent à « boulangerie ». Choisissez le bon."),
        (
            "MCX-33000-01",
            "Le service MCX-33000-01 est suspendu : ses licences ne peuvent pas être modifiées.",
        ),
        ("MCX-33000-02", "Le service MCX-33000-02 est résilié : ses licences ne peuvent pas être modifiées."),
    ],
)
def test_a_search_that_names_no_active_service_is_told_and_stays_open(
    stage: Stage, text: str, sentence: str
) -> None:
    """The person reads what was looked for, and searches on."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", text)
    assert sentence in plain(agent.screen)
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    assert "Choisir le site" in agent.screen


def test_the_commands_text_narrows_the_list_that_it_opens(stage: Stage) -> None:
    """Three bakeries are offered before anything is typed."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "boulangerie")
    assert len(agent.search("Service")) == 3


@pytest.mark.rule("R2")
def test_r2_a_suspended_service_is_refused_under_its_field(stage: Stage) -> None:
    """Told before anything can be ticked."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    agent.choose("Service", "MCX-33000-01", query="MCX-33000-01")
    agent.submit()
    assert "! Le service MCX-33000-01 est suspendu" in agent.screen


def test_ticks_survive_filters_and_pages(stage: Stage) -> None:
    """What was ticked on page 1 is still ticked after a filter, another page and back."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "MCX-69003-01")
    agent.tick("FPC400000", "FPC400002")
    agent.click("Page suivante")
    assert "Page 2 sur 33" in plain(agent.screen)
    agent.tick("FPC400031")
    agent.click("Filtrer")
    agent.choose("Licence", "Licence SVI")
    agent.submit()
    assert "3 licences cochées sur 980" in plain(agent.screen)
    agent.click("Tout sélectionner")
    everything = plain(agent.screen)
    assert "☐" not in everything
    agent.click("Effacer les filtres")
    assert "☑ FPC400000" in agent.screen
    assert "☐ FPC400001" in agent.screen
    agent.click("Page suivante")
    agent.click("Page précédente")
    assert "☑ FPC400002" in agent.screen
    agent.click("Tout désélectionner")
    assert "0 licence cochée sur 980" in plain(agent.screen)
    assert "☑" not in agent.screen


def test_the_last_page_leads_back_only(stage: Stage) -> None:
    """Two pages of a filter's licences: the second has no next."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "MCX-69003-01")
    agent.click("Filtrer")
    agent.choose("Licence", "Licence simple")
    agent.submit()
    agent.click("Page suivante")
    assert "Page 2 sur 2" in plain(agent.screen)
    assert "[Page suivante]" not in agent.screen


def test_a_box_that_is_unticked_is_out(agent: Actor) -> None:
    """The count follows."""
    agent.tick("FPC367128", "FPC367129", "FPC367128")
    assert "1 licence cochée sur 8" in plain(agent.screen)


def test_the_eleven_filters_bear_the_portals_labels(agent: Actor) -> None:
    """In the portal's order."""
    agent.click("Filtrer")
    labels = [line.split(":")[0] for line in agent.screen.splitlines()[1:12]]
    assert labels == [
        "SDA",
        "Licence",
        "Réf. accountcode",
        "Réf. fiche produit contractée",
        "État",
        "Numéro d'urgence",
        "Site",
        "Numéro Fax2Mail",
        "Restrictions d'appels sortants",
        "Restrictions d'appels sortants hors forfait illimité",
        "Superviseur",
    ]


def test_all_filters_can_be_set_and_are_shown(agent: Actor) -> None:
    """What is set is on the screen, and in the form when it is opened again."""
    agent.click("Filtrer")
    agent.type("SDA", "04 91 00 00 02")
    agent.choose("Licence", "Licence full")
    agent.type("Réf. accountcode", "PM121")
    agent.type("Réf. fiche produit contractée", "FPC")
    agent.type("Numéro d'urgence", "04 91")
    agent.choose("Site", "Siège Social", query="siege")
    agent.choose("Restrictions d'appels sortants", "International bloqué", query="inter")
    agent.choose("Restrictions d'appels sortants hors forfait illimité", "Mobile", query="")
    agent.choose("Superviseur", "Non")
    agent.submit()
    assert "Tout sélectionner (1)" in plain(agent.screen)
    assert "Superviseur : Non" in plain(agent.screen)
    assert "Site : Siège Social" in plain(agent.screen)
    agent.click("Filtrer")
    assert "Superviseur: Non" in agent.screen
    assert "Site: Siège Social" in agent.screen
    agent.clear("Licence")
    agent.type("SDA", "99")
    agent.submit()
    assert "Aucune licence ne correspond à ces filtres." in agent.screen
    assert "Tout sélectionner" not in agent.screen


@pytest.mark.parametrize("label", ["SDA", "Numéro d'urgence", "Numéro Fax2Mail"])
def test_a_number_without_a_digit_is_a_fault_under_its_field(agent: Actor, label: str) -> None:
    """Every licence would pass; spaces alone are no filter."""
    agent.click("Filtrer")
    agent.type(label, "inconnu")
    agent.submit()
    assert "! Saisissez au moins un chiffre du numéro." in agent.screen


def test_ended_licences_come_only_when_they_are_asked_for(agent: Actor, services: Services) -> None:
    """No filter is set that the person did not set, and none that is cleared brings them back."""
    terminate(services, "FPC367126")
    agent.tick("FPC367128")
    assert "Filtres" not in agent.screen
    assert "1 licence cochée sur 7" in plain(agent.screen)
    assert "Tout sélectionner (7)" in plain(agent.screen)
    agent.click("Filtrer")
    agent.choose("État", "Résilié")
    agent.submit()
    assert "FPC367126 · Licence full — Résiliée" in plain(agent.screen)
    assert "1 licence cochée sur 2" in plain(agent.screen)
    agent.click("Effacer les filtres")
    assert "FPC367126" not in agent.screen
    agent.click("Tout sélectionner")
    assert "7 licences cochées sur 7" in plain(agent.screen)


def test_an_ended_licence_that_is_named_is_shown_as_such(stage: Stage, services: Services) -> None:
    """Who names it asks for it; the plan then says why it stays."""
    terminate(services, "FPC367126")
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367126")
    assert "☑ FPC367126" in agent.screen
    assert "État : Résilié" in plain(agent.screen)
    assert "1 licence cochée sur 1" in plain(agent.screen)


def test_a_draft_from_before_shows_active_licences_as_it_did(
    agent: Actor, services: Services, park: Database
) -> None:
    """Earlier versions wrote the state into every draft's filters."""
    terminate(services, "FPC367126")
    with park.writing() as session:
        session.execute(update(Draft).values(filters={"state": "active"}))
    agent.tick("FPC367128")
    assert "1 licence cochée sur 7" in plain(agent.screen)
    agent.click("Effacer les filtres")
    assert "1 licence cochée sur 7" in plain(agent.screen)


def test_nothing_ticked_goes_nowhere(agent: Actor) -> None:
    """The person is told what is missing."""
    agent.submit()
    assert "Cochez au moins une licence." in agent.screen


def test_another_service_can_be_chosen(agent: Actor) -> None:
    """From the licences back to the search."""
    agent.click("Changer de service")
    agent.choose("Service", "MCX-69003-01", query="hopital")
    agent.submit()
    assert "MCX-69003-01" in agent.screen


def test_back_from_the_site_and_from_the_plan(agent: Actor) -> None:
    """Nothing that was chosen is lost on the way back."""
    agent.tick("FPC367128")
    agent.submit()
    agent.type("Motif", "Travaux")
    agent.click("Revenir aux licences")
    assert "☑ FPC367128" in agent.screen
    agent.submit()
    assert "Motif: Travaux" in agent.screen
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.click("Modifier")
    assert "Site: Entrepôt Nord" in agent.screen
    assert "Motif: Travaux" in agent.screen


def test_a_new_site_comes_back_chosen(agent: Actor, park: Database) -> None:
    """« Ajouter un site » opens on top, and the move goes on with the new one."""
    agent.tick("FPC367128")
    agent.submit()
    agent.type("Motif", "Ouverture")
    agent.click("Ajouter un site")
    assert "Client : Provence Matériaux" in plain(agent.screen)
    for label, text in {
        "Nom du site": "Showroom",
        "Adresse": "1 quai",
        "Code postal": "13002",
        "Ville": "Marseille",
    }.items():
        agent.type(label, text)
    agent.submit()
    assert "Site: Showroom" in agent.screen
    assert "Motif: Ouverture" in agent.screen
    agent.submit()
    agent.submit()
    assert place_of(park, "FPC367128") == "Showroom"


def test_a_site_at_the_same_address_can_be_used_instead(agent: Actor, park: Database) -> None:
    """The warning shows it, and choosing it creates nothing."""
    agent.tick("FPC367128")
    agent.submit()
    agent.click("Ajouter un site")
    for label, text in {
        "Nom du site": "Nord 2",
        "Adresse": "45, Chemin du littoral",
        "Code postal": "13015",
        "Ville": "Marseille",
    }.items():
        agent.type(label, text)
    agent.submit()
    assert "Entrepôt Nord : 45 chemin du Littoral, 13015 Marseille" in plain(agent.screen)
    assert "[Retour]" in agent.screen
    agent.tick("Utiliser Entrepôt Nord")
    agent.submit()
    assert "Site: Entrepôt Nord" in agent.screen
    agent.submit()
    agent.submit()
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


@pytest.mark.rule("R3")
def test_r3_the_plan_has_three_groups_with_counts(agent: Actor, park: Database, services: Services) -> None:
    """To change by old site, already there, refused with the reason."""
    move(services, "FPC367129", "Entrepôt Nord")
    terminate(services, "FPC367126")
    agent.tick("FPC367128", "FPC367129")
    agent.click("Filtrer")
    agent.choose("État", "Résilié")
    agent.submit()
    to_confirmation(agent, "FPC367126")
    screen = plain(agent.screen)
    assert "À changer (1)" in screen
    assert "Déjà à cette adresse (1)" in screen
    assert "Refusée (1)" in screen
    assert "FPC367126 · Licence full · PM126 : licence résiliée" in screen
    agent.submit()
    assert place_of(park, "FPC367126") == "Siège Social"


def test_a_plan_that_changes_nothing_can_not_be_confirmed(agent: Actor) -> None:
    """There is no « Valider » where there is nothing to do."""
    to_confirmation(agent, "FPC367128", site="Siège Social")
    assert "Aucune licence ne changera d’adresse." in agent.screen
    with pytest.raises(CantDo):
        agent.submit()


@pytest.mark.rule("R6")
def test_r6_a_park_that_moved_is_shown_anew_and_nothing_is_applied(
    agent: Actor, services: Services, park: Database
) -> None:
    """The person confirms what is there now, or not."""
    to_confirmation(agent, "FPC367128", "FPC367129")
    move(services, "FPC367128", "Entrepôt Nord", COLLEAGUE)
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert "À changer (1)" in agent.screen
    assert place_of(park, "FPC367129") == "Siège Social"
    agent.submit()
    assert place_of(park, "FPC367129") == "Entrepôt Nord"


@pytest.mark.rule("R7")
def test_r7_a_double_click_on_valider_is_one_operation(stage: Stage, agent: Actor) -> None:
    """Both clicks are answered with the same result."""
    to_confirmation(agent, "FPC367128")
    first = agent.submit()
    second = agent.repeat(agent.last)
    assert first.body == second.body
    stage.settle()
    assert plain(agent.conversation(SUPPORT)).count("Adresse changée") == 1


@pytest.mark.rule("R1")
def test_r1_a_site_that_closed_meanwhile_is_refused_under_its_field(agent: Actor, park: Database) -> None:
    """The list was right when it was shown."""
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    close_site(park, "Entrepôt Nord")
    agent.submit()
    assert "! Le site « Entrepôt Nord » est fermé." in plain(agent.screen)


@pytest.mark.rule("R2")
def test_r2_a_service_suspended_on_the_way_is_told(agent: Actor, park: Database) -> None:
    """A sentence on top of the form, which stays."""
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    suspend(park)
    agent.submit()
    assert "est suspendu" in agent.screen
    agent.close()
    assert "Votre sélection" in agent.screen


def test_a_long_list_goes_into_the_thread_as_csv(stage: Stage) -> None:
    """The message stays short; the file has every line."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "MCX-69003-01")
    agent.click("Tout sélectionner")
    agent.submit()
    assert "Votre sélection : 980 licences" in plain(agent.screen)
    assert "et 970 autres" in plain(agent.screen)
    agent.choose("Site", "Pavillon A")
    agent.submit()
    assert "À changer (857)" in plain(agent.screen)
    agent.submit()
    stage.settle()
    confirmation, reply = agent.messages(SUPPORT)[-2:]
    assert reply["thread_ts"] == confirmation["ts"]
    (file,) = reply["files"]
    lines = file["content"].splitlines()
    assert lines[0] == "\ufeffRéférence;Type de licence;Réf. accountcode;SDA;Avant;Après;Résultat"
    assert len(lines) == 858
    assert "La liste complète suit, en CSV." in agent.conversation(SUPPORT)


def test_the_shortcut_confirms_in_the_direct_message(stage: Stage) -> None:
    """A global shortcut has no conversation."""
    agent = stage.actor(AGENT)
    agent.shortcut("changer_adresse")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    to_confirmation(agent, "FPC367128")
    agent.submit()
    stage.settle()
    assert "Adresse changée" in agent.conversation(agent.direct)


def test_a_copy_of_the_confirmation_goes_to_the_journal(perform: Callable[..., Stage]) -> None:
    """Where one is configured."""
    stage = perform(journal_channel="C0JOURNAL")
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    to_confirmation(agent, "FPC367128")
    agent.submit()
    stage.settle()
    assert agent.conversation("C0JOURNAL") == agent.conversation(SUPPORT)
