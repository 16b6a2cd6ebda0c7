"""Procedure 2 in Slack: terminating licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.slack.screen import CantDo
from domain.values import LicenceState
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import dissociate, holder_of, state_of, terminate
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services


@pytest.fixture
def agent(stage: Stage) -> Actor:
    """Put an agent in front of the sheet's counters."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    return agent


def test_the_counters_are_those_of_the_sheet(agent: Actor) -> None:
    """What can be terminated comes first; then, in catalogue order, what a number holds, or nothing."""
    lines = plain(agent.screen).splitlines()
    assert lines[lines.index("Nombre de licences (active / souscrite)") + 1 : -1] == [
        "Licence full   1 / 2  [Résilier]",
        "-" * 20,
        "Licence simple   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 01",
        "Licence full avancée   0 / 0",
        "Licence full meeting   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 04",
        "Licence full meeting avancée   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 07",
        "Licence full conferencing   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 06",
        "Licence fax entreprise   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 05",
        "Licence SVI   1 / 1  [Dissocier un numéro]",
        "   Dissociez d’abord le numéro 04 91 00 00 03",
    ]


def test_procedure_2_from_the_command_to_the_confirmation(stage: Stage, park: Database) -> None:
    """The free full licence goes, by name, and it is told that this is final."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    agent.click("Résilier", beside="Licence full ")
    assert "Téléphonie Marseille · MCX-13001-01\nProvence Matériaux · C013001" in agent.screen
    assert "Quantité souscrite\n2" in agent.screen
    assert "Quantité active\n1" in agent.screen
    agent.submit()
    assert "À résilier : 1 licence\n• FPC367126 · Licence full" in plain(agent.screen)
    assert (
        "Vous pourrez retirer cette résiliation tant qu’elle n’est pas reportée dans MyOpenIP."
        in agent.screen
    )
    agent.submit()
    assert state_of(park, "FPC367126") is LicenceState.TERMINATED
    agent.close()
    assert "Licence full   1 / 1  [Dissocier un numéro]" in agent.screen
    stage.settle()
    said = plain(agent.conversation(SUPPORT))
    assert "Résiliation : 1 licence" in said
    assert "Annuler le changement" not in said


@pytest.mark.rule("R5")
@pytest.mark.parametrize("text", ["1.5", "", "deux"])
def test_r5_slack_itself_takes_whole_numbers_only(agent: Actor, text: str) -> None:
    """The field says so; what the bounds are and why, the bot says."""
    agent.click("Résilier", beside="Licence full ")
    agent.type("Quantité à résilier", text)
    with pytest.raises(CantDo):
        agent.submit()


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1.5", "Saisissez un nombre entier, 1 ou plus."),
        ("", "Saisissez un nombre entier, 1 ou plus."),
        ("deux", "Saisissez un nombre entier, 1 ou plus."),
    ],
)
def test_r5_what_is_no_whole_number_is_told_under_the_field(agent: Actor, text: str, sentence: str) -> None:
    """Whatever gets past the field."""
    agent.click("Résilier", beside="Licence full ")
    agent.type("Quantité à résilier", text)
    agent.submit(unchecked=True)
    assert f"! {sentence}" in plain(agent.screen)


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0", "Saisissez un nombre entier, 1 ou plus."),
        ("-1", "Saisissez un nombre entier, 1 ou plus."),
        (
            "2",
            "Une seule licence peut être résiliée. Dissociez d’abord le numéro de l’autre : 04 91 00 00 02.",
        ),
    ],
)
def test_r5_a_quantity_out_of_bounds_is_told_in_our_words(agent: Actor, text: str, sentence: str) -> None:
    """Slack's own client lets it through: the person reads how many can go, and what holds the others."""
    agent.click("Résilier", beside="Licence full ")
    agent.type("Quantité à résilier", text)
    agent.submit()
    assert f"! {sentence}" in plain(agent.screen)


@pytest.mark.rule("R5")
def test_r5_what_somebody_else_took_is_no_longer_there(agent: Actor, services: Services) -> None:
    """The quantity is counted at the moment of the change."""
    agent.click("Résilier", beside="Licence full ")
    terminate(services, "FPC367126")
    agent.submit()
    sentence = "Aucune licence ne peut être résiliée. Dissociez d’abord le numéro : 04 91 00 00 02."
    assert f"! {sentence}" in plain(agent.screen)


@pytest.mark.rule("R6")
def test_r6_another_licence_than_was_shown_is_not_terminated(
    agent: Actor, services: Services, park: Database
) -> None:
    """The list moved: the new one is shown, and nothing has gone."""
    agent.click("Résilier", beside="Licence full ")
    agent.submit()
    terminate(services, "FPC367126")
    dissociate(services, "04 91 00 00 02")
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert "• FPC367121 · Licence full" in agent.screen
    assert state_of(park, "FPC367121") is LicenceState.ACTIVE


def test_a_button_that_is_out_of_date_shows_the_counters_anew(agent: Actor, services: Services) -> None:
    """Somebody was quicker: there is nothing left to terminate."""
    terminate(services, "FPC367126")
    agent.click("Résilier", beside="Licence full ")
    assert "Licence full   1 / 1  [Dissocier un numéro]" in agent.screen


@pytest.mark.rule("R4")
def test_r4_the_way_out_of_the_warning_and_back(agent: Actor, park: Database) -> None:
    """The number is dissociated from the warning, and the termination goes on with new counters."""
    agent.click("Dissocier un numéro", beside="Licence SVI")
    assert "Numéros à dissocier: 04 91 00 00 03" in plain(agent.screen)
    agent.submit()
    assert "04 91 00 00 03 quitte FPC367123 · Licence SVI" in plain(agent.screen)
    assert "[Retour]" in agent.screen
    agent.submit()
    assert "Licence SVI   0 / 1  [Résilier]" in agent.screen
    assert holder_of(park, "+33491000003") is None
    agent.click("Résilier", beside="Licence SVI")
    agent.submit()
    agent.submit()
    assert state_of(park, "FPC367123") is LicenceState.TERMINATED


def test_many_numbers_are_named_up_to_three(stage: Stage) -> None:
    """The warning stays short."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "MCX-69003-01")
    agent.click("Résilier", beside="Licence simple")
    agent.type("Quantité à résilier", "999")
    agent.submit()
    warning = plain(agent.screen).split("! ")[1].split("\n")[0]
    assert (
        "licences au plus peuvent être résiliées. Dissociez d’abord le numéro des autres : 04 72" in warning
    )
    assert "autres." in warning
    assert warning.count("04 72") == 3


def test_the_service_can_be_changed(agent: Actor) -> None:
    """From the counters back to the search."""
    agent.click("Changer de service")
    agent.choose("Service", "MCX-69003-01", query="hopital")
    agent.submit()
    assert "MCX-69003-01" in agent.screen


def test_the_shortcut_opens_the_procedure(stage: Stage) -> None:
    """As the command does."""
    agent = stage.actor(AGENT)
    agent.shortcut("resilier_licence")
    assert "== Résilier une licence ==" in agent.screen


@pytest.mark.rule("R7")
def test_r7_a_double_click_on_the_confirmation_terminates_once(stage: Stage, agent: Actor) -> None:
    """Both clicks are answered with the same result."""
    agent.click("Résilier", beside="Licence full ")
    agent.submit()
    first = agent.submit()
    assert agent.repeat(agent.last).body == first.body
    stage.settle()
    assert plain(agent.conversation(SUPPORT)).count("Résiliation : 1 licence") == 1
