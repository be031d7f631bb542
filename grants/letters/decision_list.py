"""The paper of a sitting: “Bordereau de décisions n°”, to be signed and filed with the landlord's acts."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.letters import a4
from grants.letters.fonts import BOLD, PLAIN, unbroken
from grants.letters.paper import WIDE
from grants.models import Fund
from grants.money import euros

MARGIN: Final = 51  # points, 18 mm
WIDTHS: Final = (72, 138, 124, 80, 80)
INK, LINE, GROUND, QUIET = "#1d2733", "#c5ccd3", "#eef1f3", "#5a6673"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the list. `visa_cents`: what a visa is for; `granted_cents`: what is granted with it."""

    reference: str
    tenant: str
    label: str
    granted_cents: int
    visa_cents: int
    freed_cents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """All that the paper says."""

    fund: Fund
    number: int
    approver: str
    delegations: Sequence[str]
    on: date
    made_at: datetime
    decisions: Sequence[Decision]
    head_number: int
    head_digest: str

    @property
    def granted_cents(self) -> int:
        return sum(decision.granted_cents for decision in self.decisions)

    @property
    def freed_cents(self) -> int:
        return sum(decision.freed_cents for decision in self.decisions)

    @property
    def title(self) -> str:
        return _("Decision list no. %(number)s") % {"number": self.number}


def as_pdf(sitting: Sitting) -> bytes:
    paper = io.BytesIO()
    margins = {"leftMargin": MARGIN, "rightMargin": MARGIN, "topMargin": MARGIN, "bottomMargin": MARGIN + 20}
    document = a4.document(paper, f"{sitting.title} - {sitting.fund.name}", **margins)
    document.build([*_head(sitting), _table(sitting), _end(sitting)], canvasmaker=_counted(sitting))
    return paper.getvalue()


def _counted(sitting: Sitting) -> type:
    """A canvas whose foot tells the list and how many pages there are."""
    from grants.letters.sheets import NumberedCanvas, write

    class Counted(NumberedCanvas):
        def numbered(self, number: int, of_all: int) -> None:
            write(self, f"{sitting.title} - {sitting.fund.code}", MARGIN, 30, 8, colour=QUIET)
            of = _("page %(n)s of %(pages)s") % {"n": number, "pages": of_all}
            write(self, of, WIDE - MARGIN, 30, 8, colour=QUIET, right=True)

    return Counted


def _style(size: int = 9, *, bold: bool = False, right: bool = False, after: int = 0, quiet: bool = False) -> Any:
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    return ParagraphStyle(
        "text",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size + 4,
        textColor=QUIET if quiet else INK,
        alignment=TA_RIGHT if right else TA_LEFT,
        spaceAfter=after,
    )


def _text(text: object, **style: Any) -> Any:
    from reportlab.platypus import Paragraph

    return Paragraph(unbroken(text), _style(**style))


def _head(sitting: Sitting) -> list[Any]:
    """Whose fund, which sitting, who decided and by which power."""
    fund = sitting.fund
    count = len(sitting.decisions)
    by = _("Decided by %(approver)s") % {"approver": sitting.approver}
    power = _("under %(delegations)s") % {"delegations": ", ".join(sitting.delegations)} if sitting.delegations else ""
    sentences = (
        ngettext("%(n)s decision of %(on)s.", "%(n)s decisions of %(on)s.", count)
        % {"n": count, "on": date_format(sitting.on, "SHORT_DATE_FORMAT")},
        " ".join(filter(None, (by, power))) + ".",
    )
    return [
        _text(f"{fund.landlord.name} - {fund.name} ({fund.code})", quiet=True, after=8),
        _text(sitting.title, size=18, bold=True, after=10),
        *(_text(sentence, size=10, after=4) for sentence in sentences),
        _text("", after=8),
    ]


def _table(sitting: Sitting) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    heads = (_("Application"), _("Tenant business"), _("Decision"))
    amounts = (_("Granted"), _("Made available"))
    cells = [[*(_text(head, bold=True) for head in heads), *(_text(head, bold=True, right=True) for head in amounts)]]
    for decision in sitting.decisions:
        label = decision.label
        if decision.visa_cents and not decision.granted_cents:
            label = _("%(decision)s (for %(amount)s)") % {"decision": label, "amount": euros(decision.visa_cents)}
        cells.append(
            [
                _text(decision.reference),
                _text(decision.tenant),
                _text(label),
                _text(_amount(decision.granted_cents), right=True),
                _text(_amount(decision.freed_cents), right=True),
            ]
        )
    style = a4.ruled(
        [
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(GROUND)),
            ("LINEBELOW", (0, 0), (-1, -1), 1, HexColor(LINE)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return Table(cells, colWidths=WIDTHS, repeatRows=1, style=style, hAlign="LEFT")


def _amount(cents: int) -> str:
    return euros(cents) if cents else "-"


def _end(sitting: Sitting) -> Any:
    """The totals, the end of the chain when the list was drawn up, and the place to sign: never on two pages."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import KeepTogether, Spacer, Table

    sums = (sitting.granted_cents, sitting.freed_cents)
    total = [_text(_("Total"), bold=True), "", "", *(_text(_amount(cents), bold=True, right=True) for cents in sums)]
    line = a4.ruled([("LINEABOVE", (0, 0), (-1, 0), 1, HexColor(INK)), ("VALIGN", (0, 0), (-1, -1), "TOP")])

    drawn = date_format(timezone.localtime(sitting.made_at), "SHORT_DATETIME_FORMAT")
    chain = _("Ledger of the fund: last movement no. %(number)s, last digest %(digest)s.") % {
        "number": sitting.head_number,
        "digest": sitting.head_digest,
    }
    return KeepTogether(
        [
            Table([total], colWidths=WIDTHS, style=line, hAlign="LEFT"),
            Spacer(1, 14),
            _text(_("Drawn up on %(at)s.") % {"at": drawn}, after=4),
            _text(chain, quiet=True, size=8, after=18),
            _text(_("Signature"), bold=True, after=4),
            _text(sitting.approver),
            Spacer(1, 48),
        ]
    )
