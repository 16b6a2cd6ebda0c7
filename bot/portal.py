"""The commands that keep step with the portal: import, conflicts, what is pending, what is carried over."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from bot.app import now
from bot.opening import errors, fail, migrated
from domain.carrying import Carrying, OfOperation
from domain.deciding import Conflicting, Conflicts, HolderUnfit
from domain.errors import ChoiceGone, SiteClosed, SiteOfAnotherCustomer, UnknownOperation
from domain.importing import COMMAND_LINE, FilesOutdated, ImportOvertaken, Outcome, import_park
from domain.operations import Operations
from domain.parkfiles import FilesRefused
from domain.values import ConflictState, OperationId, PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.agreeing import Clash
    from domain.groups import OwedGroup

FAULTS = 100
"""Faults in files that are told one by one."""

CONFLICTS = 3
"""How an import ends that was done, and found conflicts."""

JSON = Annotated[bool, typer.Option("--json", help="for programs")]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command(name="import")(import_)
    for command in (conflicts, decide, pending, carried):
        cli.command()(command)


def told(error: FilesRefused, file: Path | None = None) -> list[str]:
    """Give the first faults and how many there are; all of them go into a file, if one is named."""
    lines = [str(fault) for fault in error.faults]
    first = lines[:FAULTS]
    if len(lines) > FAULTS:
        first.append(
            f"{len(lines)} faults in all; these are the first {FAULTS} (import --faults FILE writes all)"
        )
    if file:
        try:
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as reason:
            first.append(f"--faults: {file} can't be written: {reason.strerror}")
    return first


def import_(
    directory: Annotated[Path, typer.Argument(help="the directory of the five CSV files")],
    faults: Annotated[Path | None, typer.Option(help="a file for all the faults, if there are any")] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="tell what would be done, and do nothing")
    ] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="take the portal's side of all conflicts")] = False,
    force: Annotated[bool, typer.Option("--force", help="take the files of an earlier import")] = False,
    as_json: JSON = False,
) -> None:
    """Bring in what the portal's five files say, but for what the bot changed and they do not show yet."""
    if theirs and dry_run:
        fail("--theirs: takes a side, and --dry-run takes none; leave one of them out")
    database = migrated()
    with Progress(console=Console(stderr=True), disable=not errors.is_terminal) as progress:
        try:
            outcome = import_park(
                database, directory, _shown(progress), at=now(), theirs=theirs, force=force, dry=dry_run
            )
        except FilesRefused as error:
            progress.stop()
            fail(*told(error, faults), "nothing was imported")
        except FilesOutdated as error:
            progress.stop()
            fail(
                f"{directory}: these are the files that were imported on {_moment(error.at)}; others were "
                f"since, on {_moment(error.last)}, and what they brought would be taken back; "
                "export the portal's files anew, or take these all the same with --force",
                "nothing was imported",
            )
        except ImportOvertaken as error:
            progress.stop()
            fail(
                f"{directory}: another import, of {_moment(error.at)}, was written meanwhile; import again",
                "nothing was imported",
            )
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **_plain(outcome)}, ensure_ascii=False))
    else:
        _summarize(outcome)
    if outcome.clashes:
        raise SystemExit(CONFLICTS)


def _shown(progress: Progress) -> Callable[[str, int, int], None]:
    bars: dict[str, TaskID] = {}

    def show(phase: str, done: int, total: int) -> None:
        if phase not in bars:
            bars[phase] = progress.add_task(phase)
        progress.update(bars[phase], completed=done, total=total)

    return show


def _summarize(outcome: Outcome) -> None:
    for clash in outcome.clashes:
        typer.echo(f"conflict: {_clash(clash)}; ours stays (metacentrex conflicts)")
    for clash in outcome.lost:
        typer.echo(f"taken from the portal: {_clash(clash)}")
    for each in outcome.tables:
        typer.echo(f"{each.table}: {each.created} new, {each.changed} changed, {each.unchanged} unchanged")
        if each.abroad:
            typer.echo(f"to check: {each.abroad[0]} ({len(each.abroad)} of other countries in this file)")
        if each.notes:
            typer.echo(f"to check: {each.notes[0]} ({len(each.notes)} of this kind)")
        if each.absent.count:
            typer.echo(
                f"absent from the files, kept: {each.absent.named[0]} ({each.absent.count} of {each.table})"
            )
    if outcome.seen:
        typer.echo(f"seen in the portal: {outcome.seen} changes of the bot's")
    if outcome.owed:
        typer.echo(
            f"still to be carried over: {outcome.owed}, kept as the bot has them (metacentrex pending)"
        )
    if outcome.operation:
        typer.echo(f"on record: operation {outcome.operation}, {outcome.recorded} lines")


def _clash(clash: Clash | Conflicting) -> str:
    base, ours, theirs = (side or "nothing" for side in (clash.base, clash.ours, clash.theirs))
    return f"{clash.field} of {clash.subject}: it was {base}, the bot has {ours}, the portal {theirs}"


def conflicts(*, as_json: JSON = False) -> None:
    """List what the bot and the portal have changed differently."""
    found = Conflicts(migrated(), now).open()
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False))
        return
    for each in found:
        where = ", ".join(filter(None, (each.customer_name, each.service_reference)))
        typer.echo(f"{each.id}: {_clash(each)} ({where})")


def decide(
    conflict: Annotated[int, typer.Argument(help="its number, as `conflicts` tells it")],
    side: Annotated[Literal["ours", "theirs"], typer.Argument()],
) -> None:
    """Keep ours, which is owed to the portal again, or take what the portal has."""
    service = Conflicts(migrated(), now)
    try:
        act = service.keep_ours if side == "ours" else service.take_theirs
        decided = act(conflict, COMMAND_LINE)
    except ChoiceGone:
        fail(f"{conflict}: there is no such conflict; metacentrex conflicts lists them")
    except (SiteClosed, SiteOfAnotherCustomer) as error:
        fail(f"{conflict}: {error.label} takes no licence of this service any more; keep ours")
    except HolderUnfit as error:
        fail(f"{conflict}: {error.reference} has ended here, or is of another service; keep ours")
    if decided.state is ConflictState.GONE:
        typer.echo(f"{conflict}: the bot and the portal agree by now")
    elif decided.is_now:
        typer.echo(f"{conflict}: {decided.state}")
    else:
        typer.echo(f"{conflict}: was decided before, by {decided.by or 'an import'}: {decided.state}")


def pending(*, as_json: JSON = False) -> None:
    """List what is to be carried over to the portal, as the portal works, the oldest first."""
    carrying = Carrying(migrated(), now)
    page = 0
    groups: list[OwedGroup] = []
    while True:
        found = carrying.owed(page=page)
        groups += found.groups
        page += 1
        if page >= found.pages:
            break
    if as_json:
        typer.echo(json.dumps([line for group in groups for line in _lines(group)], ensure_ascii=False))
        return
    for group in groups:
        where = group.service.reference if group.service else "sites"
        typer.echo(f"{group.customer.name} ({group.customer.account}), {where}, {group.tab.name.lower()}")
        for line in group.lines:
            doubt = "" if line.is_sure else " (the portal may have it)"
            licence = f", {line.licence_reference}" if isinstance(line.subject, PhoneNumber) else ""
            sides = f"{line.before or 'nothing'} -> {line.after or 'nothing'}"
            typer.echo(f"  {_name(line.subject)}{licence}: {sides}{doubt}; operation {line.operation}")


def _lines(group: OwedGroup) -> list[dict[str, Any]]:
    of = {
        "customer": group.customer.account,
        "service": group.service.reference if group.service else None,
        "tab": group.tab.name.lower(),
    }
    return [{**of, **_plain(line)} for line in group.lines]


def carried(
    operations: Annotated[list[str], typer.Argument(metavar="OPERATION...", help="as `pending` tells them")],
    *,
    as_json: JSON = False,
) -> None:
    """Say that the portal has all that these operations changed, and what led there."""
    database = migrated()
    known = Operations(database, now)
    for each in operations:
        try:
            known.read(OperationId(each))
        except UnknownOperation:
            fail(f"{each}: there is no such operation; metacentrex pending lists them", "nothing was ticked")
    carrying = Carrying(database, now)
    ticked = {each: carrying.tick(OfOperation(OperationId(each)), COMMAND_LINE) for each in operations}
    if as_json:
        typer.echo(json.dumps(_plain(ticked), ensure_ascii=False))
        return
    for operation, done in ticked.items():
        also = [
            f"{count} {why}"
            for count, why in (
                (done.already, f"ticked before, by {done.by}"),
                (done.seen, "seen in an import before"),
                (done.netted, "taken back: the portal is to stay as it was"),
                (done.overruled, "overruled by the portal"),
            )
            if count
        ]
        typer.echo("; ".join([f"{operation}: {done.carried} carried over", *also]))


def _name(subject: str | PhoneNumber) -> str:
    return subject.e164 if isinstance(subject, PhoneNumber) else subject


def _moment(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")


def _plain(value: Any) -> Any:
    """Give what JSON has for it."""
    if isinstance(value, PhoneNumber):
        return value.e164
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value
