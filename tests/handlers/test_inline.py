"""Straight to the confirmation, in the conversation, without a modal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from bot.sandbox.slack.blocktext import read
from domain.tables import ServiceWord, Site
from domain.values import LicenceState, fold
from tests.builders import SPELLINGS
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import (
    COLLEAGUE,
    close_site,
    dissociate,
    holder_of,
    move,
    place_of,
    state_of,
    suspend,
    terminate,
)
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services


def say(stage: Stage, command: str, text: str) -> Actor:
    """Type a command that says it all."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, command, text)
    return agent


def newest(agent: Actor) -> str:
    """Read the newest message that only this person sees."""
    message = [each for each in agent.messages(SUPPORT) if each["only_for"]][-1]
    return plain(read(message["blocks"]))


@pytest.mark.parametrize("named", ["FPC367128 FPC367129", "04 91 00 00 06 fpc367129"])
def test_a_move_is_confirmed_where_it_was_typed(stage: Stage, park: Database, named: str) -> None:
    """References or SDA, `vers`, the site's name: before → after, and « Valider »."""
    agent = say(stage, "/licence-site", f"{named} vers entrepot nord")
    assert "Siège Social → Entrepôt Nord : 2 licences" in newest(agent)
    agent.click("Valider", channel=SUPPORT)
    assert "[Valider]" not in plain(agent.conversation(SUPPORT))
    assert place_of(park, "FPC367129") == "Entrepôt Nord"
    stage.settle()
    assert "[Annuler le changement]" in agent.conversation(SUPPORT)


def test_only_the_person_sees_the_inline_confirmation(stage: Stage) -> None:
    """It is an answer, not an announcement."""
    say(stage, "/licence-site", "FPC367128 vers Entrepôt Nord")
    assert stage.actor(COLLEAGUE).conversation(SUPPORT) == ""


def test_an_inline_confirmation_can_be_dropped(stage: Stage, park: Database) -> None:
    """« Abandonner » takes the buttons away, and a second click says the same."""
    agent = say(stage, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.click("Abandonner", channel=SUPPORT)
    assert newest(agent) == "Abandonné. Ce qui était proposé ici n’a pas été fait."
    agent.repeat(agent.last)
    assert newest(agent) == "Abandonné. Ce qui était proposé ici n’a pas été fait."
    assert place_of(park, "FPC367128") == "Siège Social"


@pytest.mark.rule("R7")
def test_r7_a_double_click_on_the_inline_confirmation_is_one_operation(stage: Stage) -> None:
    """And « Abandonner » right after it tells what was done."""
    agent = say(stage, "/licence-site", "FPC367128 vers Entrepôt Nord")
    message = agent.messages(SUPPORT)[-1]
    agent.click("Valider", channel=SUPPORT)
    agent.repeat(agent.last)
    stage.workspace.channels[SUPPORT].messages.append(message)  # the person still saw it
    agent.click("Abandonner", channel=SUPPORT)
    assert "Trop tard pour abandonner, c’est déjà fait. Adresse changée : 1 licence" in newest(agent)
    stage.settle()
    assert plain(stage.actor(COLLEAGUE).conversation(SUPPORT)).count("Adresse changée") == 1


@pytest.mark.rule("R6")
def test_r6_an_inline_plan_that_is_out_of_date_is_shown_anew(
    stage: Stage, services: Services, park: Database
) -> None:
    """In the place of the old one, with a button for the new one."""
    agent = say(stage, "/licence-site", "FPC367128 FPC367129 vers Entrepôt Nord")
    move(services, "FPC367128", "Entrepôt Nord", COLLEAGUE)
    agent.click("Valider", channel=SUPPORT)
    assert "Le parc a changé depuis l’affichage." in newest(agent)
    assert place_of(park, "FPC367129") == "Siège Social"
    agent.click("Valider", channel=SUPPORT)
    assert place_of(park, "FPC367129") == "Entrepôt Nord"


@pytest.mark.parametrize(
    ("text", "sentence", "view"),
    [
        (
            "FPC367128 vers Nulle part",
            "Ce client n’a pas de site « Nulle part ».",
            "Votre sélection : 1 licence",
        ),
        (
            "FPC999999 vers Entrepôt Nord",
            "Rien ne correspond à « FPC999999 ».",
            "Rien ne correspond à « FPC999999 »",
        ),
        (
            "FPC367128 FPC400000 vers Entrepôt Nord",
            (
                "Ces licences relèvent de plusieurs services. Celles de MCX-13001-01 sont retenues ; "
                "à traiter ensuite : « FPC400000 »."
            ),
            "Votre sélection : 1 licence",
        ),
        (
            "FPC367121 FPC999999 vers Entrepôt Nord",
            "Rien ne correspond à « FPC999999 ».",
            "Entrepôt Nord",
        ),
        ("FPC367128 vers", "Indiquez le site après « vers »", "Votre sélection : 1 licence"),
        ("FPC367128 vers ...", "Indiquez le site après « vers »", "Votre sélection : 1 licence"),
        ("vers Entrepôt Nord", "Indiquez les licences, par leur référence ou leur SDA.", "Service: […]"),
        ("provence vers Entrepôt Nord", "Indiquez les licences, par leur référence ou", "MCX-13001-01"),
        (
            "004-92-58-76-11 vers Entrepôt Nord",
            (
                "« 004-92-58-76-11 » se lit comme un numéro d’un autre pays : +49 2587 611 (Allemagne). "
                "Si c’est bien lui, écrivez +492587611 ; sinon, corrigez-le."
            ),
            "== Changer l’adresse ==",
        ),
        (
            "FPC400000 vers Pavillon",
            "Plusieurs sites correspondent à « Pavillon » : Pavillon A, Pavillon B",
            "Votre sélection : 1 licence",
        ),
        (
            "Martin vers Fournil",
            (
                "Plusieurs services correspondent à « Martin ». "
                "Indiquez les licences, par leur référence ou leur SDA."
            ),
            "Plusieurs services correspondent à « Martin »",
        ),
        (
            "MCX-69003-01 FPC367128 vers Entrepôt Nord",
            "« MCX-69003-01 » ne désigne ni le service de ces licences ni son client.",
            "Votre sélection : 1 licence",
        ),
        ("04 91 00 00 08 vers Entrepôt Nord", "Le numéro 04 91 00 00 08 est déjà libre", "MCX-13001-01"),
        (
            "04 91 00 00 08 04 91 00 00 09 vers Entrepôt Nord",
            "Rien ne correspond à « 04 91 00 00 09 ». Le numéro 04 91 00 00 08 est déjà libre",
            "MCX-13001-01",
        ),
    ],
)
def test_what_does_not_fit_says_so_and_offers_the_form_with_the_rest(
    stage: Stage, text: str, sentence: str, view: str
) -> None:
    """Nothing that was understood has to be entered again."""
    agent = say(stage, "/licence-site", text)
    assert sentence in newest(agent)
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert view in plain(agent.screen)


def test_a_move_of_a_suspended_service_is_told(stage: Stage) -> None:
    """There is no form to offer."""
    agent = say(stage, "/licence-site", "FPC360000 vers Chai")
    assert newest(agent).startswith("Le service MCX-33000-01 est suspendu")


def test_a_free_licence_is_terminated_where_it_was_typed(stage: Stage, park: Database) -> None:
    """Named, with the warning that it is final."""
    agent = say(stage, "/licence-resilier", "FPC367126")
    assert "À résilier : 1 licence\n• FPC367126 · Licence full" in newest(agent)
    assert "Vous pourrez retirer cette résiliation" in newest(agent)
    agent.click("Confirmer la résiliation", channel=SUPPORT)
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED


@pytest.mark.rule("R4")
def test_r4_a_held_licence_shows_the_warning_and_its_way_out(stage: Stage, park: Database) -> None:
    """After the dissociation the same message confirms the termination."""
    agent = say(stage, "/licence-resilier", "FPC367128")
    assert "Dissociez d’abord le numéro 04 91 00 00 06" in newest(agent)
    assert "[Confirmer la résiliation]" not in newest(agent)
    agent.click("Dissocier un numéro", channel=SUPPORT)
    assert "Numéros à dissocier: 04 91 00 00 06" in plain(agent.screen)
    agent.submit()
    agent.submit()
    agent.close()
    assert holder_of(park, "+33491000006") is None
    assert "À résilier : 1 licence" in newest(agent)
    agent.click("Confirmer la résiliation", channel=SUPPORT)
    assert state_of(park, "FPC367128") is LicenceState.TERMINATED


@pytest.mark.rule("R6")
def test_r6_an_inline_termination_that_is_out_of_date_is_shown_anew(stage: Stage, services: Services) -> None:
    """Somebody else ended one of the two."""
    dissociate(services, "04 91 00 00 06")
    agent = say(stage, "/licence-resilier", "FPC367126 FPC367128")
    terminate(services, "FPC367126")
    agent.click("Confirmer la résiliation", channel=SUPPORT)
    assert "Le parc a changé depuis l’affichage." in newest(agent)
    assert "Déjà résiliée (1)" in newest(agent)


@pytest.mark.rule("R2")
@pytest.mark.parametrize(
    ("text", "said"), [("FPC367126 FPC999999", "est suspendu"), ("provence", "Nombre de licences")]
)
def test_r2_a_form_of_a_service_suspended_meanwhile_says_so_once_something_is_ticked(
    stage: Stage, park: Database, text: str, said: str
) -> None:
    """Nothing of it can be terminated any more; its counters can be read."""
    stage.api.fail("views.open", "error")
    agent = say(stage, "/licence-resilier", text)
    suspend(park)
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert said in agent.conversation(SUPPORT) + agent.screen


@pytest.mark.parametrize("text", ["FPC999999", "04 91 00 00 08", "provence"])
def test_a_termination_that_names_no_licence_opens_the_form(stage: Stage, text: str) -> None:
    """What was looked for is told there."""
    agent = say(stage, "/licence-resilier", text)
    assert "== Résilier une licence ==" in agent.screen


@pytest.mark.parametrize(
    ("command", "text", "view"),
    [
        ("/licence-resilier", "FPC367126 FPC400001", "À résilier : 1 licence\n• FPC367126"),
        ("/licence-resilier", "04 91 00 00 06 04 72 10 00 00", "== Résilier une licence =="),
        ("/licence-dissocier", "04 91 00 00 06 04 72 10 00 00", "Numéros à dissocier: 04 91 00 00 06"),
        ("/licence-dissocier", "FPC367128 04 72 10 00 00", "Numéros à dissocier: 04 91 00 00 06"),
        ("/licence-site", "FPC367120 FPC367121 FPC400000", "Votre sélection : 2 licences"),
    ],
)
def test_licences_of_two_services_offer_the_form(stage: Stage, command: str, text: str, view: str) -> None:
    """Those of the first are taken along, and the others named."""
    agent = say(stage, command, text)
    assert "Ces licences relèvent de plusieurs services. Celles de MCX-13001-01 sont retenues" in newest(
        agent
    )
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert view in plain(agent.screen)


@pytest.mark.parametrize(
    ("command", "text", "view"),
    [
        ("/licence-resilier", "FPC367126, FPC999999", "À résilier : 1 licence\n• FPC367126"),
        ("/licence-dissocier", "04 91 00 00 06 et 04 91 99 99 99", "Numéros à dissocier: 04 91 00 00 06"),
        ("/licence-site", "FPC367120 FPC999999", "Votre sélection : 1 licence"),
    ],
)
def test_one_unknown_among_good_ones_is_named_and_the_form_has_the_others(
    stage: Stage, command: str, text: str, view: str
) -> None:
    """In any procedure: nothing that was typed is lost."""
    agent = say(stage, command, text)
    assert "Rien ne correspond à « " in newest(agent)
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert view in plain(agent.screen)


@pytest.mark.parametrize(
    "text",
    [
        "FPC367120, FPC367121 vers Entrepôt Nord",
        "FPC367120 ; FPC367121\u00a0→ entrepot nord",
        "FPC367120 et FPC367121 vers « Entrepôt Nord »",
        "“FPC367120” /\u202f“FPC367121” -&gt; Entrepôt Nord.",
        "fpc367120\nfpc367121\nVERS\nentrepôt nord",
        "<tel:0491000001|04 91 00 00 01>, FPC367121 vers Entrepôt Nord",
        "PM120 FPC367121 vers Entrepôt Nord",
    ],
)
def test_whatever_stands_between_them_licences_and_site_are_read(stage: Stage, text: str) -> None:
    """One grammar: separators, quotes and arrows of any kind."""
    agent = say(stage, "/licence-site", text)
    assert "Siège Social → Entrepôt Nord : 2 licences" in newest(agent)


@pytest.mark.parametrize("text", ["FPC367120 FPC367121", "FPC367120\nFPC367121", "FPC367120,FPC367121 ;"])
def test_several_licences_without_a_site_open_the_form_with_all_of_them(stage: Stage, text: str) -> None:
    """Ticked, whatever stands between them."""
    agent = say(stage, "/licence-site", text)
    assert "2 licences cochées" in plain(agent.screen)
    agent.submit()
    assert "Votre sélection : 2 licences" in plain(agent.screen)


def test_a_site_that_was_typed_waits_for_the_service(stage: Stage) -> None:
    """It is chosen as soon as it is known whose sites are meant."""
    agent = say(stage, "/licence-site", "vers Entrepôt Nord")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    agent.choose("Service", "MCX-13001-01")
    agent.submit()
    agent.tick("FPC367128")
    agent.submit()
    assert "Site: Entrepôt Nord" in agent.screen


def test_a_site_that_the_customer_has_not_is_told_in_the_form(stage: Stage) -> None:
    """The name is kept for the customer to whom the service belongs."""
    agent = say(stage, "/licence-site", "FPC367128 vers Nulle part")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "« Nulle part » ne désigne pas un seul site de ce client. Choisissez-le dans la liste." in plain(
        agent.screen
    )


def test_a_site_whose_name_holds_the_word_is_read_whole(stage: Stage, park: Database) -> None:
    """The first `vers` introduces it."""
    with park.writing() as session:
        label = "Route vers Nord, lot 1/2 et 3"
        session.execute(
            update(Site).where(Site.label == "Entrepôt Nord").values(label=label, label_key=fold(label))
        )
    agent = say(stage, "/licence-site", "FPC367128 vers Route vers Nord, lot 1/2 et 3")
    assert "Siège Social → Route vers Nord, lot 1/2 et 3 : 1 licence" in newest(agent)


def test_a_customer_whose_name_holds_the_word_is_found(stage: Stage, park: Database) -> None:
    """Where no licence is named, the whole is a search like any other."""
    with park.writing() as session:
        words = [{"word": word, "service_id": 1} for word in ("vers", "avenir")]
        session.execute(insert(ServiceWord), words)
    agent = say(stage, "/licence-site", "vers avenir")
    assert "MCX-13001-01" in agent.screen


def test_a_closed_site_is_told_and_the_form_offered(stage: Stage, park: Database) -> None:
    """The licences are still ticked."""
    close_site(park, "Entrepôt Nord")
    agent = say(stage, "/licence-site", "FPC367128 vers Entrepôt Nord")
    assert "Le site « Entrepôt Nord » est fermé." in newest(agent)
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "Votre sélection : 1 licence" in plain(agent.screen)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_dissociated_in_any_spelling(stage: Stage, spelling: str) -> None:
    """Of a French hand, page or spreadsheet."""
    agent = say(stage, "/licence-dissocier", SPELLINGS[spelling]("0491000006"))
    assert "04 91 00 00 06 quitte FPC367128" in newest(agent)


def test_a_number_that_may_be_foreign_is_asked_about(stage: Stage) -> None:
    """It is shown with its country, and nothing is taken silently."""
    agent = say(stage, "/licence-dissocier", "004-92-58-76-11")
    assert "se lit comme un numéro d’un autre pays : +49 2587 611 (Allemagne)." in plain(agent.screen)


def test_a_service_that_was_found_is_not_called_terminated(stage: Stage) -> None:
    """Whoever changes it after all is told nothing false about it."""
    agent = say(stage, "/licence-site", "provence")
    agent.click("Changer de service")
    assert "résilié" not in agent.screen


def test_a_number_is_dissociated_where_it_was_typed(stage: Stage, park: Database) -> None:
    """The number and the licence that it leaves."""
    agent = say(stage, "/licence-dissocier", "04 91 00 00 06")
    assert "04 91 00 00 06 quitte FPC367128 · Licence full conferencing" in newest(agent)
    agent.click("Valider", channel=SUPPORT)
    assert holder_of(park, "+33491000006") is None


@pytest.mark.rule("R3")
def test_r3_a_number_that_is_free_already_is_told(stage: Stage) -> None:
    """There is nothing to do."""
    agent = say(stage, "/licence-dissocier", "04 91 00 00 08")
    assert "Le numéro 04 91 00 00 08 est déjà libre : aucune licence ne l’utilise." in newest(agent)


@pytest.mark.rule("R6")
def test_r6_an_inline_dissociation_that_is_out_of_date_is_shown_anew(
    stage: Stage, services: Services
) -> None:
    """Somebody else was quicker with one of the two."""
    agent = say(stage, "/licence-dissocier", "04 91 00 00 06 04 91 00 00 07")
    dissociate(services, "04 91 00 00 06")
    agent.click("Valider", channel=SUPPORT)
    assert "Déjà libre (1)" in newest(agent)
    agent.click("Valider", channel=SUPPORT)
    stage.settle()
    assert "Dissociation : 1 numéro" in plain(agent.conversation(SUPPORT))


def test_a_form_that_is_offered_shows_where_the_draft_stands(stage: Stage) -> None:
    """The button of a termination and of a dissociation, too."""
    agent = say(stage, "/licence-dissocier", "04 91 00 00 08")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "== Dissocier un numéro ==" in agent.screen
