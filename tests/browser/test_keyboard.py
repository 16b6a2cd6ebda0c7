"""Both procedures, whole, with the keyboard alone: no click, no pointer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.tab import spaced

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.tab import Tab

FAR = 120
"""Presses of Tab after which what is looked for can't be reached."""


class Keyboard:
    """Keys, and what they reach."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.page: Page = tab.page

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type text."""
        self.page.keyboard.type(text)

    def reach(self, role: str, name: str) -> None:
        """Press Tab until something has the focus."""
        wanted = self.page.get_by_role(role, name=spaced(name))  # type: ignore[arg-type]
        expect(wanted.first).to_be_visible()
        for _ in range(FAR):
            if self._has_focus(role, name):
                return
            self.press("Tab")
        pytest.fail(f"Tab does not reach {role} {name!r}")

    def _has_focus(self, role: str, name: str) -> bool:
        wanted = self.page.get_by_role(role, name=spaced(name))  # type: ignore[arg-type]
        return any(
            wanted.nth(i).evaluate("each => each === document.activeElement") for i in range(wanted.count())
        )

    def activate(self, name: str) -> None:
        """Reach a button, and press Enter."""
        self.reach("button", name)
        self.press("Enter")


@pytest.fixture
def keyboard(tab: Tab) -> Keyboard:
    """Give a keyboard."""
    return Keyboard(tab)


def test_the_address_of_licences_is_changed(tab: Tab, keyboard: Keyboard) -> None:
    """From the command's first letters to the confirmation."""
    keyboard.reach("combobox", "Message")
    keyboard.type("/lic")
    expect(tab.page.get_by_role("option")).to_have_count(5)
    keyboard.press("Enter")
    keyboard.type("Provence")
    keyboard.press("Enter")
    for licence, ticked in (("FPC367128", "1 licence cochée"), ("FPC367129", "2 licences cochées")):
        keyboard.reach("checkbox", licence)
        keyboard.press("Space")
        tab.sees(ticked)
    keyboard.activate("Choisir le site")
    expect(tab.modal.get_by_role("combobox", name="Site")).to_be_focused()
    keyboard.type("Entrep")
    expect(tab.page.get_by_role("option", name=re.compile("Entrepôt Nord"))).to_be_visible()
    keyboard.press("Enter")
    expect(tab.modal.get_by_role("combobox", name="Site")).to_have_value("Entrepôt Nord")
    keyboard.reach("textbox", "Motif")
    keyboard.type("Déménagement")
    keyboard.press("Enter")
    keyboard.activate("Valider")
    tab.sees("C’est fait")
    keyboard.press("Escape")
    expect(tab.modal).to_have_count(0)
    expect(tab.composer).to_be_focused()
    tab.reads("Adresse changée : 2 licences vers Entrepôt Nord")


def test_a_licence_is_terminated_after_its_number_was_dissociated(tab: Tab, keyboard: Keyboard) -> None:
    """Through the warning, and back."""
    keyboard.reach("combobox", "Message")
    keyboard.type("/licence-resilier Provence")
    keyboard.press("Enter")
    tab.sees("Dissociez d’abord le numéro 04 91 00 00 03")
    row = tab.modal.locator(".bk-section", has_text="Licence SVI").get_by_role("button")
    keyboard.reach("button", "Dissocier un numéro")
    while not row.evaluate("each => each === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    keyboard.activate("Continuer")
    tab.sees("04 91 00 00 03 quitte FPC367123")
    keyboard.activate("Valider")
    expect(row).to_have_text("Résilier")
    keyboard.reach("button", "Changer de service")
    while not row.evaluate("each => each === document.activeElement"):
        keyboard.press("Tab")
    keyboard.press("Enter")
    expect(tab.modal.get_by_label("Quantité à résilier")).to_be_focused()
    keyboard.press("Enter")
    tab.sees("Vous pourrez retirer cette résiliation")
    keyboard.activate("Confirmer la résiliation")
    tab.sees("C’est fait")
    keyboard.activate("Retour à la liste")
    tab.reads("Résiliation : 1 licence")


def test_the_commands_are_filtered_and_chosen_with_the_arrows(tab: Tab, keyboard: Keyboard) -> None:
    """Each with its hint and what it does; Escape puts the list away."""
    keyboard.reach("combobox", "Message")
    keyboard.type("/")
    options = tab.page.get_by_role("option")
    expect(options).to_have_count(6)
    expect(options.nth(3)).to_have_text(
        re.compile(r"/site-ajouter\s*\[recherche\]\s*Ajouter un site à un client")
    )
    keyboard.type("licence-")
    expect(options).to_have_count(5)
    keyboard.press("ArrowDown", "ArrowDown")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    keyboard.press("Tab")
    expect(tab.composer).to_have_value("/licence-dissocier ")
    expect(options).to_have_count(0)
    keyboard.press("Control+A")
    keyboard.type("/s")
    expect(options).to_have_count(1)
    keyboard.press("Escape")
    expect(options).to_have_count(0)


def test_a_shortcut_is_chosen_from_its_menu(tab: Tab, keyboard: Keyboard) -> None:
    """Enter opens the menu, the arrows choose, Escape closes what was opened."""
    keyboard.activate("Raccourcis")
    item = tab.page.get_by_role(
        "menuitem", name=spaced("Résilier une licence Résilier des licences sans numéro")
    )
    expect(item).to_be_visible()
    keyboard.press("ArrowDown", "ArrowDown")
    expect(item).to_be_focused()
    keyboard.press("Enter")
    tab.sees("Résilier une licence")
    keyboard.press("Escape")
    expect(tab.modal).to_have_count(0)


def test_escape_is_meant_for_the_modal_before_it_has_the_focus(tab: Tab, keyboard: Keyboard) -> None:
    """What it covers loses the focus first, and for a moment nothing has it."""
    keyboard.reach("combobox", "Message")
    keyboard.type("/licence-site Provence")
    keyboard.press("Enter")
    tab.sees("MCX-13001-01")
    tab.page.evaluate("document.activeElement.blur()")
    keyboard.press("Escape")
    expect(tab.modal).to_have_count(0)


def test_the_focus_stays_where_it_is_when_the_bot_redraws_the_form(tab: Tab, keyboard: Keyboard) -> None:
    """Thirty boxes are ticked without leaving the keyboard."""
    keyboard.reach("combobox", "Message")
    keyboard.type("/licence-site Provence")
    keyboard.press("Enter")
    keyboard.reach("checkbox", "FPC367120")
    for count in range(1, 5):
        keyboard.press("Space")
        tab.sees(f"{count} licence")
        keyboard.press("Tab")
    keyboard.reach("button", "Filtrer")
    keyboard.press("Shift+Tab", "Tab")
    expect(tab.modal.get_by_role("button", name="Filtrer", exact=True)).to_be_focused()
