"""Both procedures, whole, with the mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.tab import Tab


def test_the_address_of_licences_is_changed(tab: Tab) -> None:
    """Tick, choose the site, verify, confirm; the confirmation stands in the conversation and the journal."""
    tab.command("/licence-site Provence")
    tab.tick("FPC367128")
    tab.tick("FPC367129")
    tab.sees("2 licences cochées")
    tab.press("Choisir le site")
    tab.choose("Site", "Entrep", "Entrepôt Nord")
    tab.type("Motif", "Déménagement")
    tab.press("Vérifier")
    tab.sees("À changer (2)")
    tab.press("Valider")
    tab.sees("C’est fait")
    tab.press("Fermer")
    expect(tab.modal).to_have_count(0)
    tab.reads("Adresse changée : 2 licences vers Entrepôt Nord")
    tab.reads("@Agathe Morel, aujourd’hui")
    tab.go("journal")
    tab.reads("Adresse changée : 2 licences vers Entrepôt Nord")


def test_a_change_is_taken_back_from_its_message(tab: Tab) -> None:
    """The button is gone afterwards, and the message says who did it."""
    tab.command("/licence-site FPC367128 vers Entrepôt Nord")
    tab.click_message("Valider")
    tab.click_message("Annuler le changement")
    tab.sees("À rétablir (1)")
    tab.press("Annuler le changement")
    expect(tab.modal).to_contain_text("Changement annulé")
    tab.press("Fermer")
    tab.reads("Annulé par @Agathe Morel")
    expect(tab.messages.get_by_role("button", name="Annuler le changement")).to_have_count(0)


def test_r4_the_warning_leads_to_the_dissociation_and_back_to_the_termination(tab: Tab) -> None:
    """« Dissociez d’abord le numéro » stands beside the button that does it."""
    tab.command("/licence-resilier Provence")
    tab.sees("Dissociez d’abord le numéro 04 91 00 00 03")
    tab.press("Dissocier un numéro", beside="Licence SVI")
    tab.press("Continuer")
    tab.sees("04 91 00 00 03 quitte FPC367123")
    tab.press("Valider")
    tab.press("Résilier", beside="Licence SVI")
    tab.type("Quantité à résilier", "1")
    tab.press("Continuer")
    tab.sees("Vous pourrez retirer cette résiliation")
    tab.press("Confirmer la résiliation")
    tab.sees("C’est fait")
    tab.press("Retour à la liste")
    tab.sees("Licence SVI 0 / 0")
    tab.reads("Résiliation : 1 licence")


def test_a_site_is_created_on_the_way(tab: Tab) -> None:
    """The new site is chosen when one comes back to the selection."""
    tab.command("/licence-site FPC367128")
    tab.tick("FPC367128")
    tab.press("Choisir le site")
    tab.press("Ajouter un site")
    tab.fill_in("Agence Vieux-Port", "2 quai du Port", "13002", "Marseille")
    tab.press("Créer le site")
    expect(tab.modal.get_by_role("combobox", name="Site")).to_have_value("Agence Vieux-Port")
    tab.press("Vérifier")
    tab.press("Valider")
    tab.sees("1 licence vers Agence Vieux-Port")


def test_a_thousand_licences_are_moved_and_their_list_is_downloaded(tab: Tab) -> None:
    """One click selects them all; the CSV stands in the thread, beside the conversation."""
    tab.command("/licence-site MCX-69003-01")
    tab.sees("0 licence cochée sur 980")
    tab.press("Tout sélectionner (980)")
    tab.sees("980 licences cochées")
    tab.press("Choisir le site")
    tab.sees("Votre sélection : 980 licences")
    tab.choose("Site", "Pavillon A", "Pavillon A")
    tab.press("Vérifier")
    tab.press("Valider")
    tab.sees("C’est fait")
    tab.press("Fermer")
    tab.messages.get_by_role("button", name="1 réponse").click()
    thread = tab.page.get_by_role("complementary", name="Fil de discussion")
    with tab.page.expect_download() as download:
        thread.get_by_role("link", name=re.compile("Liste complète")).click()
    content = download.value.path().read_text()
    assert content.startswith("\ufeffRéférence;Type de licence;Réf. accountcode;SDA;Avant;Après;Résultat")


def test_an_error_stands_under_its_field(tab: Tab) -> None:
    """The bot's answer to a postal code that is none; what was typed is still there."""
    tab.command("/site-ajouter")
    tab.choose("Client", "Provence", "Provence Matériaux")
    tab.fill_in("Agence", "2 quai du Port", "130", "Marseille")
    tab.press("Créer le site")
    field = tab.modal.get_by_label("Code postal")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("130")
    expect(tab.modal.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(1)


def test_a_shortcut_and_the_home_tab_lead_to_the_same_procedure(tab: Tab) -> None:
    """From the menu of the composer, and from the app's Home."""
    tab.shortcut("Résilier une licence")
    tab.sees("Résilier une licence")
    tab.press("Abandonner")
    tab.go("Accueil de MetaCentrex")
    tab.page.locator(".home").get_by_role("button", name="Résilier une licence").click()
    tab.sees("Résilier une licence")
