"""Rule R14: a payload becomes typed values once, or is said to be none of Slack's."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payloads import LONGEST, Field, Kind, Malformed, Payload, Unserved, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.rule("R14")

VIEW = {
    "id": "V0TOP",
    "team_id": "T0TEAM",
    "type": "modal",
    "callback_id": "moving.licences",
    "private_metadata": "0" * 32,
    "hash": "1.abc",
    "root_view_id": "V0ROOT",
    "previous_view_id": "V0ROOT",
    "title": {"type": "plain_text", "text": "Changer l’adresse", "emoji": False},
    "blocks": [
        {"type": "section", "block_id": "a", "text": {"type": "mrkdwn", "text": "*Licences*"}},
        {
            "type": "actions",
            "block_id": "boxes.0.ab",
            "elements": [
                {
                    "type": "checkboxes",
                    "action_id": "moving.tick",
                    "options": [{"text": {"type": "plain_text", "text": "FPC1"}, "value": "1"}],
                },
                {"type": "button", "action_id": "moving.filter", "value": "filter"},
            ],
        },
    ],
    "state": {
        "values": {
            "boxes.0.ab": {"moving.tick": {"type": "checkboxes", "selected_options": [{"value": "1"}]}},
            "site": {"search": {"type": "external_select", "selected_option": {"value": "7"}}},
            "reason": {"reason": {"type": "plain_text_input", "value": " Départ\u202e "}},
            "city": {"city": {"type": "plain_text_input", "value": None}},
            "state": {"state": {"type": "static_select", "selected_option": None}},
        }
    },
}
ANYBODY = {
    "user": {"id": "U0AGATHE", "team_id": "T0TEAM"},
    "team": None,
    "enterprise": {"id": "E0ORG"},
    "trigger_id": "1.2.abc",
    "api_app_id": "A0APP",
}
ACTION = {"type": "button", "block_id": "a", "action_id": "moving.next", "value": "1", "action_ts": "1.2"}
REAL: dict[str, dict[str, Any]] = {
    "command": {
        "command": "/licence-site",
        "text": "FPC367128",
        "user_id": "U0AGATHE",
        "channel_id": "C0SUPPORT",
        "trigger_id": "1.2.abc",
        "response_url": "https://hooks.slack.com/commands/1",
    },
    "shortcut": {**ANYBODY, "type": "shortcut", "callback_id": "changer_adresse"},
    "click in a view": {**ANYBODY, "type": "block_actions", "view": VIEW, "actions": [ACTION]},
    "click in a message": {
        **ANYBODY,
        "type": "block_actions",
        "actions": [ACTION],
        "channel": {"id": "C0SUPPORT", "name": "directmessage"},
        "response_url": "https://hooks.slack.com/actions/1",
    },
    "submission": {**ANYBODY, "type": "view_submission", "view": VIEW, "response_urls": []},
    "closing": {**ANYBODY, "type": "view_closed", "view": VIEW, "is_cleared": False},
    "search": {
        **ANYBODY,
        "type": "block_suggestion",
        "action_id": "service.search",
        "value": "prov",
        "view": VIEW,
    },
    "event": {
        "type": "event_callback",
        "event": {"type": "app_home_opened", "user": "U0AGATHE", "tab": "home"},
    },
}


def read(name: str, **changed: Any) -> Payload:
    """Read a real payload, some of it changed."""
    payload = parse({**REAL[name], **changed})
    assert isinstance(payload, Payload)
    return payload


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("command", Kind.COMMAND, "/licence-site"),
        ("shortcut", Kind.SHORTCUT, "changer_adresse"),
        ("click in a view", Kind.ACTION, "moving.next"),
        ("click in a message", Kind.ACTION, "moving.next"),
        ("submission", Kind.SUBMISSION, "moving.licences"),
        ("closing", Kind.CLOSED, "moving.licences"),
        ("search", Kind.OPTIONS, "service.search"),
        ("event", Kind.EVENT, "app_home_opened"),
    ],
)
def test_r14_each_kind_of_payload_is_told_apart(name: str, kind: Kind, key: str) -> None:
    """By what it is about, and who did it."""
    payload = read(name)
    assert (payload.kind, payload.key, payload.person) == (kind, key, "U0AGATHE")


def test_r14_a_view_gives_what_was_entered_and_the_boxes_that_it_shows() -> None:
    """Empty fields are there, with nothing in them."""
    view = read("submission").view
    assert view
    assert view.boxes == (("moving.tick", "1"),)
    assert view.fields == (
        Field("boxes.0.ab", "moving.tick", ("1",)),
        Field("site", "search", ("7",)),
        Field("reason", "reason", ("Départ",)),
        Field("city", "city", ()),
        Field("state", "state", ()),
    )


@pytest.mark.parametrize("name", ["command", "search"])
def test_r14_what_is_typed_is_tidied_where_it_comes_in(name: str) -> None:
    """Controls, direction overrides and zero widths are gone, whatever is typed into."""
    hostile = " \x00pro\u202ev\x1b\u200b\ud800  ence\n"
    assert read(name, text=hostile, value=hostile).text == "prov ence"


@pytest.mark.parametrize(
    ("view", "below"),
    [
        ({"previous_view_id": "V0ROOT"}, "V0ROOT"),
        ({"previous_view_id": None}, "V0ROOT"),
        ({"previous_view_id": "V0MIDDLE"}, "V0MIDDLE"),
        ({"previous_view_id": None, "root_view_id": "V0TOP"}, None),
        ({"previous_view_id": None, "root_view_id": None}, None),
    ],
)
def test_r14_the_view_below_is_known_without_slack_naming_it(view: dict[str, Any], below: str | None) -> None:
    """Slack Connect leaves its id out (docs/slack.md, Payloads)."""
    found = read("submission", view={**VIEW, **view}).view
    assert found
    assert found.below_id == below


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ({"type": "interactive_message", "actions": [{"name": "old"}], "callback_id": "c"}, None),
        ({"type": "dialog_submission", "submission": {}, "callback_id": "c"}, None),
        ({"type": "workflow_step_edit", "callback_id": "c"}, None),
        ({"type": "event_callback", "event": {"type": "message"}}, "event_callback message"),
    ],
)
def test_r14_what_nobody_serves_is_no_fault(body: dict[str, Any], type_: str | None) -> None:
    """Legacy interactions, and events that the bot did not ask for."""
    assert parse(body) == Unserved(type_ or body["type"])


def test_r14_an_event_may_lack_what_slack_leaves_out() -> None:
    """`app_home_opened` without its tab opens none."""
    event = {"type": "app_home_opened", "user": "U0AGATHE"}
    assert read("event", event=event).tab == ""


MISSING = object()


def put(body: dict[str, Any], path: tuple[Any, ...], value: object) -> Any:
    """Put a value, or nothing, at a place of a payload; () is the whole."""
    whole: dict[Any, Any] = {"body": copy.deepcopy(body)}
    steps = ("body", *path)
    node = whole
    for key in steps[:-1]:
        node = node[key]
    node[steps[-1]] = value
    if value is MISSING:
        del node[steps[-1]]
    return whole.get("body")


@pytest.mark.parametrize("value", [MISSING, None, 7, True, [], {}, "", "\n", "é"])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("command", "command"),
        ("command", "user_id"),
        ("command", "channel_id"),
        ("shortcut", "callback_id"),
        ("shortcut", "user"),
        ("shortcut", "user.id"),
        ("click in a view", "actions"),
        ("click in a message", "channel.id"),
        ("submission", "view"),
        ("submission", "view.id"),
        ("submission", "view.type"),
        ("closing", "view"),
        ("search", "action_id"),
        ("search", "user"),
        ("event", "event"),
        ("event", "event.type"),
        ("event", "event.user"),
    ],
)
def test_r14_what_slack_always_sends_must_be_there(name: str, path: str, value: object) -> None:
    """Of the type that it always has; the path of what is not is told, and no value."""
    with pytest.raises(Malformed) as malformed:
        parse(put(REAL[name], tuple(path.split(".")), value))
    assert malformed.value.path.startswith(path.split(".", maxsplit=1)[0])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("shortcut", "type", 7),
        ("submission", "view.callback_id", 7),
        ("submission", "view.private_metadata", 7),
        ("submission", "view.root_view_id", "../V0ROOT"),
        ("submission", "view.blocks", {}),
        ("submission", "view.state", []),
        ("submission", "view.state.values", "none"),
        ("submission", "view.state.values.site", None),
        ("submission", "view.state.values.site.search.selected_option", "7"),
        ("submission", "view.state.values.reason.reason.value", 7),
        ("command", "text", "a" * (LONGEST + 1)),
        ("command", "response_url", "file:///etc/passwd"),
        ("command", "response_url", "http://hooks.slack.com/commands/1"),
        ("command", "response_url", "https://127.0.0.1/commands/1"),
        ("command", "response_url", "https://hooks.slack.com.example.org/commands/1"),
        ("command", "response_url", "https://x@hooks.slack.com/commands/1"),
        ("command", "response_url", "https://hooks.slack.com:443/commands/1"),
        ("command", "response_url", f"https://{'a' * 64}.slack.com/commands/1"),
        ("command", "command", "/a" * 200),
    ],
)
def test_r14_what_is_there_must_be_of_its_type(name: str, path: str, value: object) -> None:
    """And no longer than Slack makes it."""
    with pytest.raises(Malformed):
        parse(put(REAL[name], tuple(path.split(".")), value))


def test_r14_an_empty_private_metadata_may_be_null() -> None:
    """Then it names no draft."""
    view = read("submission", view={**VIEW, "private_metadata": None}).view
    assert view
    assert view.metadata == ""


def test_r14_the_path_that_is_logged_holds_no_key_of_anybody() -> None:
    """Blocks are called as whoever sends them likes."""
    values = {"Dupont\n2026 ERROR": {"x": 7}}
    with pytest.raises(Malformed) as malformed:
        parse({**REAL["submission"], "view": {**VIEW, "state": {"values": values}}})
    assert malformed.value.path == "view.state.values.*.x"


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the places of a payload, itself the first."""
    yield path
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield from places(node[key], (*path, key))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data(), name=st.sampled_from(sorted(REAL)), value=JSON | st.just(MISSING))
def test_r14_any_json_at_any_place_is_read_or_said_to_be_malformed(
    data: st.DataObject, name: str, value: object
) -> None:
    """Nothing else is raised, whatever a client sends."""
    where = data.draw(st.sampled_from(list(places(REAL[name]))))
    with contextlib.suppress(Malformed):
        assert isinstance(parse(put(REAL[name], where, value)), Payload | Unserved)
