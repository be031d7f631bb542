"""The fund itself and its charter's versions, before anybody confirms them.

An administrator creates a fund and drafts its first version from the signed charter; a landlord manager drafts
the amendments. A version binds nobody until the fund action that names it is confirmed (`funding`).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Required, TypedDict, Unpack

from django.db import connection
from django.utils.translation import gettext_lazy as _

from grants import queries
from grants.actions.fund_rules import landlord_breaches
from grants.actions.readable import check_readable, too_long
from grants.actions.turn import Turn, action, begin, refuse_if
from grants.actions.version_rules import Promise, version_breaches
from grants.eligibility import CriterionSpec, parse_criteria
from grants.enums import AidRegime, CapsBasis, FundState, FundStep, RequestState, SecondVisaSide
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Charter, CharterCriterion, Commitment, Event, Fund, FundProposal
from grants.workflow import LANDLORD_MANAGER
from landlords.models import Landlord

if TYPE_CHECKING:
    from fundadmin.models import User

CODE: Final = re.compile(r"[a-z0-9-]{1,40}")
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
    articles: dict[str, str]


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
    if found := version_breaches(charter, terms, criteria, commitments):
        raise BadInput(found)
    _replace(draft, charter)
    CharterCriterion.objects.bulk_create(
        CharterCriterion(
            charter=charter, position=place, code=spec.code, parameters=spec.parameters, article=spec.article
        )
        for place, spec in enumerate(map(CriterionSpec.of, parse_criteria(criteria)), start=1)
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
