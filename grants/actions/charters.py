"""The fund itself and its charter's versions, before anybody confirms them.

An administrator creates a fund and drafts its first version from the signed charter; a landlord manager drafts
the amendments. A version binds nobody until the fund action that names it is confirmed (`funding`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Required, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from grants import accounts, queries
from grants.actions.documents import KIND_LIMIT
from grants.actions.fund_rules import landlord_breaches
from grants.actions.readable import check_readable, too_long
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.charter_rules import terms_breaches
from grants.eligibility import Criterion, CriterionSpec, parse_criteria
from grants.enums import AidRegime, CapsBasis, DocumentTiming, FundState, FundStep, RequestState, SecondVisaSide
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Charter, CharterCriterion, Commitment, Event, Fund, FundProposal
from grants.workflow import LANDLORD_MANAGER
from landlords.models import Landlord

if TYPE_CHECKING:
    from fundadmin.models import User

CODE: Final = re.compile(r"[a-z0-9-]{1,40}")
COMMITMENT_LENGTH: Final = 300
NEW_FUND_LOCK: Final = 1937  # the advisory lock of whoever creates a fund: there is no position to lock yet
ADMINISTRATOR: Final = Breach("administrator", _("This step is reserved to an administrator."))


class CharterTerms(TypedDict, total=False):
    """A version's terms: the fields of `models.Charter`, whose defaults stand for what is not given."""

    signed_on: Required[date]
    starts_on: Required[date]
    ends_on: Required[date]
    filing_deadline: Required[date]
    first_month: Required[date]
    last_month: Required[date]
    ceiling_cents: Required[int]
    components: Required[list[str]]
    aid_regime_justification: Required[str]
    aid_regime: AidRegime
    cap_per_siren_cents: int | None
    cap_per_lease_cents: int | None
    max_months: int | None
    rent_call_rate_bp: int
    caps_basis: CapsBasis
    second_visa_threshold_cents: int | None
    second_visa_side: SecondVisaSide
    reservation_days: int
    offer_days: int
    info_days: int
    reply_days: int
    reexamination_days: int
    warning_levels: list[int]
    accounts: dict[str, Any]
    required_documents: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A landlord's commitment other than money, and until when it is to be kept."""

    text: str
    due_on: date | None = None


@action
def create_fund(*, code: str, name: str, landlord: Landlord, by: "User", key: str, on: date | None = None) -> Fund:
    """Create a landlord's fund, in preparation. `code` names it in commands and starts its ledger: it never changes."""
    request = {"code": code, "name": name, "landlord": landlord.pk}
    check_readable(key, on, request)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NEW_FUND_LOCK])
    earlier = Event.objects.filter(user=by, action=FundStep.CREATE_FUND, key=key).select_related("fund").first()
    fund = earlier.fund if earlier else _new_fund(code, name, landlord, by)
    turn = begin(FundStep.CREATE_FUND, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if not turn.replay:
        turn.record(to_state=fund.state, data={"landlord": landlord.pk})
    return turn.fund


def _new_fund(code: str, name: str, landlord: Landlord, by: "User") -> Fund:
    if not by.is_staff:
        raise NotAllowed([ADMINISTRATOR])
    found = []
    if not CODE.fullmatch(code):
        message = _("A code has 1 to 40 small letters without accents, digits and hyphens, e.g. oise-2020.")
        found.append(Breach("code", message, pointer="code"))
    if Fund.objects.filter(code=code).exists():
        found.append(Breach("code_taken", _("Another fund has the code %(code)s."), {"code": code}, "code"))
    if not name.strip():
        found.append(Breach("name", _("Give the fund a name."), pointer="name"))
    found += too_long(Fund, "name", name.strip(), "name")
    if found:
        raise BadInput(found)
    return Fund.objects.create(code=code, name=name.strip(), landlord=landlord)


@action
def draft_charter(
    *,
    fund: Fund,
    by: "User",
    key: str,
    criteria: Sequence[CriterionSpec] = (),
    commitments: Sequence[Promise] = (),
    on: date | None = None,
    **terms: Unpack[CharterTerms],
) -> Charter:
    """Draft the fund's next charter version; a draft made before, and not confirmed, is replaced.

    Raises BadInput with everything that is wrong in the terms, criteria and commitments.
    """
    request = {
        "terms": terms,
        "criteria": [[spec.code, dict(spec.parameters), spec.article] for spec in criteria],
        "commitments": [asdict(promise) for promise in commitments],
    }
    turn = begin(FundStep.DRAFT_CHARTER, fund_id=fund.pk, by=by, key=key, on=on, request=request)
    if turn.replay:
        return Charter.objects.get(pk=turn.replay.data["charter"])
    _check_drafter(turn)
    draft = Charter.objects.filter(fund=fund, confirmed_at__isnull=True).first()
    if draft and FundProposal.objects.filter(charter=draft, state=RequestState.OPEN).exists():
        message = _("Version %(version)s is proposed: have it confirmed or refused first.")
        refuse_if([Breach("version_proposed", message, {"version": draft.version})])
    current = queries.current_charter(fund.pk)
    charter = Charter(fund=turn.fund, version=current.version + 1 if current else 1, **terms)
    found = [*_type_breaches(terms), *_terms_breaches(charter), *_commitment_breaches(commitments)]
    for place, spec in enumerate(criteria):
        found += too_long(CharterCriterion, "article", spec.article, f"criteria/{place}/article")
    parsed = _parsed(criteria, found)
    if found:
        raise BadInput(found)
    _replace(draft, charter)
    CharterCriterion.objects.bulk_create(
        CharterCriterion(
            charter=charter, position=place, code=spec.code, parameters=spec.parameters, article=spec.article
        )
        for place, spec in enumerate((CriterionSpec.of(criterion) for criterion in parsed), start=1)
    )
    Commitment.objects.bulk_create(Commitment(charter=charter, **asdict(promise)) for promise in commitments)
    turn.record(data={"charter": charter.pk, "version": charter.version})
    return charter


def _check_drafter(turn: Turn) -> None:
    if turn.fund.state != FundState.DRAFT:
        found = landlord_breaches(turn, LANDLORD_MANAGER)
    else:
        found = [] if turn.by.is_staff else [ADMINISTRATOR]
    if found:
        raise NotAllowed(found)


def _replace(draft: Charter | None, charter: Charter) -> None:
    """Save a version, in the place of the draft it replaces: a refused proposal may name that row."""
    if draft is not None:
        draft.criteria.all().delete()
        draft.commitments.all().delete()
        charter.pk, charter.uuid, charter.created_at = draft.pk, draft.uuid, draft.created_at
    charter.save(force_insert=draft is None, force_update=draft is not None)


def _parsed(criteria: Sequence[CriterionSpec], found: list[Breach]) -> list[Criterion]:
    """The criteria, validated; what is wrong with them is added to `found`."""
    try:
        return parse_criteria(criteria)
    except BadInput as error:
        found += error.breaches
        return []


def _type_breaches(terms: Mapping[str, object]) -> Iterator[Breach]:
    """Terms of another type than their column, which Django would read all the same: “5” or 1.5 for an amount."""
    for name, value in terms.items():
        field = Charter._meta.get_field(name)
        if value is None:
            continue
        if isinstance(field, models.IntegerField) and type(value) is not int:
            yield Breach("field", _("This is a whole number."), {}, name)
        if isinstance(field, models.DateField) and not isinstance(value, date):
            yield Breach("field", _("This is a date."), {}, name)


def _terms_breaches(charter: Charter) -> Iterator[Breach]:
    try:
        charter.clean_fields(exclude=["fund", "uuid", "signed_pdf", "aid_regime_justification"])
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield from (Breach("field", "%(problem)s", {"problem": message}, name) for message in messages)
    else:
        yield from terms_breaches(charter.terms())
        yield from _document_breaches(charter.required_documents)
    for breach in accounts.faults(charter.accounts):
        yield replace(breach, pointer=f"accounts/{breach.pointer}".rstrip("/"))
    if not charter.aid_regime_justification.strip():
        message = _("Say why the fund is under this aid regime, or under none.")
        yield Breach("aid_regime_justification", message, pointer="aid_regime_justification")


def _document_breaches(documents: object) -> Iterator[Breach]:
    message = _("A document has a kind, of %(limit)s characters at most, and is due “at_filing” or “before_decision”.")
    for place, wanted in enumerate(documents) if isinstance(documents, list) else [("", documents)]:
        if not _is_document(wanted):
            yield Breach("required_document", message, {"limit": KIND_LIMIT}, f"required_documents/{place}".rstrip("/"))


def _is_document(wanted: object) -> bool:
    """Whether a file could be attached as this kind of document."""
    if not isinstance(wanted, dict):
        return False
    kind, timing = wanted.get("kind"), wanted.get("timing")
    return isinstance(kind, str) and 0 < len(kind.strip()) <= len(kind) <= KIND_LIMIT and timing in list(DocumentTiming)


def _commitment_breaches(commitments: Sequence[Promise]) -> Iterator[Breach]:
    for place, promise in enumerate(commitments):
        if not 0 < len(promise.text.strip()) <= COMMITMENT_LENGTH:
            message = _("A commitment is put in 1 to %(length)s characters.")
            yield Breach("commitment", message, {"length": COMMITMENT_LENGTH}, f"commitments/{place}/text")
