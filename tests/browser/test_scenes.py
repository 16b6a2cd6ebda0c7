"""Behind the scenes: the traffic, and what can be made to go wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.tab import spaced

if TYPE_CHECKING:
    from tests.browser.tab import Tab

MOVED = "Adresse changée : 1 licence vers Entrepôt Nord"


def to_confirmation(tab: Tab) -> None:
    """Go to the last step of a change of address."""
    tab.command("/licence-site FPC367128")
    tab.tick("FPC367128")
    tab.press("Choisir le site")
    tab.choose("Site", "Entrep", "Entrepôt Nord")
    tab.press("Vérifier")
    tab.sees("À changer (1)")


def announced_once(tab: Tab) -> None:
    """Expect one confirmation, and no second one after it."""
    tab.reads(MOVED)
    tab.command("/licence-aide")  # its answer comes after whatever is still on its way
    tab.reads("Les commandes")
    expect(tab.messages.get_by_text(spaced(MOVED))).to_have_count(1)


def test_r7_a_double_click_on_valider_applies_once(tab: Tab) -> None:
    """Two clicks of the mouse, one operation."""
    to_confirmation(tab)
    tab.modal.get_by_role("button", name="Valider").dblclick()
    tab.sees("C’est fait")
    tab.press("Fermer")
    announced_once(tab)


def test_r7_a_click_that_is_delivered_twice_applies_once(tab: Tab) -> None:
    """Both requests are in the traffic, at the same time."""
    tab.show_scenes()
    to_confirmation(tab)
    tab.break_("Livrer le clic deux fois")
    tab.press("Valider")
    tab.sees("C’est fait")
    tab.press("Fermer")
    expect(tab.scenes.get_by_text("view_submission moving.confirm")).to_have_count(2)
    announced_once(tab)


def test_r9_the_bot_is_killed_in_the_middle_and_goes_on_where_it_was(tab: Tab) -> None:
    """The person is told; after the restart the same click does the work."""
    tab.show_scenes()
    to_confirmation(tab)
    tab.scenes.get_by_role("button", name="Tuer le bot").click()
    expect(tab.scenes.get_by_role("status")).to_have_text("Arrêté")
    tab.press("Valider")
    expect(tab.modal.get_by_role("alert").last).to_have_text(
        spaced("L’application n’a pas répondu à temps. Réessayez.")
    )
    tab.scenes.get_by_role("button", name="Redémarrer le bot").click()
    expect(tab.scenes.get_by_role("status")).to_have_text("En marche")
    tab.press("Valider")
    tab.sees("C’est fait")
    tab.press("Fermer")
    announced_once(tab)


def test_r14_an_expired_trigger_costs_one_click_more(tab: Tab) -> None:
    """The button in the message opens the form all the same."""
    tab.show_scenes()
    tab.break_("Expirer le déclencheur")
    tab.command("/licence-site Provence")
    tab.reads("Visible par vous uniquement")
    expect(tab.scenes.get_by_text("expired_trigger_id").first).to_be_visible()
    tab.click_message("Ouvrir le formulaire")
    tab.sees("MCX-13001-01")


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("Répondre 429", "ratelimited"),
        ("Répondre 500", "internal_error"),
        ("Perdre la réponse", "sans réponse"),
        ("Répondre lentement", "chat.postMessage"),
    ],
)
def test_r9_a_confirmation_comes_whatever_slack_answers(tab: Tab, fault: str, seen: str) -> None:
    """The fault is seen in the traffic, the confirmation in the conversation."""
    tab.show_scenes()
    tab.command("/licence-site FPC367128 vers Entrepôt Nord")
    tab.break_(fault)
    tab.click_message("Valider")
    tab.reads(MOVED)
    expect(tab.scenes.get_by_text(seen).first).to_be_visible()


def test_a_fault_is_taken_back_by_a_second_click(tab: Tab) -> None:
    """Each says whether it waits for its moment."""
    tab.show_scenes()
    for fault in ("Répondre lentement", "Répondre 429", "Répondre 500", "Perdre la réponse"):
        tab.break_(fault)
        button = tab.scenes.get_by_role("button", name=fault)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "false")


def test_a_slow_slack_opens_the_form_all_the_same(tab: Tab) -> None:
    """What was asked for comes late; the person is not left without an answer."""
    tab.show_scenes()
    tab.break_("Répondre lentement")
    tab.command("/licence-site Provence")
    tab.sees("MCX-13001-01")
    tab.page.keyboard.press("Escape")
    expect(tab.modal).to_have_count(0)


def test_the_traffic_shows_payloads_and_answers(tab: Tab) -> None:
    """Each request with what was sent, what came back and how long it took."""
    tab.show_scenes()
    tab.command("/licence-site Provence")
    tab.sees("MCX-13001-01")
    row = tab.scenes.locator("details", has_text="/licence-site").first
    expect(row).to_contain_text(re.compile(r"200 · \d+ ms"))
    row.locator("summary").click()
    request = json.loads(row.locator("pre").first.inner_text())
    assert (request["command"], request["text"]) == ("/licence-site", "Provence")
    opened = tab.scenes.locator("details", has_text="views.open").first
    opened.locator("summary").click()
    answer = json.loads(opened.locator("pre").last.inner_text())
    assert answer["ok"] is True
    assert answer["view"]["title"]["text"] == "Changer l’adresse"


def test_a_reset_brings_the_park_back(tab: Tab) -> None:
    """What was said and done is gone."""
    tab.command("/licence-site FPC367128 vers Entrepôt Nord")
    tab.click_message("Valider")
    tab.reads(MOVED)
    tab.start_anew()
    expect(tab.messages.locator("article")).to_have_count(0)
    to_confirmation(tab)
