"""The paper a tenant signs at the counter: the mandate to file, prefilled, with a code that leads back to the draft."""

import io
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from grants.letters import a4
from grants.letters.fonts import unbroken
from grants.letters.subject_access import Page, numbered
from grants.money import euros

if TYPE_CHECKING:
    from grants.models import Application

SIDE = 92  # points: a phone reads it from the counter


def mandate_form(draft: "Application", address: str) -> bytes:
    """`address`: where the code leads; who has no account there sees nothing."""
    from reportlab.lib.units import mm
    from reportlab.platypus import Spacer

    from grants.letters.blocks import SquareCode

    written = io.BytesIO()
    title = _("Mandate to file %(reference)s") % {"reference": draft.reference}
    document = a4.document(written, title, leftMargin=20 * mm, rightMargin=20 * mm)
    page = Page()
    page.story.append(beside(page, title, SquareCode(address, SIDE)))
    tenant = draft.tenant
    page.pairs(
        [
            (_("Business"), tenant.legal_name),
            ("SIRET", tenant.siret),
            (_("Address"), tenant.place or "." * 70),
            (_("Landlord"), draft.fund.landlord.name),
            (_("Fund"), draft.fund.name),
            (_("Represented by (name, capacity)"), draft.contact_name or "." * 70),
        ]
    )
    page.head(2, _("Months asked for"))
    months(page, draft)
    page.head(2, _("I give the chamber of trades the mandate"))
    for sentence in SENTENCES:
        page.text(f"[  ]  {_(sentence)}")
        page.story.append(Spacer(1, 4))
    page.story.append(Spacer(1, 18))
    page.grid(
        [
            [
                page.cell(_("Done at")),
                page.cell(_("On")),
                page.cell(_("Signature of the mandate, below “valid as a mandate”")),
            ],
            ["", "", Spacer(1, 80)],
        ],
        [130, 100, 250],
    )
    document.build(page.story, onFirstPage=numbered, onLaterPages=numbered)
    return written.getvalue()


def months(page: Page, draft: "Application") -> None:
    """The months that the draft has so far; none yet, lines to fill in by hand."""
    rows = [
        [line.lease.reference, date_format(line.month, "F Y"), line.get_component_display(), euros(line.asked_cents)]
        for line in sorted(draft.lines.select_related("lease"), key=attrgetter("place"))
    ] or [["." * 20, "." * 20, "." * 20, "." * 20] for _row in range(4)]
    page.table([_("Lease"), _("Month"), _("Component"), _("Amount asked")], rows)


def beside(page: Page, title: str, picture: Any) -> Any:
    from reportlab.platypus import Paragraph, Table

    heading = Paragraph(unbroken(title), page.styles["Heading1"])
    style = a4.ruled([("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (1, 0), (1, 0), "RIGHT")])
    return Table([[heading, picture]], colWidths=[380, 100], style=style, hAlign="LEFT")


SENTENCES = (
    gettext_noop(
        "to file in my name a request for relief of rent and charges with my landlord, and to add to it the documents I"
        " hand in;"
    ),
    gettext_noop("to read for it what my landlord calls from me: rents and charges of the months asked for;"),
    gettext_noop("to tell my landlord of the request. My turnover and its proofs stay with the chamber."),
)
