"""What the files say of what the bot has changed: thing by thing, what is seen, stays, or clashes (R16)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from domain import owing
from domain.shaping import LICENCE
from domain.staging import LICENCES, NUMBERS, SERVICES, SITES
from domain.tables import CarryOver, Customer, Licence, Number, Service, Site
from domain.threeway import Step, judge
from domain.values import CarryState, Field, LicenceState, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Clash:
    """What bot and portal have changed differently."""

    field: Field
    subject_id: int
    subject: str
    service_id: int | None
    customer_id: int
    base: str | None
    """What it was before either, as far as is known."""
    ours: str | None
    theirs: str | None
    theirs_key: str
    form: dict[str, Any] | None = None
    """A site's columns, as the portal has them."""


@dataclass
class Agreement:
    """What the files show of the lines that none had shown, as it is found out."""

    seen: list[int] = field(default_factory=list)
    owed: list[int] = field(default_factory=list)
    """Lines of which it is now known that the portal does not have them."""
    overruled: list[int] = field(default_factory=list)
    kept: list[tuple[Field, int]] = field(default_factory=list)
    """Things that stay as we have them."""
    clashes: list[Clash] = field(default_factory=list)
    """Of which ours stays."""
    lost: list[Clash] = field(default_factory=list)
    """Of which the portal's was taken: it was wished, or there is no other way (R1, R4)."""

    def judge(self, rows: Iterable[Any], *, theirs: bool) -> list[tuple[Field, int]]:
        """Hold the lines of things, the oldest first, against what the file says; give what stays."""
        kept: list[tuple[Field, int]] = []
        for thing, group in groupby(rows, key=lambda row: (row.field, row.subject_id)):
            lines = list(group)
            last = lines[-1]
            steps = [Step(row.id, row.before_key, row.after_key, row.state) for row in lines]
            verdict = judge(steps, last.ours_key, last.theirs_key)
            if not verdict.keeps:
                self.seen += verdict.seen
                continue
            clash = Clash(
                *thing, last.subject, last.service_id, last.customer_id, lines[0].before, last.ours,
                last.theirs, last.theirs_key, getattr(last, "form", None),
            )  # fmt: skip
            if last.is_impossible or (verdict.is_conflict and theirs):
                self.overruled += [step.id for step in steps]
                self.lost.append(clash)
                continue
            self.seen += verdict.seen
            self.owed += verdict.owed
            kept.append(thing)
            if verdict.is_conflict:
                self.clashes.append(clash)
        self.kept += kept
        return kept


_LINE = (
    CarryOver.id,
    CarryOver.field,
    CarryOver.subject_id,
    CarryOver.state,
    CarryOver.before,
    CarryOver.before_key,
    CarryOver.after_key,
)
_ACTIVE = CarryOver.state.in_(owing.ACTIVE)
_ORDER = (CarryOver.field, CarryOver.subject_id, CarryOver.id)


def of_licences(session: Session) -> list[Any]:
    """Read the lines of sites and states beside what the files say of their licences."""
    ours, theirs = aliased(Site), aliased(Site)
    is_site = CarryOver.field == Field.SITE
    query = (
        select(
            *_LINE,
            Licence.reference.label("subject"),
            Licence.service_id,
            Service.customer_id,
            owing.either(is_site, ours.label, Licence.state).label("ours"),
            owing.either(is_site, ours.id, Licence.state).label("ours_key"),
            owing.either(is_site, theirs.label, LICENCES.c.state).label("theirs"),
            owing.either(is_site, theirs.id, LICENCES.c.state).label("theirs_key"),
            # Ours is a site of the customer whom the licence has left with its service.
            (is_site & (ours.customer_id != Service.customer_id)).label("is_impossible"),
        )
        .join(Licence, Licence.id == CarryOver.subject_id)
        .join(LICENCES, LICENCES.c.reference == Licence.reference)
        .join(Service, Service.reference == LICENCES.c.service)
        .join(ours, ours.id == Licence.site_id)
        .join(theirs, (theirs.customer_id == Service.customer_id) & (theirs.label_key == LICENCES.c.site_key))
        .where(CarryOver.field.in_((Field.SITE, Field.STATE)), _ACTIVE)
    )
    return list(session.execute(query.order_by(*_ORDER)))


def of_numbers(session: Session) -> list[Any]:
    """Read the lines of numbers beside what the files say of them, once it is known what licences become."""
    ours, theirs, to = aliased(Licence), aliased(Licence), LICENCE.target
    is_ended = func.coalesce(to.c.state, ours.state) == LicenceState.TERMINATED
    query = (
        select(
            *_LINE,
            Number.e164.label("subject"),
            Number.service_id,
            Service.customer_id,
            ours.reference.label("ours"),
            owing.key(ours.id).label("ours_key"),
            theirs.reference.label("theirs"),
            owing.key(theirs.id).label("theirs_key"),
            func.coalesce(is_ended, False).label("is_impossible"),
        )
        .join(Number, Number.id == CarryOver.subject_id)
        .join(Service, Service.id == Number.service_id)
        .join(NUMBERS, NUMBERS.c.e164 == Number.e164)
        .outerjoin(ours, ours.id == Number.licence_id)
        .outerjoin(to, to.c.id == ours.id)
        .outerjoin(theirs, theirs.reference == NUMBERS.c.licence)
        .where(CarryOver.field == Field.HOLDER, _ACTIVE)
    )
    return list(session.execute(query.order_by(*_ORDER)))


@dataclass(frozen=True)
class _SiteLine:
    """As the rows of the other fields: a site's values are more than a key."""

    id: int
    field: Field
    subject_id: int
    state: CarryState
    before: str | None
    before_key: str
    after_key: str
    subject: str
    service_id: None
    customer_id: int
    ours: str
    ours_key: str
    theirs: str | None
    theirs_key: str
    form: dict[str, Any] | None
    is_impossible: bool = False


FORM = ("label", "address", "address_key", "postal_code", "city", "phone")
"""What a site has."""


def of_sites(session: Session) -> list[_SiteLine]:
    """Read the lines of sites that were added beside what the files say of them; few, so one by one."""
    query = (
        select(CarryOver, Site, SITES.c.line, *(SITES.c[name] for name in FORM))
        .join(Site, Site.id == CarryOver.subject_id)
        .join(Customer, Customer.id == Site.customer_id)
        .outerjoin(SITES, (SITES.c.account == Customer.account) & (SITES.c.label_key == Site.label_key))
        .where(CarryOver.field == Field.NEW_SITE, _ACTIVE)
    )
    return [_site_line(*row) for row in session.execute(query.order_by(*_ORDER))]


def _site_line(carry: CarryOver, site: Site, line: int | None, *form: Any) -> _SiteLine:
    theirs = dict(zip(FORM, form, strict=True)) if line else None
    return _SiteLine(
        id=carry.id,
        field=carry.field,
        subject_id=carry.subject_id,
        state=carry.state,
        before=carry.before,
        before_key=carry.before_key,
        after_key=carry.after_key,
        subject=site.label,
        service_id=None,
        customer_id=site.customer_id,
        ours=address(site.address, site.postal_code, site.city),
        ours_key=owing.THERE,
        theirs=address(theirs["address"], theirs["postal_code"], theirs["city"]) if theirs else None,
        theirs_key=_site_key(site, theirs),
        form=theirs,
    )


def address(street: str, postal_code: str, city: str) -> str:
    """Give an address on one line, as the record has it."""
    return f"{street}, {postal_code} {city}"


def _site_key(site: Site, theirs: dict[str, Any] | None) -> str:
    """Tell whether the portal has the site: at the same address, however that is spelt."""
    if theirs is None:
        return ""
    place = (theirs["address_key"], fold(theirs["city"]))
    if place == (site.address_key, fold(site.city)):
        return owing.THERE
    return hashlib.sha256("\n".join(place).encode()).hexdigest()[:32]


def services_of_lines() -> Any:
    """Select the services of the licences and numbers whose lines no file has shown."""
    return (
        select(func.coalesce(Number.service_id, Licence.service_id))
        .select_from(CarryOver)
        .outerjoin(Licence, (CarryOver.field != Field.HOLDER) & (Licence.id == CarryOver.subject_id))
        .outerjoin(Number, (CarryOver.field == Field.HOLDER) & (Number.id == CarryOver.subject_id))
        .where(_ACTIVE, CarryOver.field != Field.NEW_SITE)
    )


def services_of_files() -> Any:
    """Select the services that the files name for those licences."""
    return (
        select(Service.id)
        .join(SERVICES, SERVICES.c.reference == Service.reference)
        .join(LICENCES, LICENCES.c.service == SERVICES.c.reference)
        .join(Licence, Licence.reference == LICENCES.c.reference)
        .join(CarryOver, CarryOver.subject_id == Licence.id)
        .where(_ACTIVE, CarryOver.field.in_((Field.SITE, Field.STATE)))
    )
