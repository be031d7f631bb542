"""The paper a tenant signs at the counter: the mandate to file, prefilled, with a code that leads back to the draft."""

import io
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from grants.letters.fonts import unbroken
from grants.letters.marks import squares_of
from grants.letters.subject_access import Page, numbered
from grants.money import euros

if TYPE_CHECKING:
    from grants.models import Application

SIDE = 92  # points: a phone reads it from the counter


def mandate_form(draft: "Application", address: str) -> bytes:
    """`address`: where the code leads; who has no account there sees nothing."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate, Spacer

    written = io.BytesIO()
    title = _("Mandate to file %(reference)s") % {"reference": draft.reference}
    document = SimpleDocTemplate(
        written, pagesize=A4, title=title, author="fundadmin", leftMargin=20 * mm, rightMargin=20 * mm
    )
    page = Page()
    page.story.append(beside(page, title, code(address)))
    tenant = draft.tenant
    page.pairs(
        [
            (_("Business"), tenant.legal_name),
            ("SIRET", tenant.siret),
            (_("Address"), tenant.place),
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
            [page.cell("."), page.cell("."), Spacer(1, 80)],
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
    from reportlab.platypus import Paragraph, Table, TableStyle

    heading = Paragraph(unbroken(title), page.styles["Heading1"])
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (1, 0), (1, 0), "RIGHT")])
    return Table([[heading, picture]], colWidths=[380, 100], style=style, hAlign="LEFT")


def code(address: str) -> Any:
    """The address as a QR code, drawn square by square."""
    from reportlab.graphics.shapes import Drawing, Rect
    from reportlab.lib.colors import black

    rows = squares_of(address)
    # Whole points and cents of them would leave hairlines: the drawing is made in squares and scaled once.
    drawing = Drawing(SIDE, SIDE)
    count = len(rows)
    drawing.scale(*square(count))
    for top, row in enumerate(rows):
        for left, light in enumerate(row):
            if not light:
                drawing.add(Rect(left, count - 1 - top, 1, 1, fillColor=black, strokeWidth=0, strokeColor=black))
    return drawing


def square(count: int) -> tuple[int, int]:
    """How many points wide a square is drawn, in whole points."""
    size = max(1, SIDE // count)
    return size, size


SENTENCES = (
    gettext_noop(
        "to file in my name a request for relief of rent and charges with my landlord, and to add to it the documents I"
        " hand in;"
    ),
    gettext_noop("to read for it what my landlord calls from me: rents and charges of the months asked for;"),
    gettext_noop("to tell my landlord of the request. My turnover and its proofs stay with the chamber."),
)
