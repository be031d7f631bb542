"""What is known of a tenant when its application is assessed, who supplies each fact and who may see it.

A leaf. `None` means unknown, which never passes a criterion; an empty tuple means that the tenant (or who
supplies the fact) declared that there is none. Amounts are integer cents.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from grants.de_minimis import PriorAid
from grants.eligibility.strict_json import Month, dump, load
from grants.enums import Visibility
from grants.exceptions import Breach
from landlords.enums import NafNomenclature
from landlords.identifiers import naf_nomenclature

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Supplier(TextChoices):
    """Who is asked for a fact."""

    TENANT = "tenant", _("the tenant")
    LANDLORD = "landlord", _("the landlord")
    CHAMBER = "chamber", _("the chamber")
    SIRENE = "sirene", _("the Sirene register")


class Evidence(TextChoices):
    """What a fact rests on."""

    VAT_RETURN = "vat_return", _("VAT return")
    URSSAF_DECLARATION = "urssaf_declaration", _("URSSAF declaration")
    ACCOUNTANT_CERTIFICATE = "accountant_certificate", _("accountant's certificate")
    TILL_JOURNAL = "till_journal", _("till journal")
    SWORN_STATEMENT = "sworn_statement", _("sworn statement")
    SIRENE_RECORD = "sirene_record", _("Sirene record")
    RNE_EXTRACT = "rne_extract", _("extract of the national business register (RNE)")
    SOCIAL_DECLARATION = "social_declaration", _("social declaration (DSN)")
    COURT_NOTICE = "court_notice", _("court notice (BODACC)")
    RENT_ROLL = "rent_roll", _("rent roll")
    LEASE_CONTRACT = "lease_contract", _("lease contract")
    ORDER_TEXT = "order_text", _("text of the order")
    DE_MINIMIS_DECLARATION = "de_minimis_declaration", _("de minimis declaration")
    STATE_AID_REGISTER = "state_aid_register", _("State aid register")


class Proceedings(TextChoices):
    """Collective proceedings against a business in difficulty."""

    NONE = "none", _("no insolvency proceedings")
    SAFEGUARD = "safeguard", _("safeguard proceedings")
    RECOVERY = "recovery", _("recovery proceedings")
    LIQUIDATION = "liquidation", _("liquidation")


class AidStatus(TextChoices):
    ASKED = "asked", _("asked for")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


@dataclass(frozen=True, slots=True)
class Closure:
    """The premises were closed to the public by an order. `ends_on` None: until further notice."""

    text: str
    activity: str
    starts_on: date
    ends_on: date | None = None
    partial_opening: bool = False

    def problems(self) -> Iterator[Breach]:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            yield ends_before_start(self.starts_on)


@dataclass(frozen=True, slots=True)
class LeaseFact:
    """A lease the application is about. `ends_on` None: open-ended; `notice_given_on` None: none given."""

    reference: str
    starts_on: date
    ends_on: date | None = None
    notice_given_on: date | None = None

    def problems(self) -> Iterator[Breach]:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            yield ends_before_start(self.starts_on)


@dataclass(frozen=True, slots=True)
class OtherAid:
    """Another aid for the same crisis. `period`: a month or any period, as declared."""

    name: str
    period: str
    status: AidStatus
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The inputs of an assessment. Every field may be unknown (None)."""

    closures: tuple[Closure, ...] | None = None
    turnover_by_month: Mapping[Month, int] | None = None
    annual_turnover_cents: int | None = None
    headcount: int | None = None
    naf_codes: Mapping[NafNomenclature, str] | None = None
    craft_registered: bool | None = None
    craft_proof_on: date | None = None
    leases: tuple[LeaseFact, ...] | None = None
    started_on: date | None = None
    proceedings: Proceedings | None = None
    proceedings_opened_on: date | None = None
    arrears_cents: int | None = None
    arrears_on: date | None = None
    other_aid: tuple[OtherAid, ...] | None = None
    de_minimis_aids: tuple[PriorAid, ...] | None = None
    requested_cents: int | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """What each fact rests on, by fact name."""

    def problems(self) -> Iterator[Breach]:
        for nomenclature, code in (self.naf_codes or {}).items():
            if naf_nomenclature(code) != nomenclature:
                yield not_a_naf_code(code, nomenclature, f"naf_codes/{nomenclature}")
        for name in self.evidence:
            if name not in FACTS:
                message = _("“%(name)s” is not the name of a fact.")
                yield Breach("unknown_fact", message, {"name": name}, f"evidence/{name}")


def ends_before_start(starts_on: date) -> Breach:
    message = _("The end comes before the start (%(starts_on)s): correct one of the two dates.")
    return Breach("ends_before_start", message, {"starts_on": starts_on}, "ends_on")


def not_a_naf_code(code: str, nomenclature: NafNomenclature, pointer: str) -> Breach:
    message = _("“%(code)s” is not a code of %(nomenclature)s.")
    return Breach("not_a_naf_code", message, {"code": code, "nomenclature": nomenclature.label}, pointer)


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """The facts as an assessment stores them; unknown facts are left out."""
    stored: dict[str, Any] = dump(facts)
    return stored


def facts_from_json(data: object) -> Facts:
    """Read facts; raise `BadInput` with every problem and a pointer to each."""
    return load(Facts, data)


@dataclass(frozen=True, slots=True)
class FactKind:
    """Who supplies a fact, who may see it, what may prove it (best evidence first)."""

    label: "_StrPromise"
    supplier: Supplier
    visibility: Visibility
    evidence: tuple[Evidence, ...]


TURNOVER_EVIDENCE = (
    Evidence.VAT_RETURN,
    Evidence.URSSAF_DECLARATION,
    Evidence.ACCOUNTANT_CERTIFICATE,
    Evidence.TILL_JOURNAL,
    Evidence.SWORN_STATEMENT,
)
PROCEEDINGS_EVIDENCE = (Evidence.COURT_NOTICE, Evidence.SIRENE_RECORD, Evidence.SWORN_STATEMENT)

# The landlord never reads its tenants' figures: they could weigh on the lease.
FACTS: Mapping[str, FactKind] = {
    "closures": FactKind(_("closure orders"), Supplier.CHAMBER, Visibility.BOTH, (Evidence.ORDER_TEXT,)),
    "turnover_by_month": FactKind(_("turnover by month"), Supplier.TENANT, Visibility.CHAMBER, TURNOVER_EVIDENCE),
    "annual_turnover_cents": FactKind(_("annual turnover"), Supplier.TENANT, Visibility.CHAMBER, TURNOVER_EVIDENCE),
    "headcount": FactKind(
        _("headcount"),
        Supplier.TENANT,
        Visibility.BOTH,
        (Evidence.SOCIAL_DECLARATION, Evidence.ACCOUNTANT_CERTIFICATE, Evidence.SWORN_STATEMENT),
    ),
    "naf_codes": FactKind(_("activity code (NAF)"), Supplier.SIRENE, Visibility.BOTH, (Evidence.SIRENE_RECORD,)),
    "craft_registered": FactKind(_("craft registration"), Supplier.CHAMBER, Visibility.BOTH, (Evidence.RNE_EXTRACT,)),
    "craft_proof_on": FactKind(
        _("date of the RNE extract"), Supplier.CHAMBER, Visibility.BOTH, (Evidence.RNE_EXTRACT,)
    ),
    "leases": FactKind(_("leases"), Supplier.LANDLORD, Visibility.BOTH, (Evidence.RENT_ROLL, Evidence.LEASE_CONTRACT)),
    "started_on": FactKind(
        _("start of activity"),
        Supplier.SIRENE,
        Visibility.BOTH,
        (Evidence.SIRENE_RECORD, Evidence.RNE_EXTRACT, Evidence.SWORN_STATEMENT),
    ),
    "proceedings": FactKind(_("insolvency proceedings"), Supplier.TENANT, Visibility.CHAMBER, PROCEEDINGS_EVIDENCE),
    "proceedings_opened_on": FactKind(
        _("opening of the proceedings"), Supplier.TENANT, Visibility.CHAMBER, PROCEEDINGS_EVIDENCE
    ),
    "arrears_cents": FactKind(_("arrears"), Supplier.LANDLORD, Visibility.BOTH, (Evidence.RENT_ROLL,)),
    "arrears_on": FactKind(_("date of the arrears"), Supplier.LANDLORD, Visibility.BOTH, (Evidence.RENT_ROLL,)),
    "other_aid": FactKind(_("other aid"), Supplier.TENANT, Visibility.CHAMBER, (Evidence.SWORN_STATEMENT,)),
    "de_minimis_aids": FactKind(
        _("earlier de minimis aid"),
        Supplier.TENANT,
        Visibility.BOTH,
        (Evidence.STATE_AID_REGISTER, Evidence.DE_MINIMIS_DECLARATION),
    ),
    "requested_cents": FactKind(_("amount requested"), Supplier.CHAMBER, Visibility.BOTH, ()),
}

FACT_SUPPLIER: Mapping[str, Supplier] = {name: kind.supplier for name, kind in FACTS.items()}
