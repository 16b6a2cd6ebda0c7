"""Every text that a person can enter: tidied or told, alike on either database, and never an incident (R14)."""

from __future__ import annotations

import contextlib
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sandbox.slack.screen import CantDo
from handlers.payloads import LONGEST
from tests.conftest import AGENT, KINDS, SUPPORT, close_stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.slack.actor import Actor
    from tests.conftest import Clock, Databases

pytestmark = pytest.mark.rule("R14")

TEXTS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z", "C"])
    | st.sampled_from(" 0491+-%_\\'\";,/.<>&|vetFPC\x00\x1b\u202e\u200b\ufeff\ufffd\u0130ß㎢ﷺ"),
    max_size=40,
)


def enter(agent: Actor, label: str, text: str) -> None:
    """Enter what Slack's own interface would not let in."""
    block, element = agent.find_input(label)
    agent.value_of(block, element)["value"] = text


def answer(agent: Actor, label: str) -> str:
    """Read the screen without what the person entered themselves."""
    with contextlib.suppress(CantDo):  # the form gave way to what comes next
        enter(agent, label, "")
    return agent.screen


def command(name: str, before: str = "") -> Callable[[Actor, str], str]:
    """Type a command."""

    def act(agent: Actor, text: str) -> str:
        agent.command(SUPPORT, name, (before + text)[:LONGEST])
        return agent.screen or "\n".join(
            f"{each['text']} {[block['type'] for block in each['blocks']]}"
            for each in agent.messages(SUPPORT)
            if each["only_for"]
        )

    return act


def search(label: str, *steps: Callable[[Actor], object]) -> Callable[[Actor, str], str]:
    """Type into a searchable list."""

    def act(agent: Actor, text: str) -> str:
        for step in steps:
            step(agent)
        return "\n".join(sorted(option["text"]["text"] for option in agent.search(label, text)))

    return act


def reason(agent: Actor, text: str) -> str:
    """Say why, and see it in the plan."""
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    enter(agent, "Motif", text)
    agent.submit(unchecked=True)
    return answer(agent, "Motif")


def reason_kept(agent: Actor, text: str) -> str:
    """Say why, then go back to the licences."""
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    enter(agent, "Motif", text)
    agent.click("Revenir aux licences")
    return agent.screen


def filtered(label: str) -> Callable[[Actor, str], str]:
    """Filter the licences."""

    def act(agent: Actor, text: str) -> str:
        to_filters(agent)
        enter(agent, label, text)
        agent.submit(unchecked=True)
        return answer(agent, label)

    return act


def site(label: str) -> Callable[[Actor, str], str]:
    """Describe a site of a name that is taken, or at an address that is: it is kept in the draft, not added."""

    def act(agent: Actor, text: str) -> str:
        agent.command(SUPPORT, "/site-ajouter", "provence")
        form = {"Nom du site": "Siège Social", "Adresse": "45 chemin du littoral", "Code postal": "13015"}
        if label == "Nom du site":
            form[label] = "Dépôt"
        for name, entry in {**form, "Ville": "Marseille", label: text}.items():
            enter(agent, name, entry)
        agent.submit(unchecked=True)
        return answer(agent, label)

    return act


def quantity(agent: Actor, text: str) -> str:
    """Say how many."""
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    enter(agent, "Quantité à résilier", text)
    agent.submit(unchecked=True)
    return answer(agent, "Quantité à résilier")


def to_filters(agent: Actor) -> None:
    """Open the filters."""
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.click("Filtrer")


def to_site(agent: Actor) -> None:
    """Go as far as the choice of a site."""
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()


ENTRIES: dict[str, Callable[[Actor, str], str]] = {
    **{
        name: command(name)
        for name in (
            "/licence-site",
            "/licence-resilier",
            "/licence-dissocier",
            "/site-ajouter",
            "/licence-aide",
        )
    },
    "/licence-site vers": command("/licence-site", "FPC367128 vers "),
    "Service": search("Service", lambda agent: agent.command(SUPPORT, "/licence-site")),
    "Client": search("Client", lambda agent: agent.command(SUPPORT, "/site-ajouter")),
    "Site": search("Site", to_site),
    "Numéros": search(
        "Numéros à dissocier", lambda agent: agent.command(SUPPORT, "/licence-dissocier", "provence")
    ),
    "filter by site": search("Site", to_filters),
    "filter by restriction": search("Restrictions d'appels sortants", to_filters),
    "Motif": reason,
    "Motif, going back": reason_kept,
    "Quantité": quantity,
    **{
        f"filter {label}": filtered(label)
        for label in (
            "SDA",
            "Réf. accountcode",
            "Réf. fiche produit contractée",
            "Numéro d'urgence",
            "Numéro Fax2Mail",
        )
    },
    **{
        f"site {label}": site(label)
        for label in ("Nom du site", "Adresse", "Code postal", "Ville", "Téléphone")
    },
}


@pytest.fixture
def people(databases: Databases, clock: Clock) -> Iterator[list[Actor]]:
    """Put the same person in front of the bot on either database."""
    stages = [open_stage(databases.new(kind, "park"), clock) for kind in KINDS]
    yield [stage.actor(AGENT) for stage in stages]
    for stage in stages:
        assert not stage.bot.registry.get_sample_value("metacentrex_incidents_total")
        close_stage(stage)


@pytest.mark.parametrize("entry", ENTRIES)
@settings(max_examples=12)
@given(text=TEXTS)
@example(text="\u202eedrauG\u202c \u2066x\u2069")
@example(text="a\u200bb\u200dc\ufeff\u00ad")
@example(text="\x1b[2J\x1b]0;x\x07")
@example(text="a\x00b")
@example(text="\x00" * 50)
@example(text="é" * 3_000)
@example(text="🅭" * 4_000)
@example(text="mot " * 10_000)
@example(text="0" * 40_000)
@example(text="%_\\" * 100)
def test_r14_whatever_is_entered_is_tidied_or_told_alike_on_either_database(
    people: list[Actor], entry: str, text: str
) -> None:
    """Bidi, zero widths, escapes, NUL, 40 000 characters: no control is shown, and nothing fails."""
    told = []
    for agent in people:
        agent.workspace.clear()
        agent.troubles.clear()
        told.append(ENTRIES[entry](agent, text))
        assert agent.troubles == []
        assert agent.workspace.violations == []
    assert told[0] == told[1]
    assert not [each for each in told[0] if each != "\n" and unicodedata.category(each)[0] == "C"]
