"""Who may act: ids and groups, nobody by default (R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk import WebClient

from bot.access import TRUST, Access
from bot.sandbox.stage import open_workspace
from domain.errors import AccessUnknown, NotAllowed
from domain.values import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.slack.api import Api
    from bot.sandbox.slack.workspace import Workspace
    from tests.conftest import Clock

ANNA, BORIS = Person("U1"), Person("U2")


@pytest.fixture
def slack() -> Iterator[tuple[Workspace, Api, WebClient]]:
    """Give a workspace with a group of one."""
    workspace, api, base_url = open_workspace()
    workspace.usergroups["S1"] = [ANNA]
    workspace.usergroups["S2"] = [BORIS]
    yield workspace, api, WebClient(token=workspace.token, base_url=base_url, retry_handlers=[])
    api.stop()


def access(client: WebClient, clock: Clock, users: str = "", groups: str = "S1") -> Access:
    """Give access to users and groups."""
    return Access(frozenset(filter(None, [users])), frozenset(filter(None, [groups])), client, clock)


@pytest.mark.rule("R11")
def test_r11_members_of_the_group_pass_and_nobody_else(
    slack: tuple[Workspace, Api, WebClient], clock: Clock
) -> None:
    """Another group's member is a stranger."""
    door = access(slack[2], clock)
    door.refresh()
    door.check(ANNA)
    with pytest.raises(NotAllowed):
        door.check(BORIS)


@pytest.mark.rule("R11")
def test_r11_a_person_named_by_id_always_passes(
    slack: tuple[Workspace, Api, WebClient], clock: Clock
) -> None:
    """Slack need not be asked."""
    access(slack[2], clock, users=BORIS).check(BORIS)


@pytest.mark.rule("R11")
def test_r11_without_groups_slack_is_not_asked(slack: tuple[Workspace, Api, WebClient], clock: Clock) -> None:
    """Whoever is not named is refused at once."""
    door = access(slack[2], clock, users=ANNA, groups="")
    door.refresh()
    assert slack[1].workspace.traffic.recent("bot") == []
    with pytest.raises(NotAllowed):
        door.check(BORIS)


@pytest.mark.rule("R11")
def test_r11_somebody_who_left_the_group_is_refused_after_the_next_look(
    slack: tuple[Workspace, Api, WebClient], clock: Clock
) -> None:
    """The group is the truth, and the cache follows it."""
    door = access(slack[2], clock)
    door.refresh()
    slack[0].usergroups["S1"] = []
    door.refresh()
    with pytest.raises(NotAllowed):
        door.check(ANNA)


@pytest.mark.rule("R11")
@pytest.mark.parametrize("fault", ["error", "ratelimited"])
def test_r11_the_last_answer_serves_for_a_while_then_nobody_passes(
    slack: tuple[Workspace, Api, WebClient], clock: Clock, fault: str
) -> None:
    """An hour of a silent Slack, and the door closes."""
    door = access(slack[2], clock)
    door.refresh()
    slack[1].fail("usergroups.list", fault, times=9)
    clock.pass_(seconds=TRUST.total_seconds())
    door.refresh()
    door.check(ANNA)
    clock.pass_(seconds=1)
    with pytest.raises(AccessUnknown):
        door.check(ANNA)


@pytest.mark.rule("R11")
def test_r11_before_slack_has_told_anything_nobody_passes(
    slack: tuple[Workspace, Api, WebClient], clock: Clock
) -> None:
    """Deny by default."""
    with pytest.raises(AccessUnknown):
        access(slack[2], clock).check(ANNA)
