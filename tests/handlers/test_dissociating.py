"""Procedure 3 in Slack: dissociating numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import dissociate, holder_of, suspend
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services


def test_procedure_3_from_the_command_to_the_confirmation(stage: Stage, park: Database) -> None:
    """Two numbers leave their licences, named with them, and this can be undone."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    agent.choose(
        "Numéros à dissocier",
        "04\u00a091\u00a000\u00a000\u00a006",
        "04\u00a091\u00a000\u00a000\u00a007",
        query="",
    )
    agent.submit()
    assert "04 91 00 00 06 quitte FPC367128 · Licence full conferencing" in plain(agent.screen)
    assert "Les numéros restent au service, libres." in agent.screen
    agent.submit()
    stage.settle()
    said = plain(agent.conversation(SUPPORT))
    assert "Dissociation : 2 numéros" in said
    assert "[Annuler le changement]" in said
    assert holder_of(park, "+33491000006") is None


def test_a_licence_that_the_command_names_brings_its_number(stage: Stage) -> None:
    """It stands in the field already."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "FPC367128")
    assert "Numéros à dissocier: 04 91 00 00 06" in plain(agent.screen)


def test_the_list_is_searched_by_number_or_licence(stage: Stage) -> None:
    """Each choice says which licence holds the number."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "provence")
    choices = agent.search("Numéros à dissocier", "FPC367128")
    assert [choice["description"]["text"] for choice in choices] == [
        "FPC367128 · Licence full conferencing · PM128"
    ]


def test_nothing_chosen_is_told_under_the_field(stage: Stage) -> None:
    """For whoever gets past Slack's own check."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "provence")
    agent.submit(unchecked=True)
    assert "! Rien n’est sélectionné." in agent.screen


@pytest.mark.rule("R6")
def test_r6_a_number_that_left_meanwhile_is_shown_free(stage: Stage, services: Services) -> None:
    """Nothing is applied; what is there now is shown, and there is nothing left to confirm."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "FPC367128")
    agent.submit()
    dissociate(services, "04 91 00 00 06")
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert "Déjà libre (1)" in agent.screen


@pytest.mark.rule("R2")
def test_r2_a_suspended_service_keeps_its_numbers(stage: Stage, park: Database) -> None:
    """Told before anything is chosen."""
    suspend(park)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "provence")
    assert "est suspendu" in agent.screen


def test_the_shortcut_opens_the_procedure(stage: Stage) -> None:
    """As the command does."""
    agent = stage.actor(AGENT)
    agent.shortcut("dissocier_numero")
    assert "== Dissocier un numéro ==" in agent.screen
