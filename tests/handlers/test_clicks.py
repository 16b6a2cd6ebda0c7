"""Rules R11, R13 and R14: who may act, what text can't do, and that every click is answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bot.sandbox.slack.transports import SignedHttp
from domain.errors import ParkUnavailable
from tests.conftest import AGENT, COLLEAGUE, STRANGER, SUPPORT
from tests.domain.acts import move, place_of
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock

COMMANDS = ["/licence-site", "/licence-resilier", "/licence-dissocier", "/site-ajouter", "/licence-aide"]
NO_ACCESS = "Vous n’avez pas accès à cet outil."


@pytest.mark.rule("R11")
@pytest.mark.parametrize("command", COMMANDS)
def test_r11_a_stranger_learns_nothing_from_a_command(stage: Stage, command: str) -> None:
    """Not even whether what they name exists."""
    stranger = stage.actor(STRANGER)
    stranger.command(SUPPORT, command, "FPC367128")
    assert stranger.modal is None
    assert stranger.conversation(SUPPORT).startswith(NO_ACCESS)
    assert "MCX" not in stranger.conversation(SUPPORT)


@pytest.mark.rule("R11")
@pytest.mark.parametrize("shortcut", ["changer_adresse", "resilier_licence", "dissocier_numero"])
def test_r11_a_stranger_gets_no_further_with_a_shortcut(stage: Stage, shortcut: str) -> None:
    """A modal says so."""
    stranger = stage.actor(STRANGER)
    stranger.shortcut(shortcut)
    assert NO_ACCESS in stranger.screen


@pytest.mark.rule("R11")
def test_r11_a_strangers_home_tab_is_closed(stage: Stage) -> None:
    """No action is offered."""
    stranger = stage.actor(STRANGER)
    stranger.open_home()
    assert stranger.home.startswith(NO_ACCESS)
    assert "[" not in stranger.home


def lose_access(stage: Stage, person: str) -> None:
    """Take a person off the list, as a new configuration does."""
    stage.bot.access._users -= {person}


def at_confirmation(stage: Stage) -> Actor:
    """Go as far as the plan of a move."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    return agent


@pytest.mark.rule("R11")
def test_r11_access_is_checked_at_the_confirmation_too(stage: Stage, park: Database) -> None:
    """Whoever lost it on the way changes nothing."""
    agent = at_confirmation(stage)
    lose_access(stage, AGENT)
    agent.submit()
    assert NO_ACCESS in agent.screen
    assert place_of(park, "FPC367128") == "Siège Social"


@pytest.mark.rule("R11")
def test_r11_access_is_checked_at_every_click_and_search(stage: Stage) -> None:
    """In a modal, in its lists, and on a message."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.command(SUPPORT, "/licence-site")
    lose_access(stage, AGENT)
    assert agent.search("Service", "provence") == []
    agent.click("Valider", channel=SUPPORT)
    assert agent.conversation(SUPPORT).endswith("Demandez l’accès à votre responsable.")


@pytest.mark.rule("R11")
def test_r11_a_home_button_is_checked(stage: Stage) -> None:
    """The tab may have been open for days."""
    agent = stage.actor(AGENT)
    agent.open_home()
    lose_access(stage, AGENT)
    agent.click("Changer l’adresse")
    assert NO_ACCESS in agent.screen


@pytest.mark.rule("R11")
def test_r11_another_persons_draft_is_refused(stage: Stage, park: Database) -> None:
    """A forged payload that names somebody else's draft changes nothing."""
    agent = at_confirmation(stage)
    forged = {**agent.last, "user": {**agent.last["user"], "id": COLLEAGUE}, "view": agent.modal.payload}  # type: ignore[union-attr]
    answer = stage.actor(COLLEAGUE).repeat(forged)
    assert "appartient à une autre personne" in str(answer.body)
    assert place_of(park, "FPC367128") == "Siège Social"


HOSTILE = "L'Étoile & <Fils> *SARL* @channel"


@pytest.mark.rule("R13")
def test_r13_hostile_names_are_shown_as_they_are(stage: Stage) -> None:
    """In modals nothing of them is markup; in a message's text it is escaped."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "etoile")
    assert HOSTILE in agent.screen
    agent.tick("FPC370000")
    agent.submit()
    agent.choose("Site", "Site _très_", query="long")
    agent.type("Motif", "<!channel> *gras* & <https://exemple.invalid|lien>")
    agent.submit()
    agent.submit()
    stage.settle()
    message = agent.messages(SUPPORT)[-1]
    assert HOSTILE in agent.conversation(SUPPORT)
    assert "&lt;Fils&gt;" in message["text"]
    assert "<Fils>" not in message["text"]
    for text in _markup(message["blocks"]):
        assert "Fils" not in text
        assert "gras" not in text


def _markup(node: Any) -> list[str]:
    """Find every text that Slack would read as markup."""
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == "mrkdwn" else []
        return own + [text for value in node.values() for text in _markup(value)]
    return [text for value in node for text in _markup(value)] if isinstance(node, list) else []


@pytest.mark.rule("R13")
def test_r13_a_hostile_search_is_quoted_as_text(stage: Stage) -> None:
    """What a person types can't call the channel."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers <!here>")
    message = agent.messages(SUPPORT)[-1]
    assert "« <!here> »" in plain(agent.conversation(SUPPORT))
    assert "<!here>" not in message["text"]


@pytest.mark.rule("R14")
def test_r14_a_click_that_nobody_knows_is_answered(stage: Stage) -> None:
    """A button of an older version of the bot."""
    agent = stage.actor(AGENT)
    agent.open_home()
    agent.workspace.homes[AGENT].content["blocks"][2]["elements"][0]["action_id"] = "retired"
    agent.click("Changer l’adresse")
    assert "Cette action n’est plus disponible." in agent.screen


@pytest.mark.rule("R14")
def test_r14_an_unknown_command_shortcut_and_view_are_answered(stage: Stage) -> None:
    """Whatever is installed in Slack and not served here."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-inconnue")
    assert "Cette action n’est plus disponible." in agent.conversation(SUPPORT)
    agent.shortcut("inconnu")
    assert "Cette action n’est plus disponible." in agent.screen
    agent.close()
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.modal.content["callback_id"] = "retired"  # type: ignore[union-attr]
    agent.submit()
    assert "Cette action n’est plus disponible." in agent.screen


@pytest.mark.rule("R14")
def test_r14_an_expired_draft_is_told(stage: Stage, clock: Clock, services: Services) -> None:
    """A modal that stayed open over night."""
    agent = at_confirmation(stage)
    clock.pass_(hours=13)
    services.drafts.sweep()
    agent.submit()
    assert "Cette saisie a expiré. Relancez la commande." in agent.screen


@pytest.mark.rule("R14")
def test_r14_a_refusal_has_room_even_on_the_highest_stack(
    stage: Stage, clock: Clock, services: Services
) -> None:
    """With three modals open the top one makes place."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Résilier", beside="Licence full ")
    clock.pass_(hours=13)
    services.drafts.sweep()
    agent.submit()
    assert len(stage.workspace.stacks[AGENT]) == 3
    with_three = stage.workspace.stacks[AGENT][-1]
    agent.workspace.fill(with_three, {**stage.workspace.stacks[AGENT][1].content})
    agent.submit()
    assert len(stage.workspace.stacks[AGENT]) == 3
    assert "Cette saisie a expiré." in agent.screen


@pytest.mark.rule("R14")
def test_r14_a_click_on_the_highest_stack_is_refused_in_its_place(stage: Stage) -> None:
    """There is no room for a fourth modal."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    for _ in range(2):
        stage.workspace.stack(AGENT, stage.workspace.stacks[AGENT][0].content)
    lose_access(stage, AGENT)
    agent.click("Filtrer")
    assert NO_ACCESS in agent.screen


@pytest.mark.rule("R11")
def test_r11_a_stranger_who_closes_a_modal_is_not_bothered(stage: Stage) -> None:
    """There is nothing left to refuse."""
    agent = at_confirmation(stage)
    agent.modal.content["notify_on_close"] = True  # type: ignore[union-attr]
    lose_access(stage, AGENT)
    agent.close()
    assert agent.troubles == []


@pytest.mark.rule("R14")
def test_r14_a_closed_modal_is_acknowledged(stage: Stage) -> None:
    """Nothing is left to say."""
    agent = at_confirmation(stage)
    agent.modal.content["notify_on_close"] = True  # type: ignore[union-attr]
    agent.close()
    assert agent.troubles == []


@pytest.mark.rule("R14")
def test_r14_an_unexpected_error_has_a_number(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person can name it, and the log has it."""
    agent = at_confirmation(stage)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("domain.orders.Orders.confirm", fail)
    agent.submit()
    assert "signalez l’incident" in agent.screen


@pytest.mark.rule("R14")
def test_r14_a_park_that_is_away_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was changed, and trying again may work."""
    agent = at_confirmation(stage)

    def fail(*_: object, **__: object) -> None:
        raise ParkUnavailable

    monkeypatch.setattr("domain.orders.Orders.confirm", fail)
    agent.submit()
    assert "Le parc est momentanément indisponible." in agent.screen


@pytest.mark.rule("R14")
@pytest.mark.parametrize("fault", ["ratelimited", "error", "silence"])
def test_r14_a_modal_that_slack_does_not_open_is_offered_as_a_button(
    perform: Callable[..., Stage], fault: str
) -> None:
    """The button brings a fresh trigger and what was found."""
    stage = perform(wait=2)
    agent = stage.actor(AGENT)
    stage.api.fail("views.open", fault)
    agent.command(SUPPORT, "/licence-site", "provence")
    assert "Slack n’a pas pu afficher la fenêtre. Rien n’est perdu" in agent.conversation(SUPPORT)
    agent.click("Ouvrir le formulaire", channel=SUPPORT)
    assert "MCX-13001-01" in agent.screen


@pytest.mark.rule("R14")
def test_r14_an_expired_trigger_is_offered_as_a_button(stage: Stage) -> None:
    """A slow start costs one click more, not the work."""
    agent = stage.actor(AGENT)
    stage.workspace.triggers.stale = 1
    agent.shortcut("changer_adresse")
    assert "Rien n’est perdu" in agent.conversation(agent.direct)
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert "== Changer l’adresse ==" in agent.screen


@pytest.mark.rule("R14")
def test_r14_a_view_that_slack_does_not_redraw_is_offered_as_a_button(stage: Stage) -> None:
    """What was ticked is kept."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    stage.api.fail("views.update", "error")
    agent.tick("FPC367128")
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert "Votre sélection : 1 licence" in plain(agent.screen)


@pytest.mark.rule("R14")
def test_r14_a_refusal_finds_its_way_when_slack_fails(stage: Stage) -> None:
    """By direct message, when the modal can't be shown."""
    stranger = stage.actor(STRANGER)
    stage.api.fail("views.open", "error")
    stranger.shortcut("changer_adresse")
    assert NO_ACCESS in stranger.conversation(stranger.direct)


@pytest.mark.rule("R14")
def test_r14_an_answer_that_slack_no_longer_takes_comes_directly(stage: Stage) -> None:
    """The response URL was used up: what was done is told all the same."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    stage.api.fail("response_url", "error")
    agent.click("Abandonner", channel=SUPPORT)
    assert "Abandonné. Ce qui était proposé ici n’a pas été fait." in agent.conversation(agent.direct)


@pytest.mark.rule("R14")
def test_r14_when_slack_takes_nothing_at_all_its_own_sign_says_so(stage: Stage) -> None:
    """The request is answered with a failure, which Slack shows."""
    agent = stage.actor(AGENT)
    stage.api.fail("*", "error", times=9)
    agent.shortcut("changer_adresse")
    assert agent.troubles == ["dispatch_failed"]
    agent.open_home()
    assert agent.troubles == ["dispatch_failed"]


def test_a_view_closed_meanwhile_does_not_stop_the_work(stage: Stage) -> None:
    """The click that was under way is kept, and nobody is bothered."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.tick("FPC367128")
    payload = {**agent.last}
    agent.close()
    agent.repeat(payload)
    assert (agent.troubles, agent.screen) == ([], "")


def test_two_quick_clicks_draw_what_there_is_in_the_end(stage: Stage) -> None:
    """The second update meets a newer view, and draws from the database."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.tick("FPC367128")
    late = dict(agent.last)
    agent.tick("FPC367129")
    agent.click("Tout sélectionner")
    agent.repeat({**late, "actions": [{**late["actions"][0], "action_id": "moving.untick_all"}]})
    assert "0 licence cochée sur 8" in plain(agent.screen)


@pytest.mark.rule("R14")
def test_r14_forged_and_old_requests_change_nothing(stage: Stage) -> None:
    """A wrong signature or a timestamp of yesterday is refused."""
    transport = stage.workspace.transport
    assert isinstance(transport, SignedHttp)
    body = urlencode({"command": "/licence-aide", "user_id": AGENT, "team_id": "T", "channel_id": SUPPORT})
    forger = SignedHttp(transport.url.geturl(), "another secret", 30)
    form = "application/x-www-form-urlencoded"
    assert forger.post(body, form).status == 401
    assert transport.post(body, form, timestamp=int(time.time()) - 86_400).status == 401
    assert transport.post(body, form).status == 200


def test_the_home_tab_offers_the_four_actions(stage: Stage) -> None:
    """Each opens its procedure, announced to the person."""
    agent = stage.actor(AGENT)
    for text, title in {
        "Changer l’adresse": "Changer l’adresse",
        "Résilier une licence": "Résilier une licence",
        "Dissocier un numéro": "Dissocier un numéro",
        "Ajouter un site": "Ajouter un site",
    }.items():
        agent.open_home()
        agent.click(text)
        assert f"== {title} ==" in agent.screen
        agent.close()


def test_the_messages_tab_publishes_nothing(stage: Stage) -> None:
    """`app_home_opened` comes for each tab."""
    agent = stage.actor(AGENT)
    agent.open_home("messages")
    assert agent.home == ""


def test_the_help_names_each_command(stage: Stage) -> None:
    """And nothing that is not served yet."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    said = agent.conversation(SUPPORT)
    assert all(command in said for command in COMMANDS)
    assert "/licence-historique" not in said


def test_a_form_can_be_opened_again_for_every_procedure(stage: Stage) -> None:
    """Wherever its draft stands."""
    agent = stage.actor(AGENT)
    for command, text, screen in (
        ("/licence-site", "", "Service: […]"),
        ("/licence-site", "provence", "0 licence cochée sur 8"),
        ("/licence-resilier", "provence", "Nombre de licences"),
        ("/licence-dissocier", "provence", "Numéros à dissocier"),
        ("/site-ajouter", "provence", "Client: Provence Matériaux"),
    ):
        stage.api.fail("views.open", "error")
        agent.command(SUPPORT, command, text)
        agent.click("Ouvrir le formulaire", channel=SUPPORT)
        assert screen in plain(agent.screen)
        agent.close()


def test_an_undo_can_be_opened_again(stage: Stage, services: Services) -> None:
    """Its draft stands at the plan."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    agent = stage.actor(AGENT)
    stage.api.fail("views.open", "error")
    agent.click("Annuler le changement", channel=SUPPORT)
    agent.click("Ouvrir le formulaire", channel=agent.direct)
    assert "À rétablir (1)" in plain(agent.screen)


def test_a_stage_can_be_put_on_with_groups(perform: Callable[..., Stage]) -> None:
    """Access through a user group."""
    stage = perform(access_users="", access_usergroups="S0SUPPORT")
    stage.workspace.usergroups["S0SUPPORT"] = [AGENT]
    stage.bot.access.refresh()
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    assert "Les commandes" in agent.conversation(SUPPORT)


@pytest.mark.rule("R11")
def test_r11_nobody_passes_while_slack_does_not_tell_the_groups(perform: Callable[..., Stage]) -> None:
    """And is told so."""
    stage = perform(access_users="", access_usergroups="S0SUPPORT", pace=0)
    stage.bot.access._told_at = None
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    assert "Slack n’indique plus qui a accès à cet outil." in agent.conversation(SUPPORT)
