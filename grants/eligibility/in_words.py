"""A charter's criteria as a business reads them: one plain sentence each, made from the parameters. A leaf."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.eligibility import business, tenancy, turnover
from grants.eligibility.criterion import Criterion
from grants.eligibility.findings import shown
from grants.eligibility.operators import Operator
from grants.eligibility.turnover import Reference
from grants.enums import AidRegime
from grants.money import Cents, percent


def in_words(criterion: Criterion) -> str:
    """What the criterion asks for, without its article."""
    return WORDS[criterion.code](criterion)


def day(value: Any) -> str:
    return date_format(value, "SHORT_DATE_FORMAT")


def needed(op: Operator, bound: object) -> str:
    return str(op.label) % {"bound": bound}


def _closed(asked: business.ClosedByOrder) -> str:
    text = _(
        "The premises were closed to the public by order (%(order)s) for at least a day from %(first)s to %(last)s."
    ) % {"order": asked.text, "first": day(asked.starts_on), "last": day(asked.ends_on)}
    if asked.activities:
        text += " " + _("Activities concerned: %(activities)s.") % {"activities": ", ".join(asked.activities)}
    if asked.partial_opening_allowed:
        text += " " + _("Delivery and take-away do not count against it.")
    return text


def _turnover_loss(asked: turnover.TurnoverLoss) -> str:
    reference = str(Reference(asked.reference).label)
    if asked.reference == Reference.MEAN_OF_MONTHS:
        reference = _("the mean of %(months)s") % {"months": shown("months", asked.reference_months)}
    text = _("Turnover over %(months)s fell by %(needed)s, compared with %(reference)s.") % {
        "months": shown("months", asked.months),
        "needed": needed(asked.op, percent(asked.threshold_bp)),
        "reference": reference,
    }
    if asked.young_if_started_after:
        text += " " + _("A business that started after %(day)s compares with its monthly mean since its start.") % {
            "day": day(asked.young_if_started_after)
        }
    return text


def _headcount(asked: business.Headcount) -> str:
    return _("The number of employees is %(needed)s.") % {"needed": needed(asked.op, asked.n)}


def _annual_turnover(asked: turnover.AnnualTurnover) -> str:
    return _("The turnover of the last closed year is %(needed)s.") % {"needed": needed(asked.op, Cents(asked.cents))}


def _naf(asked: business.NafIn) -> str:
    return _("The activity is on the charter's list (%(nomenclature)s): %(codes)s.") % {
        "nomenclature": asked.nomenclature.label,
        "codes": ", ".join(asked.codes),
    }


def _craft(asked: business.CraftRegistration) -> str:
    text = _("The business is registered as a craft business.")
    if asked.proof_max_age_days is None:
        return text
    return text + " " + _("The extract is at most %(days)s days old.") % {"days": asked.proof_max_age_days}


def _lease(asked: tenancy.LeaseCovers) -> str:
    text = _("The lease is running and no notice was given.")
    if not asked.months:
        return text
    return text + " " + _("It ran in %(months)s.") % {"months": shown("months", asked.months)}


def _started(asked: business.StartedBefore) -> str:
    return _("The activity started before %(day)s.") % {"day": day(asked.before)}


def _proceedings(asked: business.NotInProceedings) -> str:
    text = _("The business is in no insolvency proceedings.")
    if asked.at is not None:
        text = _("The business was in no insolvency proceedings on %(day)s.") % {"day": day(asked.at)}
    if not asked.allowed:
        return text
    allowed = ", ".join(str(kind.label) for kind in asked.allowed)
    return text + " " + _("These are accepted: %(kinds)s.") % {"kinds": allowed}


def _arrears(asked: tenancy.ArrearsBefore) -> str:
    if not asked.max_cents:
        return _("No rent was owed before %(day)s.") % {"day": day(asked.before)}
    return _("At most %(amount)s was owed before %(day)s.") % {
        "amount": Cents(asked.max_cents),
        "day": day(asked.before),
    }


def _other_aid(_asked: tenancy.OtherAidDeclared) -> str:
    return _("Other aid asked for, granted or refused is declared, even when there is none.")


def _de_minimis(asked: tenancy.DeMinimis) -> str:
    return _("The relief keeps the business within its de minimis cap (%(regime)s).") % {
        "regime": AidRegime(asked.regime).label
    }


WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    business.ClosedByOrder.code: _closed,
    turnover.TurnoverLoss.code: _turnover_loss,
    business.Headcount.code: _headcount,
    turnover.AnnualTurnover.code: _annual_turnover,
    business.NafIn.code: _naf,
    business.CraftRegistration.code: _craft,
    tenancy.LeaseCovers.code: _lease,
    business.StartedBefore.code: _started,
    business.NotInProceedings.code: _proceedings,
    tenancy.ArrearsBefore.code: _arrears,
    tenancy.OtherAidDeclared.code: _other_aid,
    tenancy.DeMinimis.code: _de_minimis,
}
"""Criterion code -> its sentence."""
