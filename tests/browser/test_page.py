"""The page: people, places, what each sees, narrow and dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.tab import Tab


@pytest.mark.rule("R11")
def test_r11_a_stranger_is_turned_away_everywhere(tab: Tab) -> None:
    """Command, shortcut, Home, and the button of somebody else's message."""
    tab.command("/licence-site FPC367128 vers Entrepôt Nord")
    tab.click_message("Valider")
    tab.reads("Adresse changée")
    tab.go("Chloé Martin")
    tab.command("/licence-site Provence")
    expect(tab.modal).to_have_count(0)
    tab.reads("Visible par vous uniquement")
    denied = tab.messages.locator("article").last.inner_text()
    assert "accès" in denied
    tab.click_message("Annuler le changement")
    expect(tab.messages.locator(".only-you")).to_have_count(2)
    tab.shortcut("Résilier une licence")
    tab.go("Accueil de MetaCentrex")
    expect(tab.page.locator(".home")).to_contain_text("accès")
    expect(tab.page.locator(".home").get_by_role("button")).to_have_count(0)


def test_each_person_has_their_own_modal_and_their_own_ephemerals(tab: Tab) -> None:
    """One click changes who sits here."""
    tab.command("/licence-aide")
    tab.reads("Les commandes")
    tab.command("/licence-site Provence")
    tab.sees("MCX-13001-01")
    tab.go("Bruno Lefèvre")
    expect(tab.modal).to_have_count(0)
    expect(tab.messages.locator("article")).to_have_count(0)
    tab.go("Agathe Morel")
    tab.sees("MCX-13001-01")


def test_what_is_written_stands_in_the_conversation_for_everybody(tab: Tab) -> None:
    """As text, whatever it holds; in a thread beside the message."""
    tab.composer.fill("<b>Bonjour</b> *à tous*")
    tab.composer.press("Enter")
    tab.go("Bruno Lefèvre")
    tab.reads("<b>Bonjour</b> à tous")
    expect(tab.messages.locator("article b")).to_have_text("à tous")


@pytest.mark.rule("R13")
def test_r13_hostile_names_are_shown_as_they_are(tab: Tab) -> None:
    """In the modal, in a list of choices and in the conversation: no markup, no mention, no tag."""
    tab.command("/licence-site MCX-44000-01")
    tab.sees("Accueil <@U0> *urgent* · MCX-44000-01")
    tab.sees("L'Étoile & <Fils> *SARL* @channel")
    tab.modal.get_by_role("checkbox").first.check()
    tab.sees("1 licence cochée")
    tab.press("Choisir le site")
    tab.choose("Site", "Site", "Site _très_ `long` ~barré~ <https://exemple.invalid|cliquez>")
    tab.press("Vérifier")
    tab.press("Valider")
    tab.sees("C’est fait")
    tab.press("Fermer")
    tab.reads("L'Étoile & <Fils> *SARL* @channel, Accueil <@U0> *urgent* (MCX-44000-01)")
    expect(tab.messages.locator(".mention")).to_have_text("@Agathe Morel")
    expect(tab.messages.get_by_role("link")).to_have_count(0)


def test_a_thread_opens_beside_the_conversation(tab: Tab) -> None:
    """One reads and answers there; commands are no commands in it, as in Slack."""
    references = " ".join(f"FPC{400000 + number}" for number in range(12))
    tab.command(f"/licence-site {references} vers Pavillon H")
    tab.click_message("Valider")
    tab.messages.get_by_role("button", name="1 réponse").click()
    thread = tab.page.get_by_role("complementary", name="Fil de discussion")
    answer = thread.get_by_role("textbox", name="Message")
    answer.fill("/licence-aide")
    answer.press("Enter")
    expect(thread.get_by_role("log")).to_contain_text("/licence-aide")
    expect(tab.messages.get_by_role("button", name="2 réponses")).to_be_visible()
    thread.get_by_role("button", name="Fermer le fil").click()
    expect(thread).not_to_be_visible()


def test_an_unknown_command_is_told_and_not_posted(tab: Tab) -> None:
    """As Slack does."""
    tab.command("/licence-inconnue")
    expect(tab.page.get_by_text("/licence-inconnue n’est pas une commande")).to_be_visible()
    expect(tab.messages.locator("article")).to_have_count(0)


def test_the_direct_message_has_the_apps_two_tabs(tab: Tab) -> None:
    """Messages, which can't be written to, and Home."""
    tab.go("^MetaCentrex$")
    expect(tab.page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")
    expect(tab.page.get_by_text("L’envoi de messages à cette application est désactivé.")).to_be_visible()
    tab.page.get_by_role("tab", name="Accueil").click()
    expect(tab.page.get_by_role("heading", name="Licences MetaCentrex")).to_be_visible()


def test_home_follows_the_person(tab: Tab) -> None:
    """Each sees what is theirs."""
    tab.go("Accueil de MetaCentrex")
    expect(tab.page.locator(".home").get_by_role("button", name="Changer l’adresse")).to_be_visible()
    tab.go("Chloé Martin")
    expect(tab.page.locator(".home").get_by_role("button")).to_have_count(0)
    tab.go("Bruno Lefèvre")
    expect(tab.page.locator(".home").get_by_role("button", name="Changer l’adresse")).to_be_visible()


def test_a_new_message_elsewhere_is_seen_in_the_list(tab: Tab) -> None:
    """The journal is bold until one looks at it."""
    tab.command("/licence-site FPC367128 vers Entrepôt Nord")
    tab.click_message("Valider")
    journal = tab.page.get_by_role("navigation").get_by_role("button", name="journal")
    expect(journal).to_have_class(re.compile("unread"))
    journal.click()
    expect(journal).not_to_have_class(re.compile("unread"))


def test_a_phone_has_room_for_a_whole_procedure(browser: Browser, sandbox: str) -> None:
    """The list of places folds away; nothing stands out at the side."""
    with opened(browser, sandbox, viewport={"width": 390, "height": 780}) as tab:
        tab.start_anew()
        tab.page.get_by_role("button", name="Menu").click()
        tab.go("Bruno Lefèvre")
        tab.command("/licence-site Provence")
        tab.tick("FPC367129")
        box = tab.modal.bounding_box()
        assert box
        assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)
        tab.press("Choisir le site")
        tab.choose("Site", "Entrep", "Entrepôt Nord")
        tab.press("Vérifier")
        tab.press("Valider")
        tab.sees("C’est fait")
        tab.press("Fermer")
        tab.reads("@Bruno Lefèvre")
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_light_and_dark_change_at_a_click(tab: Tab) -> None:
    """And follow the system before."""
    body = tab.page.locator("body")
    expect(body).to_have_class(re.compile("body--light"))
    tab.page.get_by_role("button", name="Clair ou sombre").click()
    expect(body).to_have_class(re.compile("body--dark"))
    tab.page.get_by_role("button", name="Clair ou sombre").click()
    expect(body).to_have_class(re.compile("body--light"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_the_contrast_of_level_aa(browser: Browser, sandbox: str, scheme: str) -> None:
    """4.5 to 1 at least, whatever stands on whatever."""
    with opened(browser, sandbox, color_scheme=scheme) as tab:
        tab.start_anew()
        tab.show_scenes()
        tab.command("/licence-aide")
        tab.reads("Les commandes")
        tab.composer.fill("/l")
        expect(tab.page.get_by_role("option").first).to_be_visible()
        assert tab.page.evaluate(CONTRAST) == []
        tab.command("/licence-resilier Provence")
        tab.sees("Dissociez d’abord le numéro")
        assert tab.page.evaluate(CONTRAST) == []


CONTRAST = """() => {
  const rgba = (css) => { const [r, g, b, a = 1] = css.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (c) => c.map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility({visibilityProperty: true})) continue;
    if (node.closest('[inert], script, style, .q-icon, .nicegui-error-popup')) continue;
    const back = behind(node), front = over(rgba(getComputedStyle(node).color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${node.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
"""Gives the texts whose contrast is below WCAG's level AA for small text."""
