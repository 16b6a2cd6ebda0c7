"""Every block and element, drawn and used; what it sends is what Slack would send."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import opened, served
from tests.browser.tab import spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from tests.browser.tab import Tab


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """Serve an app that sends everything, and give the page's URL."""
    with served("tests.browser.gallery") as url:
        yield url


@pytest.fixture
def tab(browser: Browser, gallery: str) -> Iterator[Tab]:
    """Open a tab on the gallery."""
    with opened(browser, gallery) as tab:
        tab.start_anew()
        yield tab


@pytest.fixture
def form(tab: Tab) -> Locator:
    """Open the form that has every field."""
    tab.command("/licence-site")
    expect(tab.modal.get_by_role("heading", name="Formulaire un")).to_be_visible()
    return tab.modal


@pytest.fixture
def message(tab: Tab) -> Locator:
    """Get the message that has every block."""
    tab.command("/licence-aide")
    message = tab.messages.locator("article", has=tab.page.get_by_role("heading", name="Un titre")).last
    expect(message).to_be_visible()
    return message


def told(tab: Tab, what: str) -> dict[str, Any]:
    """Read what the app says it was sent."""
    said = tab.messages.locator("pre", has_text=f'"{what}"').last
    expect(said).to_be_visible()
    content: dict[str, Any] = json.loads(said.inner_text())
    return content


def sent(tab: Tab) -> dict[str, Any]:
    """Send the form, and read what the app got of it."""
    tab.press("Envoyer")
    expect(tab.modal).to_have_count(0)
    values = told(tab, "submitted")["submitted"]
    return {name: next(iter(entered.values())) for name, entered in values.items()}


def test_texts_of_each_kind(message: Locator) -> None:
    """Emphasis, mention, escapes, code, link, date, list, table, fields."""
    expect(message.locator("b", has_text="gras").first).to_be_visible()
    expect(message.get_by_text("@Bruno Lefèvre").first).to_have_class("mention")
    expect(message).to_contain_text("<i>")
    expect(message.locator("code")).to_have_text("code")
    expect(message).to_contain_text("gras <b>")
    expect(message.get_by_role("link", name="un lien")).to_have_attribute(
        "href", "https://example.org/a?b=1&c=2"
    )
    expect(message).to_contain_text("1970-01-01")
    expect(message.get_by_role("listitem")).to_have_text("premier")
    expect(message.get_by_role("columnheader", name="Nombre")).to_be_visible()
    expect(message.get_by_role("cell", name="12")).to_have_css("text-align", "right")
    expect(message).to_contain_text(re.compile(r"Quantité\s*12"))


def test_what_can_not_be_drawn_is_a_gap_to_be_seen(message: Locator) -> None:
    """A block, and a part of a text."""
    expect(message.locator(".gap")).to_have_text([spaced("« color »"), spaced("« carousel »")])


def test_buttons_ask_before_they_act_where_the_app_wants_it(tab: Tab, message: Locator) -> None:
    """No, then yes; the value travels."""
    message.get_by_role("button", name="Effacer tout").click()
    tab.modal.get_by_role("button", name="Non").click()
    expect(tab.modal).to_have_count(0)
    message.get_by_role("button", name="Aller").click()
    assert told(tab, "go") == {"action": "go", "value": "g"}
    expect(tab.messages.locator("pre", has_text='"sure"')).to_have_count(0)
    message.get_by_role("button", name="Effacer tout").click()
    expect(tab.modal).to_contain_text("Vraiment")
    tab.modal.get_by_role("button", name="Oui").click()
    assert told(tab, "sure")["action"] == "sure"


def test_elements_of_a_message_tell_the_app_at_once(tab: Tab, message: Locator) -> None:
    """List, date, menu."""
    message.get_by_role("combobox").click()
    tab.page.get_by_role("option", name="Vert").click()
    assert told(tab, "pick")["selected_option"]["value"] == "vert"
    message.locator("input[type=date]").fill("2026-11-23")
    assert told(tab, "day")["selected_date"] == "2026-11-23"
    message.get_by_role("button", name="Plus d’actions").click()
    tab.page.get_by_role("menu").get_by_text("Effacer").click()
    assert told(tab, "more")["selected_option"]["value"] == "effacer"


def test_every_field_is_sent_with_its_value(tab: Tab, form: Locator) -> None:
    """And those that were left alone with their initial one, or none."""
    form.get_by_label("Commentaire").fill("long")
    form.get_by_role("group", name="Couleurs").get_by_role("checkbox", name=re.compile("Rouge")).check()
    form.get_by_role("group", name="Couleurs").get_by_role("checkbox", name="Bleu").check()
    form.get_by_role("radio", name="Vert").check()
    tab.choose("Liste", "ve", "Vert")
    for name in ("Rouge", "Bleu"):
        tab.choose("Plusieurs", name[:2], name)
    tab.page.keyboard.press("Escape")
    tab.choose("Client", "ab", "ab 0")
    form.get_by_label("Jour").fill("2026-11-23")
    entered = sent(tab)
    assert entered["name"]["value"] == "un"
    assert entered["long"]["value"] == "long"
    assert entered["number"]["value"] == "4"
    assert [each["value"] for each in entered["colours"]["selected_options"]] == ["rouge", "bleu"]
    assert entered["colour"]["selected_option"]["value"] == "vert"
    assert entered["list"]["selected_option"]["value"] == "vert"
    assert [each["value"] for each in entered["many"]["selected_options"]] == ["rouge", "bleu"]
    assert entered["found"]["selected_option"]["value"] == "ab 0"
    assert entered["several"]["selected_options"] == []
    assert entered["day"]["selected_date"] == "2026-11-23"


def test_a_searchable_list_asks_the_app_once_there_are_letters_enough(tab: Tab, form: Locator) -> None:
    """Before, it says so."""
    form.get_by_role("combobox", name="Client").click()
    expect(tab.page.get_by_text("Tapez au moins 2 lettres.")).to_be_visible()
    tab.page.keyboard.type("xy")
    expect(tab.page.get_by_role("option")).to_have_count(3)
    tab.page.keyboard.press("Escape")
    expect(form).to_be_visible()


def test_a_list_takes_no_more_than_its_maximum(tab: Tab, form: Locator) -> None:
    """The third choice is not taken."""
    form.get_by_role("combobox", name="Numéros").click()
    for number in range(3):
        tab.page.get_by_role("option").nth(number).click()
    tab.page.keyboard.press("Escape")
    expect(form.locator(".q-chip")).to_have_count(2)
    assert len(sent(tab)["several"]["selected_options"]) == 2


FAULTS = [
    ("Intitulé", "", "Remplissez ce champ."),
    ("Quantité", "x", "Saisissez un nombre."),
    ("Quantité", "1.5", "Saisissez un nombre entier."),
    ("Quantité", "0", "Saisissez un nombre d’au moins 1."),
    ("Quantité", "10", "Saisissez un nombre d’au plus 9."),
    ("Commentaire", "trop long", "9 caractères : 5 au plus."),
    ("Intitulé", "faux", "Ce nom est faux."),
]


@pytest.mark.parametrize(("label", "value", "error"), FAULTS)
def test_what_is_not_accepted_is_told_under_its_field(
    tab: Tab, form: Locator, label: str, value: str, error: str
) -> None:
    """By Slack's interface before it is sent, or by the app; then it can be mended."""
    entry = form.get_by_label(label)
    entry.fill(value)
    tab.press("Envoyer")
    expect(form.get_by_role("alert").filter(has_text=re.compile(r"\w"))).to_have_text(spaced(error))
    expect(entry).to_be_focused()
    entry.fill("2")
    assert sent(tab)


def test_what_is_sent_is_seen_to_be_on_its_way(tab: Tab, form: Locator) -> None:
    """Until the app has answered, and a second click sends nothing more."""
    form.get_by_label("Intitulé").fill("lent")
    send = form.get_by_role("button", name="Envoyer")
    send.dblclick()
    expect(send).to_have_attribute("aria-busy", "true")
    expect(tab.modal).to_have_count(0)
    tab.show_scenes()
    expect(tab.scenes.get_by_text("view_submission form")).to_have_count(1)


def test_state_survives_an_update_where_the_ids_are_the_same(tab: Tab, form: Locator) -> None:
    """Under the same ids the new initial value is ignored; under another block id it counts."""
    form.get_by_label("Intitulé").fill("saisi")
    form.get_by_label("Autre").fill("saisi")
    tab.press("Mettre à jour")
    expect(form.get_by_role("heading", name="Formulaire deux")).to_be_visible()
    expect(form.get_by_label("Intitulé")).to_have_value("saisi")
    expect(form.get_by_label("Autre")).to_have_value("deux")
    assert sent(tab)["name"]["value"] == "saisi"


def test_modals_stack_three_high(tab: Tab, form: Locator) -> None:
    """Back and cancel close the one on top, the cross closes them all."""
    tab.press("Empiler")
    expect(form.get_by_role("heading", name="Étage 2")).to_be_visible()
    tab.press("Empiler")
    expect(form.get_by_role("heading", name="Étage 3")).to_be_visible()
    tab.press("Retour")
    expect(form.get_by_role("heading", name="Étage 2")).to_be_visible()
    tab.press("Annuler")
    expect(form.get_by_role("heading", name="Formulaire un")).to_be_visible()
    tab.press("Empiler")
    expect(form.get_by_role("heading", name="Étage 2")).to_be_visible()
    tab.press("Fermer la fenêtre")
    expect(tab.modal).to_have_count(0)
    tab.reads('"closed": "Formulaire un", "all": true')


def test_the_home_tab_draws_and_works_like_a_message(tab: Tab) -> None:
    """Its buttons tell the app."""
    tab.go("Accueil de MetaCentrex")
    home = tab.page.locator(".home")
    expect(home.get_by_role("heading", name="Un titre")).to_be_visible()
    home.get_by_role("button", name="Aller").click()
    tab.go("^support$")
    assert told(tab, "go")["value"] == "g"


def test_what_slack_would_refuse_is_told_and_stands_in_the_traffic(tab: Tab) -> None:
    """With the reason."""
    tab.show_scenes()
    tab.command("/licence-resilier")
    expect(tab.page.get_by_text(re.compile("Slack refuse ce que l’application envoie"))).to_be_visible()
    row = tab.scenes.locator("details", has_text="/licence-resilier").first
    row.locator("summary").click()
    expect(row.locator(".refused")).to_contain_text("unknown block")
