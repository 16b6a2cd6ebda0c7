"""Adding a site to a customer: the form, what is planned, and from what (procedure 4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from sqlalchemy import select, update

from domain import drafts, operations, park
from domain.changes import Change, Moment, NewSite, Plan, Procedure, Side
from domain.errors import (
    DoubtfulPhoneNumber,
    DraftIncomplete,
    FormInvalid,
    InvalidPhoneNumber,
    InvalidPostalCode,
    Naming,
    SiteLabelTaken,
    TextMissing,
    TextTooLong,
)
from domain.tables import KEY_LIMIT, Customer, Draft, OperationLine, Site
from domain.values import Field, OperationKind, PhoneNumber, PostalCode, fold, typed, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.rows import CustomerRow, SiteRow
    from domain.values import DraftId, OperationId, Person


LIMITS = {"label": 75, "address": 150, "postal_code": 10, "city": 90, "phone": 30}
"""Characters that the fields may have: the address on one line must fit the record."""


@dataclass(frozen=True)
class SiteForm:
    """A site as a person describes it."""

    label: str
    address: str
    postal_code: str
    city: str
    phone: str | None

    @classmethod
    def parse(cls, fields: dict[str, str | None]) -> Self:
        """Read the fields, all of them needed but `phone`. Raises FormInvalid with every fault at once."""
        texts: dict[str, str] = {}
        faults: dict[str, Naming] = {}
        for name in ("label", "address", "postal_code", "city", "phone"):
            try:
                texts[name] = _read(name, fields.get(name))
            except (
                TextMissing,
                TextTooLong,
                InvalidPhoneNumber,
                InvalidPostalCode,
                Naming,
            ) as fault:
                faults[name] = fault
        if faults:
            raise FormInvalid(faults)
        phone = texts.pop("phone") or None
        return cls(**texts, phone=phone)

    @property
    def label_key(self) -> str:
        """Two labels with the same key are the same label, whatever the case and accents."""
        return fold(self.label)

    @property
    def address_key(self) -> str:
        """Two sites of a customer with the same key are at the same address."""
        return address_key(self.postal_code, self.address)


def address_key(postal_code: str, address: str) -> str:
    """Postal code and street, without case, accents and punctuation."""
    return " ".join((postal_code, *words(address)))


def _read(name: str, entered: str | None) -> str:
    text = typed(name, entered, LIMITS[name])
    if text is None:
        if name == "phone":
            return ""
        raise TextMissing(name)
    if len(fold(text)) > KEY_LIMIT:  # one letter may be several in the key, as ㎢ is
        raise TextTooLong(name, LIMITS[name])
    if name == "phone":
        return _phone(text).e164
    return PostalCode.parse(text).digits if name == "postal_code" else text


def _phone(text: str) -> PhoneNumber:
    number = PhoneNumber.parse(text)
    if number.country and text != number.e164:  # a form has no plan that would show it with its country
        raise DoubtfulPhoneNumber(text, number)
    return number


@dataclass(frozen=True)
class SitePlan(Plan):
    """A site to add, and the customer's sites that stand at the same address."""

    customer: CustomerRow
    form: SiteForm
    similar: tuple[SiteRow, ...]

    @property
    def customer_id(self) -> int:
        """The customer."""
        return self.customer.id

    @property
    def service_id(self) -> None:
        """A site is no service's."""

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """The site."""
        form = self.form
        site = NewSite(
            customer_id=self.customer.id,
            label_key=form.label_key,
            address_key=form.address_key,
            **asdict(form),
        )
        text = f"{form.address}, {form.postal_code} {form.city}"
        return (Change(Field.NEW_SITE, form.label, Side(), Side(text), site=site),)


def plan_site(customer: CustomerRow, sites: Sequence[SiteRow], form: SiteForm) -> SitePlan:
    """Hold a form against the customer's sites. Raises SiteLabelTaken."""
    for site in sites:
        if fold(site.label) == form.label_key:
            raise SiteLabelTaken(site.label)
    at_address = [site for site in sites if address_key(site.postal_code, site.address) == form.address_key]
    return SitePlan(customer, form, tuple(at_address))


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> SitePlan:
    if row.customer_id is None or row.form is None:
        raise DraftIncomplete
    if moment.lock:  # two people who add sites to one customer take turns
        session.execute(select(Customer.id).where(Customer.id == row.customer_id).with_for_update())
    theirs = Site.customer_id == row.customer_id
    if not moment.lock:  # without what this draft has added: sent twice, the form shows the same plan (R7)
        own = select(OperationLine.after_site_id).where(OperationLine.operation_id == row.id)
        theirs &= Site.id.not_in(own)
    sites = park.sites(session, theirs)
    return plan_site(park.customer(session, row.customer_id), sites, SiteForm(**row.form))


ADDING_SITE = Procedure(OperationKind.SITE_CREATION, _plan)


class Sites:
    """Customers' sites: what a form fills in, and what came of it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def fill(self, draft: DraftId, by: Person, customer_id: int | None, form: SiteForm) -> SitePlan:
        """Keep the form in the draft and show what it would add.

        Raises SiteLabelTaken, FormInvalid without customer, DraftGone, DraftForeign.
        """
        if customer_id is None:
            raise FormInvalid({"customer": TextMissing("customer")})
        with self._database.writing() as session:
            drafts.locked(session, draft, by)
            park.customer(session, customer_id)
            filled = update(Draft).where(Draft.id == draft).values(customer_id=customer_id, form=asdict(form))
            session.execute(filled)
            return _plan(session, drafts.read(session, draft, by), Moment(self._clock()))

    def added(self, operation: OperationId) -> SiteRow:
        """Read the site that an operation has added."""
        with self._database.reading() as session:
            return park.sites(session, Site.id == operations.created_site(session, operation))[0]

    def customer(self, draft: DraftId, by: Person) -> CustomerRow | None:
        """Read the customer of a draft, if it is chosen. Raises DraftGone, DraftForeign."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            return park.customer(session, row.customer_id) if row.customer_id else None
