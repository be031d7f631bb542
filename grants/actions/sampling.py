"""An auditor's sample: drawn once, findings typed, signed off. It moves nothing in the fund and is no event of it.

An auditor writes nothing in the fund (design §4): these are their own papers. Each row says who and when, and what was
drawn stays: nobody draws again until they like what they see.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.actions.readable import check_readable
from grants.actions.turn import action, refuse_if
from grants.control.draw import draw
from grants.control.plan import Plan, Share, plan_breaches, shares, size_breaches
from grants.control.population import Population, population_of
from grants.enums import Found, Role, SampleState, Side
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed, RuleRefused, StaleVersion
from grants.models import Fund, Sample, SampleItem
from grants.money import Cents
from grants.permissions import memberships, role_missing_in_fund
from grants.workflow import Actor

if TYPE_CHECKING:
    from fundadmin.models import User

AUDITOR: Final = Actor(Role.AUDITOR)
TEXT_LIMIT: Final = 4_000  # characters
NAMED: Final = 12
"""How many unfinished sheets a refusal names."""


@action
def draw_sample(*, fund: Fund, plan: Plan, seen: str, by: "User", key: str) -> Sample:
    """Draw and freeze a sample. `seen`: the digest of the population that the preflight showed."""
    check_readable(key, None, {"seed": plan.seed, "seen": seen, "since": plan.since, "until": plan.until})
    given = Sample.objects.filter(made_by=by, key=key).first()
    if given:
        return replayed(given, fund, plan)
    side = auditing_side(by, fund)
    refuse_if(plan_breaches(plan, ledger.today()))
    # With the position locked nothing is posted meanwhile, and samples get their numbers one after the other.
    head = ledger.lock(fund.pk)
    population = population_of(fund, plan, up_to_number=head.last_number)
    found = shares(population.units, plan.strata)
    refuse_if(size_breaches(found))
    if population.digest != seen:
        raise RuleRefused([Breach("population_moved", MOVED)])
    seeded = plan if plan.seed else replace(plan, seed=secrets.token_hex(16))
    sample = Sample.objects.create(
        fund=fund,
        number=(Sample.objects.filter(fund=fund).aggregate(last=Max("number"))["last"] or 0) + 1,
        side=side,
        unit=plan.unit,
        scope=plan.scope,
        since=plan.since,
        until=plan.until,
        method=plan.method,
        seed=seeded.seed,
        strata=[stored(share) for share in found],
        population_count=len(population.members),
        population_cents=population.cents,
        undone_cents=population.undone_cents,
        population_digest=population.digest,
        head_number=head.last_number,
        head_digest=head.last_digest,
        item_count=sum(share.drawn for share in found),
        made_by=by,
        made_at=timezone.now(),
        key=key,
    )
    SampleItem.objects.bulk_create(items_of(sample, population, seeded))
    return sample


MOVED: Final = _(
    "The population has changed since this page was made: something was posted meanwhile. Look at the figures again,"
    " then draw."
)


def replayed(given: Sample, fund: Fund, plan: Plan) -> Sample:
    """The sample that this key drew before. Raises KeyReused where another one is asked for."""
    before = (given.fund_id, given.unit, given.scope, given.since, given.until, given.method)
    asked = (fund.pk, plan.unit, plan.scope, plan.since, plan.until, plan.method)
    sizes = [(one["upto_cents"], one["size"]) for one in given.strata]
    if (
        before != asked
        or sizes != [(one.upto_cents, one.size) for one in plan.strata]
        or plan.seed not in ("", given.seed)
    ):
        message = _("This key was already used for another request: send a new one.")
        raise KeyReused([Breach("key_reused", message, pointer="key")])
    return given


def stored(share: Share) -> dict[str, int | None]:
    """A stratum as the sample keeps it."""
    return {
        "above_cents": share.above_cents,
        "upto_cents": share.stratum.upto_cents,
        "size": share.stratum.size,
        "count": share.count,
        "cents": share.cents,
        "drawn": share.drawn,
    }


def items_of(sample: Sample, population: Population, plan: Plan) -> list[SampleItem]:
    members = {member.unit.key: member for member in population.members}
    return [
        SampleItem(
            sample=sample,
            position=position,
            stratum=one.stratum,
            application_id=members[one.unit.key].application_id,
            line_id=members[one.unit.key].line_id,
            cents=one.unit.cents,
            digest=one.digest,
        )
        for position, one in enumerate(draw(population.units, plan.strata, plan.seed), start=1)
    ]


def auditing_side(by: "User", fund: Fund) -> Side:
    """The side that a person audits the fund for. Raises NotAllowed for who doesn't."""
    sides = [role.side for role in memberships(by, fund.pk, timezone.localdate()) if role.role == Role.AUDITOR]
    if not sides:
        raise NotAllowed([role_missing_in_fund((AUDITOR,))])
    return Side(min(sides))


def check_audits(by: "User", sample: Sample) -> None:
    """Raise NotAllowed unless this person audits the fund for the side that the sample belongs to."""
    roles = memberships(by, sample.fund_id, timezone.localdate())
    if not any(role.role == Role.AUDITOR and role.side == sample.side for role in roles):
        raise NotAllowed([role_missing_in_fund((Actor(Role.AUDITOR, Side(sample.side)),))])


@action
def record_finding(
    *, item: SampleItem, outcome: Found, at_risk_cents: int = 0, note: str = "", seen: datetime | None, by: "User"
) -> SampleItem:
    """Type back what was found in a file. `seen`: when the finding that its writer read was typed; None for none."""
    check_readable("finding", None, {"note": note, "at_risk_cents": at_risk_cents})
    written = SampleItem.objects.select_for_update(of=("self",)).select_related("sample").get(pk=item.pk)
    check_audits(by, written.sample)
    kept = note.strip()
    if (written.outcome, written.at_risk_cents, written.note, written.found_by_id) == (
        outcome,
        at_risk_cents,
        kept,
        by.pk,
    ):
        return written
    if bad := finding_breaches(written, outcome, at_risk_cents, kept):
        raise BadInput(bad)
    refuse_if(closed_breaches(written.sample))
    if written.found_at != seen:
        raise StaleVersion([Breach("found_meanwhile", MEANWHILE, {"who": written.found_by})])
    written.outcome, written.at_risk_cents, written.note = outcome, at_risk_cents, kept
    written.found_by, written.found_at = by, timezone.now()
    written.save(update_fields=["outcome", "at_risk_cents", "note", "found_by", "found_at"])
    return written


MEANWHILE: Final = _(
    "%(who)s has typed a finding for this sheet meanwhile. Yours is still on this page: read the other one below, then"
    " save again if yours is to replace it."
)


def finding_breaches(item: SampleItem, outcome: Found, at_risk_cents: int, note: str) -> list[Breach]:
    found = []
    if outcome == Found.AT_RISK and not 0 < at_risk_cents <= item.cents:
        message = _("Give an amount at risk between 0.01 and the %(amount)s of this sheet.")
        found.append(Breach("at_risk", message, {"amount": Cents(item.cents)}, "at_risk_cents"))
    if outcome != Found.AT_RISK and at_risk_cents:
        message = _("Only an amount at risk has an amount: choose that finding, or empty the amount.")
        found.append(Breach("no_risk", message, pointer="at_risk_cents"))
    if outcome != Found.NOTHING and not note:
        message = _("Say what is wrong and where it shows: another auditor must be able to find it again.")
        found.append(Breach("note", message, pointer="note"))
    return found + too_long(note, "note")


def too_long(text: str, pointer: str) -> list[Breach]:
    if len(text) <= TEXT_LIMIT:
        return []
    return [Breach("too_long", _("This text has at most %(limit)s characters."), {"limit": TEXT_LIMIT}, pointer)]


@action
def sign_sample(*, sample: Sample, conclusion: str, by: "User") -> Sample:
    """Sign off: everything is found, the conclusion is written, and nothing changes any more."""
    return _close(sample, SampleState.SIGNED, conclusion, by)


@action
def abandon_sample(*, sample: Sample, reason: str, by: "User") -> Sample:
    """Give a sample up, with the reason: it stays in the list, so that nobody draws until they like what they see."""
    return _close(sample, SampleState.ABANDONED, reason, by)


def _close(sample: Sample, state: SampleState, text: str, by: "User") -> Sample:
    check_readable("close", None, {"text": text})
    closed = Sample.objects.select_for_update(of=("self",)).get(pk=sample.pk)
    check_audits(by, closed)
    kept = text.strip()
    if (closed.state, closed.conclusion, closed.closed_by_id) == (state, kept, by.pk):
        return closed
    refuse_if(closed_breaches(closed) + (unfinished_breaches(closed) if state == SampleState.SIGNED else []))
    place = "conclusion" if state == SampleState.SIGNED else "reason"
    if bad := text_breaches(kept, place):
        raise BadInput(bad)
    closed.state, closed.conclusion, closed.closed_by, closed.closed_at = state, kept, by, timezone.now()
    closed.save(update_fields=["state", "conclusion", "closed_by", "closed_at"])
    return closed


def text_breaches(text: str, place: str) -> list[Breach]:
    if not text:
        return [Breach("text", _("Write what you conclude."), pointer=place)]
    return too_long(text, place)


def signing_breaches(sample: Sample) -> list[Breach]:
    """Why it can't be signed off now, whoever asks."""
    return closed_breaches(sample) or unfinished_breaches(sample)


def closed_breaches(sample: Sample) -> list[Breach]:
    if sample.is_open:
        return []
    return [
        Breach("sample_closed", _("This sample was signed off: nothing in it changes any more."))
        if sample.state == SampleState.SIGNED
        else Breach("sample_closed", _("This sample was given up: nothing in it changes any more."))
    ]


def unfinished_breaches(sample: Sample) -> list[Breach]:
    """The sheets without a finding."""
    left: Sequence[int] = list(
        SampleItem.objects.filter(sample=sample, outcome="").order_by("position").values_list("position", flat=True)
    )
    if not left:
        return []
    named = ", ".join(map(str, left[:NAMED])) + ("…" if len(left) > NAMED else "")
    message = _("Sheets without a finding: %(count)s (no. %(named)s).")
    return [Breach("unfinished", message, {"count": len(left), "named": named})]
