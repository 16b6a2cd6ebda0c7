"""The portal's files beside the park: three ways; the difference is written, in one transaction (R16)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, select, union, update

from domain import agreeing, bringing, comparing, conflicts, holding, indexing, owing
from domain.agreeing import Agreement, Clash
from domain.comparing import DIFFERENT, Absent
from domain.errors import Refused, Stale
from domain.parameters import one_of
from domain.parkfiles import Fault, FilesRefused
from domain.shaping import CUSTOMER, LICENCE, LINES, NUMBER, SERVICE, SITE, SPECS, TOUCHED, Spec
from domain.staging import CUSTOMERS, stage
from domain.tables import CarryOver, Customer, Import, Operation, OperationLine, Service, Site
from domain.values import CarryState, OperationId, OperationKind, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.staging import Staged

COMMAND_LINE = Person("command line")
"""Who imports, where nobody is asked who they are."""

IMPORT_LOCK = 0x4D435849
"""The advisory lock under which PostgreSQL takes one import's difference at a time."""


@dataclass(frozen=True)
class Imported:
    """What an import did to one table, and what is to be looked at: it is taken, but not silently."""

    table: str
    created: int
    changed: int
    unchanged: int
    abroad: tuple[Fault, ...] = ()
    """Numbers of other countries in its file."""
    notes: tuple[Fault, ...] = ()
    """What became of rows that the files do not name."""
    absent: Absent = Absent(0, ())  # noqa: RUF009 - it is frozen
    """Rows that the files do not name, and that stay."""


@dataclass(frozen=True)
class Outcome:
    """What an import did, or would do."""

    tables: tuple[Imported, ...]
    operation: OperationId | None
    """What is on record of it, if anything is: a line for each change of a row that was there."""
    recorded: int
    seen: int
    """Lines that the files showed to be in the portal (R15)."""
    owed: int
    """Things that stay as we have them, since the portal does not show it yet."""
    clashes: tuple[Clash, ...]
    """What both changed differently: ours stays until somebody decides."""
    lost: tuple[Clash, ...]
    """Of which the portal's side was taken: it was wished, or ours could not be any more (R1, R4)."""


@dataclass(eq=False)
class FilesOutdated(Refused):
    """The files are those of an earlier import: they would bring back what one has seen since (R16)."""

    at: datetime
    """When they were imported."""
    last: datetime
    """When the last import was."""


@dataclass(eq=False)
class ImportOvertaken(Stale):
    """Another import was written while this one read its files: nothing of this one was."""

    at: datetime
    """When the other began."""


def import_park(
    database: Database,
    directory: Path,
    progress: Callable[[str, int, int], None],
    *,
    at: datetime,
    by: Person = COMMAND_LINE,
    theirs: bool = False,
    force: bool = False,
    dry: bool = False,
) -> Outcome:
    """Bring in what the portal's five files say, but for what the bot changed and they do not show yet (R16).

    Files are read and compared without a lock. `progress` is told the file or table, the rows done and those
    to do. `theirs` takes the portal's side of conflicts, `force` files of an earlier import; `dry` tells what
    would be done. Raises FilesRefused with every fault, FilesOutdated, ImportOvertaken; nothing is
    imported then.
    """
    with database.apart() as apart:
        with apart.reading() as session:
            last = _last(session)
            staged = stage(session, directory, progress)
            if staged.faults:
                raise FilesRefused(staged.faults)
            if not force:
                _refuse_outdated(session, staged.digest, last)
            comparing.compare(session)
            absent = comparing.absent(session)
        with apart.writing(keep=not dry) as session:
            _take_turn(session, last)
            return _Import(session, staged, at, by, progress).run(last, absent, theirs=theirs)


def _last(session: Session) -> Import | None:
    return session.scalars(select(Import).order_by(Import.id.desc()).limit(1)).one_or_none()


def _refuse_outdated(session: Session, digest: str, last: Import | None) -> None:
    if last is None or last.digest == digest:
        return
    before = select(Import.at).where(Import.digest == digest, Import.id < last.id)
    if known := session.scalar(before.order_by(Import.id.desc()).limit(1)):
        raise FilesOutdated(known, last.at)


def _take_turn(session: Session, last: Import | None) -> None:
    """Let no other import write before this one has, and none have written since this one read."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK)))
    newest = session.execute(select(Import.id, Import.at).order_by(Import.id.desc()).limit(1)).one_or_none()
    if newest and (last is None or newest.id != last.id):
        raise ImportOvertaken(newest.at)


class _Import:
    def __init__(
        self,
        session: Session,
        staged: Staged,
        at: datetime,
        by: Person,
        progress: Callable[[str, int, int], None],
    ) -> None:
        self._session = session
        self._staged = staged
        self._at = at
        self._by = by
        self._progress = progress
        self._agreement = Agreement()
        self._counts: dict[Spec, tuple[int, int]] = {}
        self._notes: dict[Spec, tuple[Fault, ...]] = {}

    def run(self, last: Import | None, absent: dict[str, Absent], *, theirs: bool) -> Outcome:
        self._lock()
        self._bring(theirs=theirs)
        agreement = self._agreement
        kept = len(agreement.kept) - len(agreement.clashes)
        agreement.clashes += conflicts.of_ended(self._session)
        changes = conflicts.plan(self._session, agreement)
        recorded = bringing.count(self._session, LINES)
        operation = self._record() if recorded else None
        written = (
            *self._counts.values(),
            (len(agreement.seen), len(agreement.owed)),
            (recorded, changes.count),
        )
        if any(map(any, written)) or last is None or last.digest != self._staged.digest:
            self._conclude(operation, changes)
        self._index()
        return Outcome(
            tables=tuple(self._told(spec, absent) for spec in SPECS),
            operation=operation,
            recorded=recorded,
            seen=len(agreement.seen),
            owed=kept,
            clashes=tuple(agreement.clashes),
            lost=tuple(agreement.lost),
        )

    def _lock(self) -> None:
        """Let nobody change what is compared: the services and customers that differ, and what is owed."""
        services = union(agreeing.services_of_lines(), agreeing.services_of_files(), *comparing.services())
        accounts = union(*comparing.accounts())
        for model, test in (
            (Service, Service.id.in_(services)),
            (Customer, Customer.account.in_(accounts)),
        ):
            self._session.execute(select(model.id).where(test).order_by(model.id).with_for_update()).all()
        owing.lock(self._session, literal(value=True))

    def _bring(self, *, theirs: bool) -> None:
        """Write the rows in the order in which they name each other; what is kept is found out on the way."""
        session, agreement = self._session, self._agreement
        self._write(CUSTOMER)
        added = bringing.create(session, SITE)
        kept = agreement.judge(agreeing.of_sites(session), theirs=theirs)
        self._write(SITE, added, one_of(Site.id, [site_id for _, site_id in kept]))
        self._write(SERVICE)
        licences = bringing.create(session, LICENCE)
        bringing.keep(session, agreement.judge(agreeing.of_licences(session), theirs=theirs))
        changed = bringing.target(session, LICENCE)
        bringing.keep(session, agreement.judge(agreeing.of_numbers(session), theirs=theirs))
        held = holding.target(session)
        for spec in (LICENCE, NUMBER):
            bringing.record(session, spec)
        holding.record(session)
        bringing.touch(session)
        freed = holding.freed(session)
        holding.let_go(session)
        bringing.write(session, LICENCE)
        self._notes = {LICENCE: freed, SERVICE: holding.left_behind(session)}
        self._tell(LICENCE, licences, changed)
        bringing.write(session, NUMBER)
        self._tell(NUMBER, bringing.create(session, NUMBER), held)

    def _write(self, spec: Spec, added: int | None = None, but: Any = None) -> None:
        created = bringing.create(self._session, spec) if added is None else added
        changed = bringing.target(self._session, spec, but)
        bringing.record(self._session, spec)
        bringing.write(self._session, spec)
        self._tell(spec, created, changed)

    def _tell(self, spec: Spec, created: int, changed: int) -> None:
        self._counts[spec] = (created, changed)
        self._progress(spec.model.__tablename__, created + changed, created + changed)

    def _record(self) -> OperationId:
        """Put on record what has become of the rows that were there (R8)."""
        operation = OperationId(uuid.uuid4().hex)
        values = {"id": operation, "kind": OperationKind.IMPORT, "by": self._by, "at": self._at}
        self._session.execute(insert(Operation).values(values))
        columns = [each.name for each in LINES.columns]
        lines = select(*LINES.columns, literal(operation), literal(value=False))
        into = insert(OperationLine).from_select([*columns, "operation_id", "refused"], lines)
        self._session.execute(into)
        return operation

    def _conclude(self, operation: OperationId | None, changes: conflicts.Changes) -> None:
        """Remember the import, where the lines stand that it showed, and what clashes."""
        counts = {spec.model.__tablename__: list(self._counts[spec]) for spec in SPECS}
        told = {"seen": len(self._agreement.seen), "clashes": len(self._agreement.clashes), **counts}
        values = {"at": self._at, "by": self._by, "digest": self._staged.digest, "counts": told}
        added = insert(Import).values(**values, operation_id=operation).returning(Import.id)
        import_id = self._session.execute(added).scalar_one()
        agreement = self._agreement
        owed = {"state": CarryState.OWED}
        seen = {"state": CarryState.SEEN, "import_id": import_id}
        overruled = {"state": CarryState.OVERRULED, "settled_by": operation}
        for ids, become in (
            (agreement.seen, seen),
            (agreement.overruled, overruled),
            (agreement.owed, owed),
        ):
            if ids:
                lines = update(CarryOver).where(one_of(CarryOver.id, ids)).values(become)
                self._session.connection().execute(lines)
        owing.straighten(self._session, agreement.owed)
        conflicts.write(self._session, changes, import_id, operation, self._at)

    def _index(self) -> None:
        customers = select(Customer.id).join(CUSTOMERS, CUSTOMERS.c.account == Customer.account)
        renamed = DIFFERENT["clients.csv"]
        found = self._session.scalars(customers.join(renamed, renamed.c.line == CUSTOMERS.c.line)).all()
        services = self._session.scalars(select(TOUCHED.c.service_id).distinct()).all()
        indexing.write(self._session, found, services)

    def _told(self, spec: Spec, absent: dict[str, Absent]) -> Imported:
        created, changed = self._counts[spec]
        return Imported(
            table=spec.model.__tablename__,
            created=created,
            changed=changed,
            unchanged=self._staged.totals[spec.file] - created - changed,
            abroad=tuple(number for number in self._staged.abroad if number.file == spec.file),
            notes=self._notes.get(spec, ()),
            absent=absent[spec.file],
        )
