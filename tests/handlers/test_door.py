"""Rule R14: what comes back from Slack too old, forged or without what it should have is told, no incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from handlers.acts import COMMAND_LIMIT
from handlers.requests import Request
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import holder_of, place_of
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database

pytestmark = pytest.mark.rule("R14")

STALE = "Cette action n’est plus disponible."
NO_IDS = ["0", "-1", "999999", "9" * 18, "9" * 19, "9" * 40, "1e3", "١", "fiche", "1 OR 1=1", ""]


def incidents(stage: Stage) -> float:
    """Count what nobody expected."""
    return stage.bot.registry.get_sample_value("metacentrex_incidents_total") or 0


@pytest.fixture
def agent(stage: Stage) -> Actor:
    """Put an agent in front of the licences of a service."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    return agent


def told(agent: Actor) -> str:
    """Read all that the agent has been told, wherever."""
    return plain("\n".join((agent.screen, agent.conversation(SUPPORT), agent.conversation(agent.direct))))


def send(agent: Actor, **changed: Any) -> None:
    """Send the last interaction again, some of it forged."""
    agent.repeat({**agent.last, **changed})


@pytest.mark.parametrize("value", NO_IDS)
def test_r14_a_choice_that_is_no_id_is_told(stage: Stage, agent: Actor, value: str) -> None:
    """Of a site, of a filter's site, of a service."""
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.modal.values["site"]["moving.site_search"]["selected_option"]["value"] = value  # type: ignore[union-attr]
    agent.submit()
    assert STALE in told(agent)
    agent.command(SUPPORT, "/licence-resilier")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.modal.values["service"]["service.search"]["selected_option"]["value"] = value  # type: ignore[union-attr]
    agent.submit()
    assert STALE in agent.screen
    assert incidents(stage) == 0


@pytest.mark.parametrize("value", NO_IDS)
def test_r14_a_box_that_is_no_id_is_told(stage: Stage, agent: Actor, value: str, park: Database) -> None:
    """Ticked, or shown."""
    agent.tick("FPC367128")
    view = agent.last["view"]
    for where in ("state", "blocks"):
        forged: Any = {**view, "state": {"values": {"boxes.0": {"moving.tick": {"selected_options": []}}}}}
        options = [{"value": value}]
        if where == "state":
            forged["state"]["values"]["boxes.0"]["moving.tick"]["selected_options"] = options
        else:
            element = {"type": "checkboxes", "action_id": "moving.tick", "options": options}
            forged["blocks"] = [{"type": "actions", "block_id": "boxes.0", "elements": [element]}]
        send(agent, view=forged)
    assert (incidents(stage), agent.troubles, place_of(park, "FPC367128")) == (0, [], "Siège Social")


@pytest.mark.parametrize("value", NO_IDS[2:])
@pytest.mark.parametrize(
    "action_id", ["moving.next", "terminating.terminate", "history.undo", "moving.again", "resume"]
)
def test_r14_a_button_that_names_nothing_is_told(
    stage: Stage, agent: Actor, action_id: str, value: str
) -> None:
    """A page, a type, an operation, a draft."""
    agent.tick("FPC367128")
    send(agent, actions=[{"type": "button", "action_id": action_id, "value": value}])
    assert (incidents(stage), agent.troubles) == (0, [])


@pytest.mark.parametrize("metadata", [None, "", "x" * 40_000, "0" * 32 + " <script>", "\x00" * 32])
def test_r14_a_view_that_names_no_draft_is_told(stage: Stage, agent: Actor, metadata: str | None) -> None:
    """Its metadata went, or is not ours."""
    agent.modal.content["private_metadata"] = metadata  # type: ignore[union-attr]
    agent.submit()
    assert STALE in agent.screen
    assert incidents(stage) == 0


def test_r14_a_click_of_a_view_that_comes_from_a_message_is_told(stage: Stage, agent: Actor) -> None:
    """There is no view to redraw."""
    agent.tick("FPC367128")
    payload = {key: value for key, value in agent.last.items() if key not in ("view", "container")}
    agent.repeat({**payload, "channel": {"id": SUPPORT}, "response_url": None})
    assert STALE in agent.conversation(agent.direct)
    assert incidents(stage) == 0


def test_r14_a_form_without_the_choice_that_it_needs_is_told(stage: Stage) -> None:
    """For whoever gets past Slack's own check."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    agent.submit(unchecked=True)
    assert STALE in agent.screen


def test_r14_too_long_a_command_is_told(stage: Stage) -> None:
    """To this person alone."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 " * (COMMAND_LIMIT // 10) + "FPC367128")
    assert "Ce texte dépasse 4 000 caractères." in plain(agent.conversation(SUPPORT))


def test_r14_too_long_a_search_finds_nothing(stage: Stage) -> None:
    """A list has no place for a sentence."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    assert agent.search("Service", "p" * (COMMAND_LIMIT + 1)) == []
    assert (incidents(stage), agent.troubles) == (0, [])


def test_r14_too_long_a_reason_is_told_wherever_the_click_was(agent: Actor) -> None:
    """Under its field when the form is sent; on top of it when another button is clicked."""
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.modal.values["reason"]["reason"]["value"] = "é" * 3_000  # type: ignore[union-attr]
    agent.submit(unchecked=True)
    assert "! Ce texte dépasse 255 caractères." in plain(agent.screen)
    agent.click("Revenir aux licences")
    assert "Ce texte dépasse 255 caractères." in plain(agent.screen)


def test_r14_a_modal_that_slack_does_not_stack_is_offered_as_a_button(stage: Stage, agent: Actor) -> None:
    """It opens the draft where it stands."""
    agent.tick("FPC367128")
    stage.api.fail("views.push", "error")
    agent.click("Filtrer")
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert "Votre sélection : 1 licence" in plain(agent.screen)


def test_r14_a_click_without_a_trigger_offers_a_button(stage: Stage) -> None:
    """Which brings one."""
    agent = stage.actor(AGENT)
    agent.shortcut("changer_adresse")
    agent.close()
    send(agent, trigger_id=None)
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert "== Changer l’adresse ==" in agent.screen


def test_r14_an_answer_that_has_no_place_comes_directly(stage: Stage) -> None:
    """The click in a message had no response URL."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    stage.api.fail("response_url", "error")
    agent.click("Abandonner", channel=SUPPORT)
    send(agent, response_url=None)
    assert agent.conversation(agent.direct).count("Abandonné.") == 2


def test_r14_a_confirmation_without_a_place_to_answer_is_done_all_the_same(
    stage: Stage, park: Database
) -> None:
    """The announcement says it."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    stage.api.fail("response_url", "error")
    agent.click("Valider", channel=SUPPORT)
    send(agent, response_url=None)
    assert (incidents(stage), agent.troubles) == (0, [])
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


def test_r14_what_fails_after_an_inline_commit_does_not_make_it_untold(
    stage: Stage, park: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The click is answered, the log has the error, and the announcement tells what was done."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-dissocier", "04 91 00 00 06")

    def fail(_: Request) -> None:
        raise RuntimeError

    monkeypatch.setattr(Request, "withdraw", fail)
    agent.click("Valider", channel=SUPPORT)
    stage.settle()
    assert (incidents(stage), agent.troubles, holder_of(park, "+33491000006")) == (1, [], None)
    assert "Dissociation : 1 numéro" in plain(agent.conversation(SUPPORT))


def test_r14_a_form_that_opens_at_the_bottom_has_nothing_below_it(stage: Stage) -> None:
    """A termination that was taken up again from the conversation says that it is done."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "FPC367126 FPC999999")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    agent.submit()
    assert "C’est fait" in agent.screen


def test_r14_a_site_for_a_form_that_slack_does_not_redraw_is_told_as_added(stage: Stage) -> None:
    """In its own modal; the form below takes the site at the next click."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.click("Ajouter un site")
    site = {"Nom du site": "Dépôt", "Adresse": "3 rue Neuve", "Code postal": "13003", "Ville": "Marseille"}
    for label, text in site.items():
        agent.type(label, text)
    stage.api.fail("views.update", "error")
    agent.submit()
    assert "Site ajouté : Dépôt" in plain(agent.screen)


def test_r14_a_dissociation_for_a_list_that_slack_does_not_redraw_is_told_as_done(
    stage: Stage, park: Database
) -> None:
    """In its own modal, above the list of types."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Dissocier un numéro", beside="Licence SVI")
    agent.submit()
    stage.api.fail("views.update", "error")
    agent.submit()
    assert "C’est fait" in agent.screen
    assert holder_of(park, "+33491000003") is None


def test_r14_a_termination_without_a_service_can_be_opened_again(stage: Stage) -> None:
    """It asks for the service."""
    agent = stage.actor(AGENT)
    stage.api.fail("views.open", "error")
    agent.command(SUPPORT, "/licence-resilier")
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "Service: […]" in agent.screen
