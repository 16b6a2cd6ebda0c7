"""A person goes through the procedure that the recipe has added; run by test_recipe.py in a copy with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from domain.tables import Licence
from tests.conftest import AGENT, SUPPORT

if TYPE_CHECKING:
    from bot.sandbox.stage import Stage
    from domain.database import Database


def code_of(park: Database, reference: str) -> str | None:
    """Tell the accountcode of a licence."""
    with park.reading() as session:
        return session.scalars(select(Licence.accountcode).where(Licence.reference == reference)).one()


def test_it_is_done_told_and_taken_back_through_slack(stage: Stage, park: Database) -> None:
    """From the command to the undo, with what stands in the conversation in between."""
    agent = stage.actor(AGENT)
    before = code_of(park, "FPC367128")
    agent.command(SUPPORT, "/licence-accountcode", "FPC367128")
    agent.type("Réf. accountcode", "NEUF")
    agent.submit()
    assert "À changer (1)" in agent.screen
    agent.submit()
    assert "C’est fait" in agent.screen
    assert code_of(park, "FPC367128") == "NEUF"
    agent.close()
    stage.settle()
    assert "Accountcode changé" in agent.conversation(SUPPORT)
    assert f"{before} → NEUF" in agent.conversation(SUPPORT)
    agent.click("Annuler le changement", channel=SUPPORT)
    assert f"NEUF → {before}" in agent.screen
    agent.submit()
    assert code_of(park, "FPC367128") == before
    stage.settle()
    assert "Changement annulé" in agent.conversation(SUPPORT)


def test_it_has_its_place_on_the_home_tab_and_in_the_help(stage: Stage) -> None:
    """Neither had to be told of it."""
    agent = stage.actor(AGENT)
    agent.open_home()
    assert "[Changer l’accountcode]" in agent.home
    agent.command(SUPPORT, "/licence-aide")
    assert "/licence-accountcode" in agent.conversation(SUPPORT)


def test_r6_what_has_changed_meanwhile_is_shown_anew(stage: Stage, park: Database) -> None:
    """The driver holds the rules for it as for the others."""
    agent, colleague = stage.actor(AGENT), stage.actor("U0BRUNO")
    for person, code in ((agent, "UN"), (colleague, "DEUX")):
        person.command(SUPPORT, "/licence-accountcode", "FPC367128")
        person.type("Réf. accountcode", code)
        person.submit()
    colleague.submit()
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert code_of(park, "FPC367128") == "DEUX"
