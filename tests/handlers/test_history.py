"""Taking an operation back from its message (R10)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.slack.screen import CantDo
from domain.values import Person
from tests.conftest import AGENT, COLLEAGUE, JOURNAL, SUPPORT
from tests.domain.acts import add_site, close_site, dissociate, holder_of, move, place_of, terminate, undo
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock

UNDO = "Annuler le changement"


@pytest.mark.rule("R10")
def test_r10_a_colleague_undoes_a_move_and_the_message_says_so(
    stage: Stage, services: Services, park: Database
) -> None:
    """What goes back is shown, confirmed and done; the button is gone, and a reply stands in the thread."""
    move(services, "FPC367128 FPC367129", "Entrepôt Nord")
    stage.settle()
    bruno = stage.actor(COLLEAGUE)
    bruno.click(UNDO, channel=SUPPORT)
    assert "FPC367128 · Licence full conferencing · PM128 : Entrepôt Nord → Siège Social" in plain(
        bruno.screen
    )
    bruno.submit()
    assert "Changement annulé : 2 licences sont revenues à leur ancienne adresse." in plain(bruno.screen)
    stage.settle()
    assert place_of(park, "FPC367128") == "Siège Social"
    original, reply = bruno.messages(SUPPORT)
    assert reply["thread_ts"] == original["ts"]
    said = plain(bruno.conversation(SUPPORT))
    assert f"Annulé par @{COLLEAGUE}, 23 nov. 2026 à 09:00 UTC" in said
    assert UNDO not in said


@pytest.mark.rule("R10")
def test_r10_lines_changed_since_are_named(stage: Stage, services: Services, park: Database) -> None:
    """Before the confirmation, and in the message afterwards."""
    move(services, "FPC367126 FPC367127 FPC367128", "Entrepôt Nord")
    terminate(services, "FPC367126")
    move(services, "FPC367127", "Siège Social")
    stage.settle()
    agent = stage.actor(AGENT)
    message = agent.messages(SUPPORT)[0]
    agent.click(UNDO, channel=SUPPORT, ts=message["ts"])
    screen = plain(agent.screen)
    assert "À rétablir (1)" in screen
    assert "Laissées en l’état (2)" in screen
    assert "FPC367126 · Licence full · PM126 : licence résiliée" in screen
    assert "FPC367127 · Licence fax entreprise · PM127 : a changé depuis" in screen
    agent.submit()
    stage.settle()
    said = plain(agent.conversation(SUPPORT))
    assert "Laissées en l’état (2)FPC367126 · Licence full · PM126" in said.replace("\n", "").replace(
        "• ", ""
    )
    assert "Annulé en partie (1 sur 3) par" in said
    assert place_of(park, "FPC367128") == "Siège Social"


@pytest.mark.rule("R10")
def test_r10_an_undone_dissociation_is_told_by_number(
    stage: Stage, services: Services, park: Database
) -> None:
    """The number returns to its licence."""
    dissociate(services, "04 91 00 00 06")
    stage.settle()
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    assert "04 91 00 00 06 revient à FPC367128" in plain(agent.screen)
    agent.submit()
    stage.settle()
    assert "04 91 00 00 06 revient à FPC367128 · Licence full conferencing" in plain(
        agent.conversation(SUPPORT)
    )
    assert holder_of(park, "+33491000006") == "FPC367128"


@pytest.mark.rule("R10")
def test_r10_a_number_that_cannot_return_is_named(stage: Stage, services: Services) -> None:
    """Its licence has ended: there is nothing to confirm."""
    dissociate(services, "04 91 00 00 06")
    terminate(services, "FPC367128")
    stage.settle()
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    assert "04 91 00 00 06 : licence résiliée" in plain(agent.screen)
    with pytest.raises(CantDo):
        agent.submit()


@pytest.mark.rule("R10")
@pytest.mark.rule("R14")
def test_r10_a_second_undo_is_told_who_was_first(stage: Stage, services: Services) -> None:
    """Whether the view was open already, or the button stale."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent, bruno = stage.actor(AGENT), stage.actor(COLLEAGUE)
    for person in (agent, bruno):
        person.click(UNDO, channel=SUPPORT)
    stale = dict(agent.last)
    bruno.submit()
    agent.submit()
    assert f"Ce changement a déjà été annulé par @{COLLEAGUE}, 23 nov." in agent.screen
    agent.close()
    stale["trigger_id"] = stage.workspace.triggers.give(AGENT)
    agent.repeat(stale)
    assert f"Ce changement a déjà été annulé par @{COLLEAGUE}, 23 nov." in agent.screen
    assert services.operations.read(recorded.id).undone is not None


@pytest.mark.rule("R6")
def test_r6_an_undo_that_is_out_of_date_is_shown_anew(stage: Stage, services: Services) -> None:
    """The old site closed while the person read."""
    move(services, "FPC367127 FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    move(services, "FPC367127", "Siège Social")
    agent.submit()
    assert "Le parc a changé depuis l’affichage." in agent.screen
    assert "À rétablir (1)" in plain(agent.screen)


@pytest.mark.rule("R10")
def test_r10_an_undo_that_comes_too_late_is_told(stage: Stage, services: Services, clock: Clock) -> None:
    """After UNDO_HOURS."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    clock.pass_(hours=25)
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    assert "Le délai d’annulation de 24 heures est dépassé." in plain(agent.conversation(SUPPORT))
    stage.settle()
    assert UNDO not in agent.conversation(SUPPORT)


@pytest.mark.rule("R10")
def test_r10_an_undo_that_is_confirmed_too_late_is_told(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """What counts is the moment of the confirmation, not that of the window."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    clock.pass_(hours=23)
    agent.click(UNDO, channel=SUPPORT)
    clock.pass_(hours=2)
    agent.submit()
    assert "Le délai d’annulation de 24 heures est dépassé." in plain(agent.screen)


@pytest.mark.rule("R10")
def test_r10_an_undo_taken_up_after_somebody_else_s_says_whose_it_was(
    stage: Stage, services: Services
) -> None:
    """Slack did not open the window at once, and a colleague was quicker."""
    moved = move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    stage.api.fail("views.open", "error")
    agent.click(UNDO, channel=SUPPORT)
    undo(services, moved, Person(COLLEAGUE))
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert f"Ce changement a déjà été annulé par @{COLLEAGUE}" in plain(agent.screen)


@pytest.mark.rule("R10")
def test_r10_the_undo_goes_from_the_message_when_its_time_is_over(
    perform: Callable[..., Stage], services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a click, in the journal too, and nothing else of the message changes."""
    monkeypatch.setattr("bot.delivery.SWEEP", 0)
    stage = perform(journal_channel="C0JOURNAL")
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    before = agent.conversation(SUPPORT)
    clock.pass_(hours=24)
    stage.bot.delivery.wake()
    stage.settle()
    assert agent.conversation(SUPPORT) == before
    clock.pass_(seconds=1)
    end = time.monotonic() + 20
    while any(UNDO in agent.conversation(each) for each in (SUPPORT, JOURNAL)) and time.monotonic() < end:
        stage.bot.delivery.wake()
        time.sleep(0.01)
    assert agent.conversation(SUPPORT) == before.replace(f"[{UNDO}]", "").rstrip()
    assert UNDO not in agent.conversation(JOURNAL)


@pytest.mark.rule("R14")
def test_r14_an_undo_of_what_was_never_done_is_told(stage: Stage, services: Services) -> None:
    """By a forged button."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    _, element, _ = agent.find_button(UNDO, "", SUPPORT, None)
    element["value"] = "f" * 32
    agent.click(UNDO, channel=SUPPORT)
    assert "Cette opération est introuvable." in agent.conversation(SUPPORT)


@pytest.mark.rule("R10")
@pytest.mark.rule("R14")
def test_r10_a_click_on_an_undo_of_which_nothing_is_left_is_answered_and_takes_it_away(
    stage: Stage, services: Services
) -> None:
    """Every line has changed since."""
    move(services, "FPC367126 FPC367127", "Entrepôt Nord")
    terminate(services, "FPC367126")
    move(services, "FPC367127", "Siège Social")
    stage.settle()
    agent = stage.actor(AGENT)
    message = agent.messages(SUPPORT)[0]
    agent.click(UNDO, channel=SUPPORT, ts=message["ts"])
    screen = plain(agent.screen)
    assert "Rien de ce changement ne peut être annulé." in screen
    assert "Laissées en l’état (2)" in screen
    assert "À rétablir" not in screen
    stage.settle()
    assert UNDO not in str(agent.messages(SUPPORT)[0]["blocks"])


@pytest.mark.rule("R10")
def test_r10_a_closed_site_is_named(stage: Stage, services: Services, park: Database) -> None:
    """Nothing goes back to it; but it may open again, and the button stays."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    close_site(park, "Siège Social")
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    assert "FPC367128 · Licence full conferencing · PM128 : ancien site fermé" in plain(agent.screen)
    stage.settle()
    assert UNDO in agent.conversation(SUPPORT)


def test_the_undo_of_a_long_list_has_its_file(stage: Stage, services: Services) -> None:
    """In the thread of the operation that it undid, with what was left."""
    references = " ".join(f"FPC{400000 + i}" for i in range(12))
    move(services, references, "Pavillon H")
    terminate_one = dissociate(services, "04 72 10 00 00")
    assert terminate_one.count == 1
    terminate(services, "FPC400000")
    stage.settle()
    agent = stage.actor(AGENT)
    message = agent.messages(SUPPORT)[0]
    agent.click(UNDO, channel=SUPPORT, ts=message["ts"])
    agent.submit()
    stage.settle()
    shares = [each for each in agent.messages(SUPPORT) if "files" in each]
    assert [each["thread_ts"] for each in shares] == [message["ts"]] * 2
    (file,) = shares[-1]["files"]
    assert "FPC400000;" in file["content"]
    assert "laissé en l’état" in file["content"]


@pytest.mark.rule("R10")
def test_r10_many_lines_that_stay_are_named_in_a_file(stage: Stage, services: Services) -> None:
    """Even if few go back."""
    references = [f"FPC{400000 + i}" for i in range(12)]
    recorded = move(services, " ".join(references), "Pavillon H")
    move(services, " ".join(references[1:]), "Pavillon G")
    undo(services, recorded)
    stage.settle()
    contents = [file["content"] for file in stage.workspace.files.values() if file["channel"] == SUPPORT]
    assert contents[-1].count("laissé en l’état") == 11


def test_undo_works_in_the_direct_message(stage: Stage) -> None:
    """Where the confirmation of a shortcut stands."""
    agent = stage.actor(AGENT)
    agent.shortcut("changer_adresse")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.submit()
    agent.close()
    stage.settle()
    agent.click(UNDO, channel=agent.direct)
    agent.submit()
    stage.settle()
    original, reply = agent.messages(agent.direct)
    assert reply["thread_ts"] == original["ts"]


def test_the_journals_copy_is_brought_up_to_date_too(
    perform: Callable[..., Stage], services: Services
) -> None:
    """Whoever reads the journal sees what was undone."""
    stage = perform(journal_channel="C0JOURNAL")
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    agent.click(UNDO, channel=SUPPORT)
    agent.submit()
    stage.settle()
    assert "Annulé par" in agent.conversation("C0JOURNAL")
    assert agent.messages("C0JOURNAL")[1]["thread_ts"] == agent.messages("C0JOURNAL")[0]["ts"]


def test_the_file_of_a_termination_says_what_became_of_each_licence(stage: Stage, services: Services) -> None:
    """In the words of the screen."""
    free = [f"FPC400{i:02}3" for i in range(12)]
    terminate(services, " ".join(free))
    stage.settle()
    (content, *_) = [file["content"] for file in stage.workspace.files.values()]
    assert content.count(";Actif;Résilié;fait") == len(free)


@pytest.mark.rule("R13")
@pytest.mark.parametrize("label", ["terminated", "active", "libre"])
def test_r13_a_site_is_announced_by_its_name_whatever_it_is(
    stage: Stage, services: Services, label: str
) -> None:
    """Also one whose name is the program's word for a state; and so in the undo."""
    add_site(services, 1, label)
    undo(services, move(services, "FPC367128", label))
    stage.settle()
    said = plain(stage.actor(AGENT).conversation(SUPPORT))
    assert f"Siège Social → {label} : 1" in said
    assert f"{label} → Siège Social : 1" in said
