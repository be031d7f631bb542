"""Why a posted credit note is credited to no line, and what to do: the sentences of `matching`."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.exceptions import Breach

NOT_POSTED: Final = Breach("not_posted", _("No voucher yet: nothing to do."))
NO_CREDIT: Final = Breach(
    "no_credit",
    _(
        "This amount has not the sign of the file's credits: this is an invoice or the cancellation of a credit note."
        " Leave the row out; if a credit was cancelled in the books, have it undone here."
    ),
)
ALREADY: Final = _("Already credited with the voucher %(ref)s: nothing to do.")
LINE_UNKNOWN: Final = _(
    "No line of this fund has this identifier: take it from the credit schedule, or leave the cell empty to find the"
    " line by lease, month, component and amount."
)
LEASE_MISSING: Final = Breach(
    "lease_missing", _("Say which lease this row is for: its reference, as in the rent roll.")
)
LEASE_UNKNOWN: Final = _("The landlord has no lease “%(lease)s”: check the reference.")
NOTHING_APPROVED: Final = _("Nothing was granted on lease %(lease)s in this fund: this credit note is no relief of it.")
MONTH_MISSING: Final = _("Say which month this credit note is for, like 04/2020.")
MONTH_WRONG: Final = _("Nothing was granted on lease %(lease)s for this month. Months granted: %(months)s.")
COMPONENT_WRONG: Final = _("This component was not granted for this month. Granted: %(components)s.")
AMBIGUOUS: Final = _("Several lines have this amount (%(lines)s): say which month and component it is for.")
UNDONE_IN_FILE: Final = _(
    "Row %(row)s of this file cancels the credit note %(ref)s: nothing is credited by it. Leave both rows out; if it is"
    " credited here already, have it undone."
)
CONTRADICTS: Final = _(
    "The row says “%(said)s” and the line with this identifier is of “%(recorded)s”: put the cell back as the schedule"
    " had it."
)
OTHER_VOUCHER: Final = _(
    "%(component)s of %(month)s on lease %(lease)s is already credited with the voucher %(ref)s of %(on)s: if that"
    " credit was entered by mistake, ask to have it undone first."
)
NOT_APPROVED: Final = _(
    "%(component)s of %(month)s on lease %(lease)s is “%(state)s”: it can't be credited. Cancel the credit note in your"
    " books."
)
ROW_TWICE: Final = _("Row %(row)s of this file already credits the same line: keep one of the two.")
AMOUNT_MISSING: Final = _("Give the amount of the credit note, VAT included.")
GROSS_DIFFERS: Final = _(
    "The row says %(said)s VAT included, and %(expected)s were granted: a difference of %(difference)s. Correct the"
    " credit note, or the row."
)
NET_DIFFERS: Final = _(
    "The row says %(said)s net of VAT, and %(expected)s were granted: a difference of %(difference)s. Correct the"
    " credit note, or the row."
)
NET_GIVEN: Final = _(
    "%(net)s is the amount net of VAT, and the credit is of %(gross)s VAT included: name the column “Montant HT”, or"
    " give the amount VAT included."
)
VOUCHER_MISSING: Final = _("Give the number of the voucher.")
DATE_MISSING: Final = _("Give the date of the voucher.")


def no_lease(reference: str) -> Breach:
    """Why a row names no lease of the landlord's."""
    return Breach("lease_unknown", LEASE_UNKNOWN, {"lease": reference}) if reference else LEASE_MISSING
