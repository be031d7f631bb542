"""The sentences of the findings, by criterion and case: what was seen, and what would make it pass.

A leaf. The parameters are those the criterion puts in its finding, shown as `findings.shown` says;
`%(needed)s` is the charter's figure with its comparison ("more than 30 %").
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

from grants import de_minimis

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"

LABELS: Mapping[str, "_StrPromise"] = {
    "closed_by_order": _("closed to the public by order"),
    "turnover_loss": _("turnover loss"),
    "headcount": _("headcount"),
    "annual_turnover": _("annual turnover"),
    "naf_in": _("activity on the charter's list"),
    "craft_registration": _("craft registration"),
    "lease_covers": _("lease running, no notice given"),
    "started_before": _("start of activity"),
    "not_in_proceedings": _("no insolvency proceedings"),
    "arrears_before": _("no earlier arrears"),
    "other_aid_declared": _("other aid declared"),
    "de_minimis": _("de minimis cap"),
}

VERDICT = _("%(criterion)s: %(outcome)s")

NOT_KNOWN_YET = _("Not known yet: %(facts)s.")
TO_SUPPLY = _("To be supplied: %(facts)s.")
UNKNOWN = (NOT_KNOWN_YET, "")
"""Who supplies each fact is named with it: a remedy would say the same again."""

CLOSED_BY_ORDER: Mapping[str, tuple[Text, Text]] = {
    "met": (
        _("Closed to the public from %(closed_on)s to %(reopened_on)s by order (%(closed_by)s)."),
        "",
    ),
    "met_until_further_notice": (
        _("Closed to the public since %(closed_on)s by order (%(closed_by)s)."),
        "",
    ),
    "never_closed": (_("No closure order is declared; the charter asks for this one: %(order)s."), ""),
    "other_order": (
        _("Closed by another order (%(closed_by)s); the charter asks for this one: %(order)s."),
        "",
    ),
    "other_activity": (
        _("The activity closed is “%(activity)s”; the charter lists: %(activities)s."),
        "",
    ),
    "other_period": (
        _("Closed from %(closed_on)s: not on any day from %(first_on)s to %(last_on)s."),
        "",
    ),
    "partly_open": (
        _("The premises stayed partly open (delivery, take-away); the charter asks for full closure."),
        "",
    ),
}

TURNOVER_LOSS: Mapping[str, tuple[Text, Text]] = {
    "met": (_("Turnover fell by %(loss_bp)s; %(needed)s is needed."), ""),
    "short": (
        _("Turnover fell by %(loss_bp)s, %(needed)s is needed: %(gap_points)s points missing."),
        _("A turnover of at most %(limit_cents)s over %(months)s would pass: %(gap_cents)s less."),
    ),
    "exactly": (
        _("Turnover fell by exactly %(loss_bp)s, %(needed)s is needed."),
        _("A turnover of at most %(limit_cents)s over %(months)s would pass: %(gap_cents)s less."),
    ),
    "rose": (
        _("Turnover rose by %(rise_bp)s; a loss of %(needed)s is needed."),
        _("A turnover of at most %(limit_cents)s over %(months)s would pass: %(gap_cents)s less."),
    ),
    "months_unknown": (_("The turnover of these months is not known yet: %(missing_months)s."), TO_SUPPLY),
    "no_reference": (
        _("The turnover to compare with (%(reference_months)s) is 0: no loss can be measured."),
        _("An assessor decides, with a note, what the business could have expected."),
    ),
    "no_whole_month": (
        _("The activity started on %(started_on)s: there is no whole month before to compare with."),
        _("An assessor decides, with a note, what the business could have expected."),
    ),
}

HEADCOUNT: Mapping[str, tuple[Text, Text]] = {
    "met": (_("The headcount is %(headcount)s; %(needed)s is needed."), ""),
    "too_many": (
        _("The headcount is %(headcount)s, %(needed)s is needed: %(gap)s too many."),
        _("A headcount of at most %(limit)s would pass."),
    ),
    "too_few": (
        _("The headcount is %(headcount)s, %(needed)s is needed: %(gap)s missing."),
        _("A headcount of at least %(limit)s would pass."),
    ),
}

ANNUAL_TURNOVER: Mapping[str, tuple[Text, Text]] = {
    "met": (_("Annual turnover is %(turnover_cents)s; %(needed)s is needed."), ""),
    "too_high": (
        _("Annual turnover is %(turnover_cents)s, %(needed)s is needed: %(gap_cents)s too much."),
        _("An annual turnover of at most %(limit_cents)s would pass."),
    ),
    "too_low": (
        _("Annual turnover is %(turnover_cents)s, %(needed)s is needed: %(gap_cents)s missing."),
        _("An annual turnover of at least %(limit_cents)s would pass."),
    ),
}

NAF_IN: Mapping[str, tuple[Text, Text]] = {
    "met": (_("The activity code %(known_code)s (%(nomenclature)s) is on the charter's list."), ""),
    "not_listed": (
        _("The activity code %(known_code)s (%(nomenclature)s) is not on the charter's list: %(codes)s."),
        "",
    ),
    "other_nomenclature": (
        _(
            "Only the code %(known_code)s of %(known_nomenclature)s is known; the charter lists codes of"
            " %(nomenclature)s, and one is never deduced from the other."
        ),
        _("To be supplied: the code of %(nomenclature)s."),
    ),
}

CRAFT_REGISTRATION: Mapping[str, tuple[Text, Text]] = {
    "met": (_("The business is registered as a craft business."), ""),
    "met_by_extract": (
        _("The business is registered as a craft business, by an extract of %(proof_on)s."),
        "",
    ),
    "not_registered": (_("The business is not registered as a craft business."), ""),
    "stale_extract": (
        _("The extract is dated %(proof_on)s; the charter asks for one at most %(days)s days old."),
        _("An extract dated from %(oldest_on)s to %(judged_on)s would pass."),
    ),
}

STARTED_BEFORE: Mapping[str, tuple[Text, Text]] = {
    "met": (_("The activity started on %(started_on)s, before %(before_on)s."), ""),
    "too_late": (
        _("The activity started on %(started_on)s; a start before %(before_on)s is needed."),
        "",
    ),
}

NOT_IN_PROCEEDINGS: Mapping[str, tuple[Text, Text]] = {
    "met": (_("No insolvency proceedings on %(at_on)s."), ""),
    "allowed": (_("In %(proceedings)s, which the charter allows."), ""),
    "opened_later": (
        _("Not in insolvency proceedings on %(at_on)s: %(proceedings)s opened on %(opened_on)s."),
        "",
    ),
    "in_proceedings": (
        _("In %(proceedings)s since %(opened_on)s; the charter asks for none on %(at_on)s."),
        "",
    ),
}

LEASE_COVERS: Mapping[str, tuple[Text, Text]] = {
    "met": (_("The lease runs on %(judged_on)s and no notice is given (%(leases)s)."), ""),
    "no_lease": (_("No lease is known for this application."), ""),
    "notice_given": (_("Notice was given on %(notice_on)s for the lease %(lease)s."), ""),
    "not_started": (_("The lease %(lease)s starts on %(start_on)s only, after %(judged_on)s."), ""),
    "ended": (_("The lease %(lease)s ended on %(end_on)s, before %(judged_on)s."), ""),
    "months_not_covered": (_("The lease %(lease)s did not run in: %(uncovered_months)s."), ""),
}

ARREARS_BEFORE: Mapping[str, tuple[Text, Text]] = {
    "met": (
        _("%(arrears_cents)s was owed on %(statement_on)s; at most %(max_cents)s is allowed on %(eve_on)s."),
        "",
    ),
    "too_much": (
        _("%(arrears_cents)s was owed on %(eve_on)s, at most %(max_cents)s is allowed: %(gap_cents)s too much."),
        _("It would pass if %(gap_cents)s of it had been paid by %(eve_on)s."),
    ),
    "statement_too_early": (
        _("The arrears are stated on %(statement_on)s; the charter asks how much was owed on %(eve_on)s."),
        _("To be supplied: the arrears on %(eve_on)s (the landlord)."),
    ),
    "statement_too_late": (
        _("%(arrears_cents)s was owed on %(statement_on)s; the charter asks how much of it was owed on %(eve_on)s."),
        _("To be supplied: the arrears on %(eve_on)s (the landlord)."),
    ),
}

OTHER_AID_DECLARED: Mapping[str, tuple[Text, Text]] = {
    "met": (_("Other aid declared: %(declared)s, of which granted: %(granted_cents)s."), ""),
    "none": (_("The tenant declared no other aid."), ""),
}

DE_MINIMIS: Mapping[str, tuple[Text, Text]] = {
    "met": (de_minimis.WITHIN_THE_CAP, ""),
    "met_but_for_the_edge": (de_minimis.ON_THE_EDGE, ""),
    "over": (de_minimis.OVER_THE_CAP, de_minimis.LESS_WOULD_PASS),
    "not_in_force": (de_minimis.NOT_IN_FORCE, de_minimis.NAME_ANOTHER_REGIME),
}

TEXTS: Mapping[tuple[str, str], tuple[Text, Text]] = {
    (code, case): text
    for code, texts in {
        "closed_by_order": CLOSED_BY_ORDER,
        "turnover_loss": TURNOVER_LOSS,
        "headcount": HEADCOUNT,
        "annual_turnover": ANNUAL_TURNOVER,
        "naf_in": NAF_IN,
        "craft_registration": CRAFT_REGISTRATION,
        "lease_covers": LEASE_COVERS,
        "started_before": STARTED_BEFORE,
        "not_in_proceedings": NOT_IN_PROCEEDINGS,
        "arrears_before": ARREARS_BEFORE,
        "other_aid_declared": OTHER_AID_DECLARED,
        "de_minimis": DE_MINIMIS,
    }.items()
    for case, text in texts.items()
} | {(code, "unknown"): UNKNOWN for code in LABELS}
"""(criterion, case) -> (sentence, remedy)."""
