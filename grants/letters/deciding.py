"""What the landlord decided: the award and the refusal."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fundadmin.days import day_in_words
from grants.charter_rules import reexamination_end
from grants.enums import AidRegime, LineState, Outcome, RejectionReason, ReliefForm
from grants.letters.composing import (
    Words,
    advisor_of,
    asked,
    by_month,
    money,
    month,
    months,
    parts_of,
    split_of,
    total,
    vat_note,
)
from grants.letters.facts import Facts, landlord_reader
from grants.letters.fonts import Strong, sentence
from grants.letters.paper import Part
from grants.money import Split, euros
from grants.visibility import visible_findings
from landlords.enums import Periodicity

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from grants.models import ReliefLine
    from landlords.models import Landlord, Lease

MOST_POINTS: Final = 6
"""More lowered lines than that are left to the table."""

REGULATIONS: "Final[Mapping[str, _StrPromise]]" = {
    AidRegime.DE_MINIMIS_2023: gettext_lazy(
        "Commission Regulation (EU) 2023/2831 of 13 December 2023 on the application of Articles 107 and 108 of the"
        " Treaty on the Functioning of the European Union to de minimis aid"
    ),
    AidRegime.DE_MINIMIS_2013: gettext_lazy(
        "Commission Regulation (EU) No 1407/2013 of 18 December 2013 on the application of Articles 107 and 108 of the"
        " Treaty on the Functioning of the European Union to de minimis aid"
    ),
    AidRegime.SGEI_2023: gettext_lazy(
        "Commission Regulation (EU) 2023/2832 of 13 December 2023 on de minimis aid granted to undertakings providing"
        " services of general economic interest"
    ),
    AidRegime.COVID_FRAMEWORK: gettext_lazy(
        "section 3.1 of the Commission's temporary framework of 19 March 2020 for State aid in the COVID-19 outbreak"
    ),
}
"""The rules that ask for the aid to be named as such, with its amount."""


def award(facts: Facts, on: date) -> Words:
    """`on`: the day of the letter, which may be written after some of it was credited."""
    granted = parts_of(facts)
    sums, wanted = total(granted), asked(facts)
    period = months([line.month for line, _part in granted])
    partial = sums.gross_cents < wanted.gross_cents
    if partial:
        lead = _(
            "Your request for relief is granted in part: you pay %(amount)s less rent and charges for %(months)s,"
            " of the %(asked)s asked for."
        )
    else:
        lead = _("Your request for relief is granted: you pay %(amount)s less rent and charges for %(months)s.")
    return Words(
        title=_("Your request for relief is granted in part") if partial else _("Your request for relief is granted"),
        lead=sentence(lead, amount=money(sums), months=period, asked=euros(all_asked(facts))),
        grid=by_month(granted),
        notes=vat_note(sums),
        parts=[*cancelled(facts), *(why_less(facts) if partial else []), next_steps(facts, on), *aid(facts)],
    )


def all_asked(facts: Facts) -> int:
    """Gross, with the lines that were cancelled since."""
    gone = split_of(facts, [(line, line.asked_cents) for line, _cents in facts.gone])
    return asked(facts).gross_cents + total(gone).gross_cents


def cancelled(facts: Facts) -> list[Part]:
    """What was granted and undone before the letter was written; each month by name, since others may lie between."""
    gone = split_of(facts, facts.gone)
    if not gone:
        return []
    words = _(
        "Since the decision of %(on)s, %(amount)s granted for %(months)s was cancelled: it is not in the amounts above."
    )
    named = ", ".join(month(day) for day in sorted({line.month for line, _part in gone}))
    told = sentence(words, on=day_in_words(facts.event.on), amount=money(total(gone)), months=named)
    return [Part(_("Cancelled since the decision"), [told])]


def why_less(facts: Facts) -> list[Part]:
    """The reason in the approver's words, and which lines it lowered."""
    lowered = [line for line in facts.lines if facts.amounts[line.pk] < line.asked_cents]
    texts = [sentence(facts.text)] if facts.text else []
    texts = texts or [sentence(_("The charter of the fund limits what can be granted."))]
    points = [
        sentence(
            _("%(month)s, %(what)s: %(granted)s granted of %(asked)s"),
            month=month(line.month),
            what=line.get_component_display(),
            granted=euros(facts.amounts[line.pk]),
            asked=euros(line.asked_cents),
        )
        for line in lowered[: MOST_POINTS + 1]
    ]
    return [Part(_("Why less than asked for"), texts, points if len(points) <= MOST_POINTS else ())]


def next_steps(facts: Facts, on: date) -> Part:
    """What was credited before the letter was written is told with its document, and only the rest announced."""
    granted = [line for line in facts.lines if facts.amounts[line.pk]]
    coming = [line for line in granted if line.state != LineState.CREDITED]
    told = already(facts, [line for line in granted if line.state == LineState.CREDITED])
    if not coming:
        told.insert(0, sentence(_("You have nothing to ask for: the amount is on your rent account already.")))
    else:
        place = Strong(where(facts, [line.lease for line in coming], on))
        words = _("For the rest, %(amount)s, you have nothing to ask for: %(where)s.")
        words = words if told else _("You have nothing to ask for: %(where)s.")
        told += [
            sentence(words, amount=money(sum_of(facts, coming)), where=place),
            sentence(_("We write to you again when it is on your rent account.")),
        ]
    told.append(
        sentence(_("Pass this letter on to your accountant: it gives each month net of VAT, VAT and with VAT."))
    )
    return Part(_("What happens now"), points=told)


def already(facts: Facts, credited: "list[ReliefLine]") -> list[str]:
    """What each accounting document brought; where there are very many, their numbers."""
    vouchers: dict[tuple[str, str, date | None, str], list[ReliefLine]] = {}
    for line in credited:
        document = (line.form, line.voucher_ref, line.voucher_date, line.applied_to_notice)
        vouchers.setdefault(document, []).append(line)
    if len(vouchers) > MOST_POINTS:
        words = _("%(amount)s is on your rent account already, by the accounting documents %(refs)s.")
        refs = ", ".join(dict.fromkeys(ref for _form, ref, _on, _notice in vouchers))
        return [sentence(words, amount=money(sum_of(facts, credited)), refs=refs)]
    shown, plain = (
        _("%(amount)s is on your rent account already: %(form)s %(ref)s of %(on)s, on rent notice %(notice)s."),
        _("%(amount)s is on your rent account already: %(form)s %(ref)s of %(on)s."),
    )
    return [
        sentence(
            shown if notice else plain,
            amount=money(sum_of(facts, lines)),
            form=ReliefForm(form).label,
            ref=Strong(ref),
            on=day_in_words(day) if day else "",
            notice=Strong(notice),
        )
        for (form, ref, day, notice), lines in vouchers.items()
    ]


def sum_of(facts: Facts, lines: "list[ReliefLine]") -> Split:
    return total(split_of(facts, [(line, facts.amounts[line.pk]) for line in lines]))


def where(facts: Facts, leases: "list[Lease]", on: date) -> str:
    """On which notice it will show, as seen on the day of the letter."""
    landlord = facts.event.fund.landlord
    if all(lease.ends_on is not None and lease.ends_on < on for lease in leases):
        return _("the amount will show on the exit balance of your lease")
    first = {notice_of(lease, landlord, on) for lease in leases}
    if landlord.billing_cutoff_day is None or len(first) > 1:
        return _("the amount will show on your next rent notice")
    return _("the amount will show on your rent notice for %(month)s at the earliest") % {"month": month(min(first))}


def notice_of(lease: "Lease", landlord: "Landlord", on: date) -> date:
    """The first rent call made up after `on`: of the next month, or the one after where its cut-off day is past."""
    late = landlord.billing_cutoff_day is not None and on.day > landlord.billing_cutoff_day
    first = on.replace(day=1) + relativedelta(months=2 if late else 1)
    if lease.periodicity == Periodicity.QUARTERLY:
        first += relativedelta(months=-(first.month - 1) % 3)
    return first


def aid(facts: Facts) -> list[Part]:
    """What the regulation asks to be said; nothing where the relief is no State aid."""
    regulation = REGULATIONS.get(facts.file.charter.aid_regime)
    if regulation is None:
        return []
    words = _(
        "This relief is an aid of %(amount)s (gross grant equivalent) under %(regulation)s. Keep this letter, and name"
        " the aid whenever you declare those you received over the last three years."
    )
    amount = Strong(euros(sum(facts.amounts.values())))
    is_covid = facts.file.charter.aid_regime == AidRegime.COVID_FRAMEWORK
    return [
        Part(
            _("Temporary State aid") if is_covid else _("De minimis aid"),
            [sentence(words, amount=amount, regulation=regulation)],
        )
    ]


def refusal(facts: Facts, on: date) -> Words:
    """`on`: the day of the letter, which may be written long after the decision."""
    until = reexamination_end(facts.file.charter.terms(), facts.event.on)
    wanted = asked(facts)
    lead = _("Your request for relief of %(amount)s for %(months)s is not granted.")
    return Words(
        title=_("Your request for relief is not granted"),
        lead=sentence(lead, amount=money(wanted), months=months([line.month for line in facts.lines])),
        parts=[why_not(facts), *missing(facts), again(facts, until) if on <= until else too_late(facts, until)],
    )


def why_not(facts: Facts) -> Part:
    """A standard motive, then whatever the approver wrote."""
    texts = []
    if facts.event.reason != RejectionReason.OTHER:
        texts.append(sentence(MOTIVES[facts.event.reason]))
    if facts.text:
        texts.append(sentence(facts.text))
    return Part(_("Why"), texts or [sentence(_("The landlord gave no other reason."))])


MOTIVES: "Final[Mapping[str, _StrPromise]]" = {
    RejectionReason.CRITERIA_NOT_MET: gettext_lazy("Your request does not meet all the criteria of the charter."),
    RejectionReason.EVIDENCE_MISSING: gettext_lazy("The evidence we asked for did not reach us."),
    RejectionReason.ALREADY_RELIEVED: gettext_lazy("The months you asked for are already relieved."),
    RejectionReason.FUND_EXHAUSTED: gettext_lazy("All the money of the fund has been granted."),
    RejectionReason.FUND_CLOSED: gettext_lazy("The fund was closed before the waiting list reached your request."),
}


def missing(facts: Facts) -> list[Part]:
    """The criteria that were not met, and what would meet them; figures that are the chamber's stay there."""
    if facts.assessment is None or facts.event.reason != RejectionReason.CRITERIA_NOT_MET:
        return []
    found = visible_findings(facts.assessment.record, landlord_reader(facts.event.fund_id))
    unmet = [finding for finding in found if finding["outcome"] == Outcome.NO]
    points = [sentence(" ".join(filter(None, (one["sentence"], one["remedy"])))) for one in unmet]
    return [Part(_("What was missing"), points=points)] if points else []


def again(facts: Facts, until: date) -> Part:
    """How to ask for a re-examination, and until when."""
    words = _("You may ask for a re-examination of your request until %(until)s.")
    own = facts.letterhead.reexamination
    how = own or _("Write to your advisor, and add what was missing or what has changed since.")
    texts = [sentence(words, until=Strong(day_in_words(until))), sentence(how), advisor_of(facts.file)]
    return Part(_("If you want your request looked at again"), texts)


def too_late(facts: Facts, until: date) -> Part:
    words = _("The time in which a re-examination could be asked for ended on %(until)s.")
    over = sentence(words, until=day_in_words(until))
    return Part(_("Re-examination"), [over, advisor_of(facts.file)])
