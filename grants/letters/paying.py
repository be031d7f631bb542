"""What came onto the tenant's rent account, and what the landlord means to take back."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fundadmin.days import day_in_words
from grants.enums import ReliefForm, ReversalReason
from grants.letters.composing import Words, by_month, money, months, parts_of, total, vat_note
from grants.letters.facts import Facts
from grants.letters.fonts import Strong, sentence
from grants.letters.paper import Part

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def credit(facts: Facts, on: date) -> Words:
    """`on`: the day of the letter, which may be written after the next rent notice went out."""
    credited = parts_of(facts)
    sums = total(credited)
    lead = _("It is done: %(amount)s of relief for %(months)s is on your rent account.")
    return Words(
        title=_("Your relief is on your rent account"),
        lead=sentence(lead, amount=money(sums), months=months([line.month for line, _part in credited])),
        grid=by_month(credited),
        notes=vat_note(sums),
        parts=[voucher(facts, is_late=on >= facts.event.on + NEXT_NOTICE)],
    )


NEXT_NOTICE: Final = timedelta(days=31)
"""By then the next rent notice is no longer the one on which a credit shows, unless rent is called by the quarter."""


def voucher(facts: Facts, *, is_late: bool) -> Part:
    """The accounting document, the notice it shows on, and who needs both."""
    form, ref = ReliefForm(facts.event.data["form"]), facts.event.data["voucher"]
    on = _dated(facts) or facts.event.on
    points = [
        sentence(
            _("Accounting document: %(form)s %(ref)s of %(on)s."),
            form=form.label,
            ref=Strong(ref),
            on=day_in_words(on),
        )
    ]
    notices = sorted({line.applied_to_notice for line in facts.lines if line.applied_to_notice})
    if notices:
        points.append(sentence(_("It shows on rent notice %(notice)s."), notice=Strong(", ".join(notices))))
    elif form == ReliefForm.DEDUCTION:
        late = sentence(_("It shows on the first rent notice made up after this document."))
        points.append(late if is_late else sentence(_("It shows on your next rent notice.")))
    points.append(sentence(_("Pass this letter on to your accountant, with the accounting document.")))
    compare = _("Compare it with your next rent notice, and call us if the amount differs.")
    compared = _("Compare it with your rent notices since, and call us if the amount differs.")
    points.append(sentence(compared if is_late else compare))
    return Part(_("To know"), points=points)


def _dated(facts: Facts) -> date | None:
    """The voucher's date, as long as the lines still bear this voucher."""
    return next((line.voucher_date for line in facts.lines if line.voucher_ref == facts.event.data["voucher"]), None)


def reversal(facts: Facts) -> Words:
    """Sent before a relief is taken back for a false statement or a double aid; the tenant may reply first."""
    undone = parts_of(facts)
    sums = total(undone)
    until = day_in_words(reply_until(facts))
    lead = _("We intend to take back %(amount)s of relief granted for %(months)s. You may reply until %(until)s.")
    period = months([line.month for line, _part in undone])
    return Words(
        title=_("Before a relief is taken back"),
        lead=sentence(lead, amount=money(sums), months=period, until=Strong(until)),
        grid=by_month(undone),
        notes=vat_note(sums),
        parts=[
            Part(_("Why"), [sentence(REASONS[facts.event.reason])]),
            Part(
                _("What you can do"),
                points=[
                    sentence(
                        _("Reply in writing until %(until)s, with any document that speaks for you."),
                        until=Strong(until),
                    ),
                    sentence(_("Pay nothing now: nothing is decided before that day.")),
                    sentence(
                        _(
                            "Without a reply, or if the reasons remain, the amount is added to your rent account again;"
                            " we tell you beforehand, and can agree on instalments."
                        )
                    ),
                ],
            ),
        ],
    )


REASONS: "Final[Mapping[str, _StrPromise]]" = {
    ReversalReason.FALSE_STATEMENT: gettext_lazy("A statement on which your relief rests turned out not to be true."),
    ReversalReason.DOUBLE_AID: gettext_lazy("The same months were aided a second time by somebody else."),
}


def reply_until(facts: Facts) -> date:
    """The end of the reply period: every request with a notice has one."""
    return cast("date", facts.request and facts.request.reply_until)
