"""The simulator is as strict as Slack is (docs/slack.md)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.sandbox.slack.actor import Actor
from bot.sandbox.slack.limits import message_faults, option_faults, view_faults
from bot.sandbox.slack.objects import Answer
from bot.sandbox.slack.screen import CantDo
from bot.sandbox.stage import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.slack.workspace import Workspace
    from tests.conftest import Clock

Json = dict[str, Any]


def text(value: str, kind: str = "plain_text") -> Json:
    """Make a text object."""
    return {"type": kind, "text": value}


def modal(*blocks: Json, **values: Any) -> Json:
    """Make a modal."""
    return {"type": "modal", "title": text("Titre"), "blocks": list(blocks), **values}


SECTION = {"type": "section", "text": text("Bonjour")}
BUTTON = {"type": "button", "action_id": "b", "text": text("Aller")}
FIELD = {"type": "plain_text_input", "action_id": "i"}
INPUT = {"type": "input", "block_id": "f", "label": text("Champ"), "element": FIELD}


def actions(*elements: Json) -> Json:
    """Make a row of elements."""
    return {"type": "actions", "elements": list(elements)}


def options(count: int, length: int = 1) -> list[Json]:
    """Make options."""
    return [{"text": text("x" * length), "value": str(index)} for index in range(count)]


def select(kind: str, count: int, **values: Any) -> Json:
    """Make a list of choices."""
    return {"type": kind, "action_id": "s", "options": options(count), **values}


REFUSED: list[tuple[Json, str]] = [
    (modal(*[SECTION] * 101), "blocks: more than 100"),
    (modal(SECTION, title=text("x" * 25)), "title: 25 characters, at most 24"),
    (modal(SECTION, submit=text("x" * 25)), "submit: 25 characters, at most 24"),
    (modal(SECTION, close=text("")), "close: is empty"),
    (modal(INPUT), "submit: is needed once there is an input block"),
    (modal(SECTION, private_metadata="x" * 3001), "private_metadata: more than 3000 characters"),
    (modal(SECTION, callback_id="x" * 256), "callback_id: more than 255 characters"),
    (modal(SECTION, external_id="x" * 256), "external_id: more than 255 characters"),
    (modal(SECTION, colour="red"), "colour: unknown"),
    (modal({**SECTION, "block_id": "a"}, {**SECTION, "block_id": "a"}), "block_id: 'a' stands 2 times"),
    (modal({**SECTION, "block_id": "a" * 256}), f"block_id: {'a' * 256!r} has more than 255 characters"),
    (modal({"type": "section", "text": text("x" * 3001)}), "blocks[0].text: 3001 characters, at most 3000"),
    (modal({"type": "section"}), "blocks[0].section: needs text or fields"),
    (modal({"type": "section", "fields": [text("x")] * 11}), "blocks[0].fields: more than 10"),
    (modal({**SECTION, "accessory": FIELD}), "blocks[0].accessory: only in an input block"),
    (modal({"type": "marquee"}), "blocks[0]: unknown block {'type': 'marquee'}"),
    (modal({"type": "table", "rows": []}), "blocks[0]: table does not show in a modal"),
    (modal({"type": "header", "text": text("x" * 151)}), "blocks[0].text: 151 characters, at most 150"),
    (modal({"type": "header", "text": text("x", "mrkdwn")}), "blocks[0].text: must be plain_text"),
    (modal({"type": "alert", "text": text("x" * 201)}), "blocks[0].text: 201 characters, at most 200"),
    (modal({"type": "alert", "text": text("x"), "level": "loud"}), "blocks[0].level: 'loud'"),
    (modal({"type": "context", "elements": []}), "blocks[0].elements: 1 to 10"),
    (modal(actions()), "blocks[0].elements: 1 to 25"),
    (modal(actions(BUTTON, BUTTON)), "blocks[0].action_id: 'b' stands 2 times"),
    (modal(actions(FIELD)), "blocks[0].element: plain_text_input only in an input block"),
    (modal(actions({**BUTTON, "text": text("x" * 76)})), "blocks[0].element.text: 76 characters, at most 75"),
    (modal(actions({**BUTTON, "value": "x" * 2001})), "blocks[0].element.value: more than 2000 characters"),
    (modal(actions({**BUTTON, "style": "loud"})), "blocks[0].element.style: 'loud'"),
    (modal(actions({**BUTTON, "action_id": ""})), "blocks[0].element.action_id: 1 to 255 characters"),
    (modal(actions({**BUTTON, "confirm": {}})), "blocks[0].element.confirm.title: not a text object"),
    (modal(actions({"type": "slider"})), "blocks[0].element: unknown element 'slider'"),
    (modal(actions(select("checkboxes", 11))), "blocks[0].element.options: 11; 1 to 10"),
    (modal(actions(select("radio_buttons", 0))), "blocks[0].element.options: 0; 1 to 10"),
    (modal(actions(select("static_select", 101))), "blocks[0].element.options: 101; 1 to 100"),
    (modal(actions(select("overflow", 6))), "blocks[0].element.options: 6; 1 to 5"),
    (
        modal(actions({"type": "static_select", "action_id": "s", "options": options(1, 76)})),
        "blocks[0].element.option.text: 76 characters, at most 75",
    ),
    (
        modal(actions(select("static_select", 1, initial_option={"text": text("y"), "value": "9"}))),
        "blocks[0].element: an initial option that is not among the options",
    ),
    (
        modal(actions(select("static_select", 1, placeholder=text("x" * 151)))),
        "blocks[0].element.placeholder: 151 characters, at most 150",
    ),
    (
        modal(
            {**INPUT, "element": {"type": "number_input", "action_id": "n", "min_value": 1}},
            submit=text("ok"),
        ),
        "blocks[0].element.is_decimal_allowed: is needed",
    ),
    (modal({**INPUT, "element": BUTTON}, submit=text("ok")), "blocks[0].element: button is no input"),
    (
        modal({**INPUT, "hint": text("x" * 2001)}, submit=text("ok")),
        "blocks[0].hint: 2001 characters, at most 2000",
    ),
    (
        modal({**INPUT, "element": {**FIELD, "max_length": 3001}}, submit=text("ok")),
        "blocks[0].element.max_length: 1 to 3000",
    ),
    (modal({"type": "rich_text", "elements": []}), "blocks[0].elements: none"),
    (
        modal({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}),
        "blocks[0].rich text: an empty section",
    ),
    (
        modal({"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": []}]}),
        "blocks[0].rich text: 'rich_text_quote'",
    ),
    (
        modal(
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [text("", "text")]}]}
        ),
        "blocks[0].rich text: an empty text",
    ),
    (
        modal({"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]}),
        "blocks[0].rich_text_list: no elements",
    ),
    (
        {"type": "home", "blocks": [{"type": "alert", "text": text("x")}]},
        "blocks[0]: alert does not show in a home",
    ),
    ({"type": "popup"}, "type: 'popup' is neither modal nor home"),
    ({"type": "home", "blocks": None}, "blocks: not a list"),
]


@pytest.mark.parametrize(("view", "fault"), REFUSED)
def test_what_slack_refuses_in_a_view_is_refused(view: Json, fault: str) -> None:
    """Each limit of the table."""
    assert fault in view_faults(view)


def test_a_view_of_more_than_250_kb_is_refused() -> None:
    """Counted as it travels."""
    blocks = [{"type": "section", "text": text("é" * 3000)}] * 20
    assert "view: more than 250 KB" in view_faults(modal(*blocks))


def test_what_slack_refuses_in_a_message_is_refused() -> None:
    """Blocks, text, tables."""
    assert "blocks: more than 50" in message_faults({"text": "x", "blocks": [SECTION] * 51})
    assert "text: is missing; notifications and screen readers read it" in message_faults(
        {"blocks": [SECTION]}
    )
    assert "no_text" in message_faults({})
    long = {"text": "x", "blocks": [{"type": "section", "text": text("x" * 2601)}] * 5}
    assert message_faults(long) == ["msg_blocks_too_long: more than 13000 characters in all blocks"]
    assert "text: more than 4000 characters" in message_faults({"text": "x" * 4001}, 4000)
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": ""}]] * 101}
    assert message_faults({"text": "x", "blocks": [table]}) == [
        "blocks[0].table: 1 to 100 rows of at most 20 columns",
        "blocks[0].table: an empty raw_text",
    ]


def test_a_table_that_slack_shows_is_taken() -> None:
    """Up to its limits; what is too strict would forbid what works."""
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100}
    assert message_faults({"text": "x", "blocks": [table]}) == []


def test_more_than_100_options_are_refused() -> None:
    """Slack would show no result, without an error."""
    assert option_faults(options(101)) == ["options: more than 100"]
    assert option_faults(None) == ["options: not a list"]
    assert option_faults([{"text": text("x"), "value": ""}]) == ["option.value: 1 to 150 characters"]


@pytest.fixture
def slack(clock: Clock) -> Iterator[tuple[Workspace, WebClient]]:
    """Give a workspace with one person, and a client of its API."""
    workspace, api, base_url = open_workspace(clock.seconds)
    workspace.add_person("U1", "Anna")
    workspace.add_channel("C1", "support")
    yield workspace, WebClient(token=workspace.token, base_url=base_url, retry_handlers=[])
    api.stop()


def code(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    """Give Slack's code."""
    return str(error.value.response["error"])


def test_a_trigger_works_once_and_for_three_seconds(slack: tuple[Workspace, WebClient], clock: Clock) -> None:
    """Then it is exchanged, or expired."""
    workspace, client = slack
    trigger = workspace.triggers.give("U1")
    client.views_open(trigger_id=trigger, view=modal(SECTION))
    with pytest.raises(SlackApiError) as error:
        client.views_open(trigger_id=trigger, view=modal(SECTION))
    assert code(error) == "exchanged_trigger_id"
    late = workspace.triggers.give("U1")
    clock.pass_(seconds=3.1)
    with pytest.raises(SlackApiError) as error:
        client.views_open(trigger_id=late, view=modal(SECTION))
    assert code(error) == "expired_trigger_id"
    with pytest.raises(SlackApiError) as error:
        client.views_open(trigger_id="none", view=modal(SECTION))
    assert code(error) == "invalid_trigger_id"


def test_at_most_three_modals_are_stacked(slack: tuple[Workspace, WebClient]) -> None:
    """And nothing is pushed on nothing."""
    workspace, client = slack
    with pytest.raises(SlackApiError) as error:
        client.views_push(trigger_id=workspace.triggers.give("U1"), view=modal(SECTION))
    assert code(error) == "not_found"
    client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(SECTION))
    for _ in range(2):
        client.views_push(trigger_id=workspace.triggers.give("U1"), view=modal(SECTION))
    with pytest.raises(SlackApiError) as error:
        client.views_push(trigger_id=workspace.triggers.give("U1"), view=modal(SECTION))
    assert code(error) == "push_limit_reached"


def test_an_update_with_an_old_hash_conflicts(slack: tuple[Workspace, WebClient]) -> None:
    """And one of a closed view is not found."""
    workspace, client = slack
    view = client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(SECTION))["view"]
    client.views_update(view_id=view["id"], hash=view["hash"], view=modal(SECTION))
    with pytest.raises(SlackApiError) as error:
        client.views_update(view_id=view["id"], hash=view["hash"], view=modal(SECTION))
    assert code(error) == "hash_conflict"
    workspace.stacks["U1"].clear()
    with pytest.raises(SlackApiError) as error:
        client.views_update(view_id=view["id"], view=modal(SECTION))
    assert code(error) == "not_found"


def test_what_was_entered_stays_over_an_update_with_the_same_ids(slack: tuple[Workspace, WebClient]) -> None:
    """A new initial value is taken under a new block id only."""
    workspace, client = slack
    anna = Actor(workspace, "U1")
    filled = {**FIELD, "initial_value": "nouveau"}
    view = client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(INPUT, submit=text("ok")))[
        "view"
    ]
    anna.type("Champ", "saisi")
    client.views_update(view_id=view["id"], view=modal({**INPUT, "element": filled}, submit=text("ok")))
    assert "Champ: saisi" in anna.screen
    renamed = {**INPUT, "element": filled, "block_id": "g"}
    client.views_update(view_id=view["id"], view=modal(renamed, submit=text("ok")))
    assert "Champ: nouveau" in anna.screen


def test_a_response_url_serves_five_times_in_half_an_hour(
    slack: tuple[Workspace, WebClient], clock: Clock
) -> None:
    """Then it is used."""
    workspace, _ = slack
    url = workspace.response_url("U1", "C1")
    sent = [WebhookClient(url).send(text="x").status_code for _ in range(6)]
    assert sent == [200] * 5 + [404]
    old = workspace.response_url("U1", "C1")
    clock.pass_(seconds=1801)
    assert WebhookClient(old).send(text="x").status_code == 404
    assert WebhookClient(f"{workspace.url}/response/none").send(text="x").status_code == 404


def test_the_api_refuses_tokens_scopes_and_methods_as_slack_does(slack: tuple[Workspace, WebClient]) -> None:
    """Each with its code."""
    workspace, client = slack
    for name, refusal in (("chat.delete", "unknown_method"), ("conversations.history", "missing_scope")):
        with pytest.raises(SlackApiError) as error:
            client.api_call(name)
        assert code(error) == refusal
    with pytest.raises(SlackApiError) as error:
        WebClient(token="xoxb-wrong", base_url=client.base_url).auth_test()
    assert code(error) == "invalid_auth"
    for channel in ("C9", "CPRIVATE"):
        workspace.add_channel("CPRIVATE", "privé", "private")
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=channel, text="x")
        assert code(error) == "channel_not_found"
    with pytest.raises(SlackApiError) as error:
        client.chat_update(channel="C9", ts="1", text="x")
    assert code(error) == "channel_not_found"
    assert client.chat_postMessage(channel="U1", text="x")["channel"] == "D1"


def test_the_api_refuses_what_is_not_there_or_not_the_apps_as_slack_does(
    slack: tuple[Workspace, WebClient],
) -> None:
    """Each with its code: a bot that meets it in Slack alone would not have been tested."""
    workspace, client = slack
    workspace.scopes |= {"channels:history"}
    view = client.views_open(
        trigger_id=workspace.triggers.give("U1"), view=modal(SECTION, external_id="mine")
    )
    both = {"view_id": view["view"]["id"], "external_id": "mine", "view": modal(SECTION)}
    second = {"trigger_id": workspace.triggers.give("U1"), "view": modal(SECTION, external_id="mine")}
    refusals: tuple[tuple[str, str, Json], ...] = (
        ("channel_not_found", "conversations.history", {"channel": "C9"}),
        ("channel_not_found", "chat.getPermalink", {"channel": "C9", "message_ts": "1"}),
        ("message_not_found", "chat.getPermalink", {"channel": "C1", "message_ts": "1"}),
        ("invalid_arguments", "views.update", both),
        ("duplicate_external_id", "views.open", second),
    )
    for refusal, method, arguments in refusals:
        with pytest.raises(SlackApiError) as error:
            client.api_call(method, json=arguments)
        assert code(error) == refusal


def test_the_api_takes_a_form_with_json_in_it(slack: tuple[Workspace, WebClient]) -> None:
    """As Slack does: which of the two a client sends is its own affair."""
    workspace, client = slack
    form = {"trigger_id": workspace.triggers.give("U1"), "view": json.dumps(modal(SECTION))}
    client.api_call("views.open", data=form)
    assert "Bonjour" in Actor(workspace, "U1").screen


def test_the_api_schedules_and_takes_back_as_slack_does(slack: tuple[Workspace, WebClient]) -> None:
    """Not in the past, not after 120 days, not where the app may not post, and each once."""
    workspace, client = slack
    now = int(time.time())
    kept = client.chat_scheduleMessage(channel="C1", text="x", post_at=now + 3600)["scheduled_message_id"]
    soon = client.chat_scheduleMessage(channel="C1", text="x", post_at=now + 30)["scheduled_message_id"]
    client.chat_deleteScheduledMessage(channel="C1", scheduled_message_id=kept)
    refusals: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("time_in_past", "chat.scheduleMessage", {"channel": "C1", "post_at": now - 1}),
        ("time_too_far", "chat.scheduleMessage", {"channel": "C1", "post_at": now + 121 * 86_400}),
        ("channel_not_found", "chat.scheduleMessage", {"channel": "C9", "post_at": now + 60}),
        ("invalid_scheduled_message_id", "chat.deleteScheduledMessage", {"scheduled_message_id": kept}),
        ("invalid_scheduled_message_id", "chat.deleteScheduledMessage", {"scheduled_message_id": soon}),
    )
    for refusal, method, arguments in refusals:
        with pytest.raises(SlackApiError) as error:
            client.api_call(method, json={"text": "x", **arguments})
        assert code(error) == refusal
    assert workspace.channels["C1"].messages == []


def test_a_missing_scope_is_named_as_slack_does(slack: tuple[Workspace, WebClient]) -> None:
    """What the method needs, what the token has, and the same in the headers."""
    _, client = slack
    with pytest.raises(SlackApiError) as error:
        client.api_call("conversations.history")
    answer = error.value.response
    assert answer["needed"] == "channels:history"
    assert answer["provided"] == answer.headers["x-oauth-scopes"]


def test_a_person_can_not_do_what_slacks_interface_does_not_offer(slack: tuple[Workspace, WebClient]) -> None:
    """No modal, no button, no field, no letter too many."""
    workspace, client = slack
    anna = Actor(workspace, "U1")
    nothing_open: tuple[Callable[[], object], ...] = (
        anna.submit,
        lambda: anna.click("Aller"),
        lambda: anna.tick("x"),
    )
    for act in nothing_open:
        with pytest.raises(CantDo):
            act()
    short = {**INPUT, "element": {**FIELD, "max_length": 2}}
    external = {"type": "external_select", "action_id": "e"}
    search = {"type": "input", "block_id": "e", "label": text("Liste"), "element": external}
    client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(short, search, submit=text("ok")))
    wrong: tuple[Callable[[], object], ...] = (
        lambda: anna.type("Champ", "abc"),
        lambda: anna.type("Autre", "a"),
        lambda: anna.search("Liste", "ab"),
        lambda: anna.tick("x"),
        lambda: anna.click("x", channel="C1"),
    )
    for act in wrong:
        with pytest.raises(CantDo):
            act()


class Recorder:
    """An app that only remembers what it is sent."""

    def __init__(self) -> None:
        self.payloads: list[Json] = []

    def send(self, kind: str, payload: Json) -> Answer:
        """Remember a request."""
        assert kind in ("command", "interaction", "event")
        self.payloads.append(payload)
        return Answer(200, {})


ELEMENTS: list[tuple[Json, tuple[str, ...], str, Any]] = [
    (select("static_select", 0, options=options(2)), ("x",), "selected_option", options(2)[0]),
    (select("radio_buttons", 2), ("x",), "selected_option", options(2)[0]),
    (select("checkboxes", 2), ("x",), "selected_options", [options(2)[0]]),
    (select("multi_static_select", 2), ("x",), "selected_options", [options(2)[0]]),
    (select("overflow", 2), ("x",), "selected_option", options(2)[0]),
    ({"type": "datepicker", "action_id": "s"}, ("2026-11-23",), "selected_date", "2026-11-23"),
]


@pytest.mark.parametrize(("element", "starts", "key", "chosen"), ELEMENTS, ids=lambda each: str(each)[:30])
def test_an_element_outside_input_blocks_tells_the_app_at_once(
    slack: tuple[Workspace, WebClient], element: Json, starts: tuple[str, ...], key: str, chosen: Any
) -> None:
    """With what was chosen, and with the whole state of the view."""
    workspace, client = slack
    recorder = workspace.transport = Recorder()
    anna = Actor(workspace, "U1")
    block = {**actions(element), "block_id": "row"}
    client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(block))
    anna.pick("s", *starts)
    payload = recorder.payloads[-1]
    assert payload["type"] == "block_actions"
    assert payload["actions"][0][key] == chosen
    assert payload["actions"][0]["block_id"] == "row"
    if element["type"] != "overflow":
        assert payload["view"]["state"]["values"]["row"]["s"] == {"type": element["type"], key: chosen}
    with pytest.raises(CantDo):
        anna.pick("other", "x")


def test_an_input_tells_the_app_nothing_before_it_is_sent(slack: tuple[Workspace, WebClient]) -> None:
    """Then its value is in the state, with that of every other field."""
    workspace, client = slack
    recorder = workspace.transport = Recorder()
    anna = Actor(workspace, "U1")
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "max_value": "9"}
    count = {"type": "input", "block_id": "g", "label": text("Nombre"), "element": number}
    client.views_open(trigger_id=workspace.triggers.give("U1"), view=modal(INPUT, count, submit=text("ok")))
    anna.type("Champ", "saisi")
    for wrong in ("10", "1.5", "x"):
        anna.type("Nombre", wrong)
        with pytest.raises(CantDo):
            anna.submit()
    anna.type("Nombre", "9")
    assert recorder.payloads == []
    anna.submit()
    assert recorder.payloads[0]["view"]["state"]["values"] == {
        "f": {"i": {"type": "plain_text_input", "value": "saisi"}},
        "g": {"n": {"type": "number_input", "value": "9"}},
    }
    assert anna.modal is None


def test_the_cross_closes_the_whole_stack_and_tells_the_app_of_its_root(
    slack: tuple[Workspace, WebClient],
) -> None:
    """Closing the one on top tells of that one alone."""
    workspace, client = slack
    recorder = workspace.transport = Recorder()
    anna = Actor(workspace, "U1")
    for name, show in (("Un", client.views_open), ("Deux", client.views_push), ("Trois", client.views_push)):
        view = modal(SECTION, title=text(name), notify_on_close=True)
        show(trigger_id=workspace.triggers.give("U1"), view=view)
    anna.close()
    anna.dismiss()
    closed = [(each["view"]["title"]["text"], each["is_cleared"]) for each in recorder.payloads]
    assert closed == [("Trois", False), ("Un", True)]
    assert all("trigger_id" not in each for each in recorder.payloads)


def test_a_click_can_be_delivered_twice(slack: tuple[Workspace, WebClient]) -> None:
    """Both with the same trigger; the next one is delivered once again."""
    workspace, _ = slack
    recorder = workspace.transport = Recorder()
    anna = Actor(workspace, "U1")
    workspace.double_deliveries = 1
    anna.shortcut("changer_adresse")
    anna.shortcut("changer_adresse")
    triggers = [each["trigger_id"] for each in recorder.payloads]
    assert len(triggers) == 3
    assert triggers[0] == triggers[1] != triggers[2]


def test_every_exchange_is_noted_with_what_slack_refuses_of_it(slack: tuple[Workspace, WebClient]) -> None:
    """Name, request, answer, duration; and the workspace says that there is something new."""
    workspace, client = slack
    before = workspace.revision
    client.chat_postMessage(channel="C1", text="Bonjour")
    with pytest.raises(SlackApiError):
        client.chat_postMessage(channel="C1", text="x", blocks=[{"type": "marquee"}])
    good, bad = workspace.traffic.recent("bot")
    assert (good.name, good.request["text"], good.answer["ok"]) == ("chat.postMessage", "Bonjour", True)
    assert (good.status, good.refused, good.seconds is not None) == (200, [], True)
    assert bad.refused[0] == "invalid_arguments"
    assert workspace.revision > before
    workspace.violations.clear()
    workspace.clear()
    assert (workspace.traffic.recent(), workspace.channels["C1"].messages) == ([], [])
