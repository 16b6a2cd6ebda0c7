"""Slack's client in the simulator: what it makes of an app's answers, and what it can't be made to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.slack.actor import Actor
from bot.sandbox.slack.inputs import has_state, without_initial
from bot.sandbox.slack.objects import Answer, Refused
from bot.sandbox.slack.screen import CantDo
from bot.sandbox.stage import open_workspace
from tests.bot.test_workspace import BUTTON, FIELD, INPUT, SECTION, actions, modal, options, select, text

if TYPE_CHECKING:
    from collections.abc import Iterator


Json = dict[str, Any]
OK = text("ok")


class Speaker:
    """An app that gives one answer to everything, after what `meanwhile` does."""

    def __init__(self, body: Any = None) -> None:
        self.body = body
        self.payloads: list[Json] = []

    def send(self, kind: str, payload: Json) -> Answer:
        """Answer a request."""
        assert kind in ("command", "interaction", "event")
        self.payloads.append(payload)
        return Answer(200, self.body)


@pytest.fixture
def anna() -> Iterator[Actor]:
    """Give a person in a workspace."""
    workspace, api, _ = open_workspace()
    workspace.add_person("U1", "Anna")
    workspace.add_channel("C1", "support")
    yield Actor(workspace, "U1")
    api.stop()


def hears(anna: Actor, body: Any) -> Speaker:
    """Let the app answer so from now on."""
    anna.workspace.transport = speaker = Speaker(body)
    return speaker


def sees(anna: Actor, *blocks: Json, **values: Any) -> None:
    """Open a modal in front of a person, as the app does."""
    trigger = anna.workspace.triggers.give(anna.id)
    anna.workspace.open_view({"trigger_id": trigger, "view": modal(*blocks, **values)})


def test_a_command_may_be_answered_with_words_alone(anna: Actor) -> None:
    """Slack shows a body that is no JSON to the person who typed."""
    hears(anna, "Bonjour")
    anna.command("C1", "/bonjour")
    assert [(each["text"], each["only_for"]) for each in anna.messages("C1")] == [("Bonjour", "U1")]


def test_a_list_in_a_message_is_searched_with_the_message(anna: Actor) -> None:
    """The app is told where the person looks, there as in a modal."""
    speaker = hears(anna, {"options": options(2)})
    element = {"type": "external_select", "action_id": "e"}
    message = anna.workspace.say("C1", {"text": "x", "blocks": [{**SECTION, "accessory": element}]})
    (block,) = message["blocks"]
    assert anna.suggest(block, element, "abc", {"channel": "C1", "message": message}) == options(2)
    container = {"type": "message", "message_ts": message["ts"], "channel_id": "C1"}
    assert (speaker.payloads[0]["container"], speaker.payloads[0]["value"]) == (container, "abc")


def test_a_modal_that_asked_for_no_word_is_closed_without_one(anna: Actor) -> None:
    """Slack tells the app of a close only where the view says so."""
    speaker = hears(anna, None)
    sees(anna, SECTION)
    anna.dismiss()
    assert (anna.modal, speaker.payloads) == (None, [])


def test_an_answer_may_close_the_whole_stack(anna: Actor) -> None:
    """Also the modals below the one that was sent."""
    hears(anna, {"response_action": "clear"})
    sees(anna, SECTION)
    anna.workspace.stack(anna.id, modal(SECTION, submit=OK))
    anna.submit()
    assert anna.modal is None


def test_an_answer_to_a_modal_that_is_gone_changes_nothing(anna: Actor) -> None:
    """A redelivery is answered when the first answer has closed it: what was opened since stays."""
    hears(anna, None)
    sees(anna, INPUT, submit=OK)
    anna.type("Champ", "x")
    anna.submit()
    sees(anna, SECTION, title=text("Autre"))
    anna.repeat(anna.last)
    assert "== Autre ==" in anna.screen


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"response_action": "explode"}, "response_action: unknown: explode"),
        ({"response_action": "errors", "errors": {"g": "Non"}}, "errors: g: no input block"),
        ({"response_action": "update", "view": {"type": "popup"}}, "update: type: 'popup' is neither modal"),
    ],
)
def test_an_answer_that_slack_does_not_take_is_a_violation(anna: Actor, body: Json, fault: str) -> None:
    """It fails the test of the bot that gave it, and is told beside the request that it answers."""
    hears(anna, body)
    sees(anna, INPUT, submit=OK)
    anna.type("Champ", "x")
    with pytest.raises(Refused):
        anna.submit()
    (violation,) = anna.workspace.violations
    (exchange,) = anna.workspace.traffic.recent("slack")
    assert violation.startswith(fault)
    assert exchange.refused


def test_a_choice_that_there_is_not_can_not_be_made(anna: Actor) -> None:
    """Nor a box that is further down than another group."""
    block = {"type": "input", "block_id": "l", "label": text("Liste"), "element": select("static_select", 2)}
    sees(anna, actions(BUTTON, select("checkboxes", 1)), block, submit=OK)
    with pytest.raises(CantDo, match="no such choice"):
        anna.choose("Liste", "y")
    with pytest.raises(CantDo, match="no box"):
        anna.tick("y")


@pytest.mark.parametrize(
    ("entered", "fault"),
    [("0", "Saisissez un nombre d’au moins 1."), ("x" * 4, "4 caractères\u00a0: 3 au plus.")],
    ids=["number", "text"],
)
def test_what_slacks_fields_do_not_take_stands_under_them(anna: Actor, entered: str, fault: str) -> None:
    """Before anything is sent: the app never sees it."""
    element = (
        {"type": "number_input", "action_id": "i", "is_decimal_allowed": False, "min_value": "1"}
        if entered == "0"
        else {**FIELD, "max_length": 3}
    )
    sees(anna, {**INPUT, "element": element}, submit=OK)
    anna.value_of(INPUT, element)["value"] = entered
    with pytest.raises(CantDo) as refused:
        anna.submit()
    assert refused.value.faults == {"f": fault}


def test_what_a_person_writes_stands_there_as_it_was_written(anna: Actor) -> None:
    """Slack escapes what would be markup; whoever looks on is told that there is something new."""
    before = anna.workspace.revision
    anna.workspace.write("U1", "C1", "a < b & c > d")
    (message,) = anna.messages("C1")
    assert (message["text"], message["user"], message["bot_id"]) == ("a &lt; b &amp; c &gt; d", "U1", None)
    assert anna.workspace.revision > before


def test_a_field_is_known_again_whatever_it_begins_with() -> None:
    """An update draws it anew only where something else has changed; what was typed stays then."""
    assert without_initial({**FIELD, "initial_value": "x"}) == FIELD
    assert (has_state(FIELD), has_state(BUTTON)) == (True, False)
