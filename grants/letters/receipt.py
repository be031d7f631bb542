"""The receipt of a filing: what was filed, when, its rank, and the digest of its content."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.letters.subject_access import Page, numbered
from grants.money import euros


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receipt says. No fact of the file is on it, only the digest that stands for all of them."""

    reference: str
    fund: str
    landlord: str
    tenant: str
    siret: str
    filed_at: datetime
    filed_by: str
    rank: int
    charter_version: int
    asked_cents: int
    digest: str
    lines: Sequence[tuple[str, date, str, int]]
    documents: Sequence[tuple[str, str, str]]

    def pairs(self) -> list[tuple[str, object]]:
        """The receipt's facts, for the page and the paper."""
        return [
            (_("Reference"), self.reference),
            (_("Business"), self.tenant),
            ("SIRET", self.siret),
            (_("Landlord"), self.landlord),
            (_("Fund"), self.fund),
            (_("Filed on"), date_format(self.filed_at, "SHORT_DATETIME_FORMAT")),
            (_("Filed by"), self.filed_by),
            (_("Rank"), str(self.rank)),
            (_("Charter"), _("version %(version)s") % {"version": self.charter_version}),
            (_("Total asked"), euros(self.asked_cents)),
        ]


def receipt_pdf(receipt: Receipt) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    written = io.BytesIO()
    title = _("Receipt of filing %(reference)s") % {"reference": receipt.reference}
    document = SimpleDocTemplate(
        written, pagesize=A4, title=title, author="fundadmin", leftMargin=20 * mm, rightMargin=20 * mm
    )
    page = Page()
    page.head(1, title)
    page.text(_("The chamber of trades filed your request for relief of rent and charges. Keep this receipt."))
    page.pairs(receipt.pairs())
    page.head(2, _("Months asked for"))
    head = [_("Lease"), _("Month"), _("Component"), _("Amount asked")]
    page.table(
        head,
        [
            [lease, date_format(month, "F Y"), component, euros(cents)]
            for lease, month, component, cents in receipt.lines
        ],
    )
    page.head(2, _("Documents filed"))
    page.table([_("Kind"), _("Name"), _("SHA-256, its first 16 digits")], short(receipt.documents))
    page.head(2, _("Digest of the content"))
    page.text(receipt.digest)
    page.text(
        _(
            "SHA-256 of everything filed: it proves later that nothing was changed. This receipt is no decision on the"
            " relief."
        )
    )
    document.build(page.story, onFirstPage=numbered, onLaterPages=numbered)
    return written.getvalue()


def short(documents: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    return [[kind, name, sha256[:16]] for kind, name, sha256 in documents]
