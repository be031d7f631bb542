"""The report for officials on one sheet of A4: the same as its page, which is the version that can be read aloud."""

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants.letters import a4, fonts
from grants.letters.fonts import BOLD, PLAIN, printable, unbroken
from grants.money import euros
from grants.statistics import SMALL, Group, Report

INK: Final = "#1c2a2f"
BAND: Final = "#12343b"
GOLD: Final = "#e0a53a"
LINE: Final = "#d8d3c5"
MUTED: Final = "#52636a"
SMALLEST: Final = 5  # points


def headline(report: Report) -> list[tuple[str, str]]:
    """The figures that come first: (what, how much). What is of fewer than five businesses is not said."""
    found, roll = report.figures, report.roll
    hidden = _("not published")
    few = _("fewer than %(count)s") % {"count": SMALL}
    return [
        (_("Businesses helped"), few if report.is_small else str(found.helped)),
        (_("Relief granted"), hidden if report.is_small else euros(found.granted_cents)),
        (_("Employees of these businesses"), hidden if report.is_small else str(found.jobs)),
        (_("Tenants that may apply"), str(roll.eligible)),
        (_("Never applied"), str(roll.never_applied)),
        (_("Days from filing to credit (median)"), days(found.delays.to_credit) if report.shows_delays else hidden),
    ]


def days(count: int | None) -> str:
    return "-" if count is None else ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def sentences(report: Report) -> Iterator[str]:
    """What else there is to say of the money and the time it took."""
    found, delays = report.figures, report.figures.delays
    shares = {"endowed": euros(report.endowed_cents), "ceiling": euros(report.ceiling_cents)}
    yield _("The landlord paid in %(endowed)s, of a ceiling of %(ceiling)s.") % shares
    if found.helped and not report.is_small and found.tells_credited:
        yield _("Of the relief granted, %(credited)s are recorded on the tenants' rent accounts.") % {
            "credited": euros(found.credited_cents)
        }
    if found.helped and not report.is_small:
        yield average(report)
    if report.shows_delays:
        yield _(
            "From filing, half of the opinions took %(opinion)s at most,"
            " and half of the decisions %(decision)s at most."
        ) % {
            "opinion": days(delays.to_opinion),
            "decision": days(delays.to_decision),
        }


def average(report: Report) -> str:
    """What a business received; of few of them without the median, which may be what one of them received."""
    amounts = {"average": euros(report.figures.average_cents or 0)}
    if report.median_cents is None:
        return _("A business received %(average)s on average.") % amounts
    amounts["median"] = euros(report.median_cents)
    return _("A business received %(average)s on average; half of them received about %(median)s or more.") % amounts


def notes(report: Report) -> Iterator[str]:
    """How the figures are made, and what they leave out."""
    yield _(
        "Helped: relief granted and not given up since. May apply: a lease runs in the months of the charter and"
        " nothing in the rent roll rules the business out; what only it can declare is not known beforehand."
    )
    yield _(
        "So that no business can be recognised, groups of fewer than %(count)s businesses are put together with others."
    ) % {"count": SMALL}
    if report.figures.headcount_unknown and not report.is_small:
        yield _("The headcount of %(count)s of the businesses helped is not known.") % {
            "count": report.figures.headcount_unknown
        }
    if report.figures.helped and not report.knows_epci:
        yield _("The rent roll does not say in which EPCI the premises are.")


def as_pdf(report: Report, title: str) -> bytes:
    """One page, whatever its tables hold: what would not fit is set smaller."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Frame, KeepInFrame

    fonts.register()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, initialFontName=PLAIN, lang=get_language() or "fr")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setTitle(printable(f"{_('Report for officials')} - {title}"))
    canvas.setAuthor("fundadmin")
    width, height = A4
    sheet = Sheet(width - 30 * mm)
    band(canvas, report, title)
    frame = Frame(15 * mm, 12 * mm, width - 30 * mm, height - 48 * mm, 0, 0, 0, 0)
    story = sheet.story(report)
    frame.addFromList([KeepInFrame(width - 30 * mm, height - 48 * mm, story, mode="shrink")], canvas)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def band(canvas: Any, report: Report, title: str) -> None:
    """The head of the sheet."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm

    width, height = A4
    canvas.setFillColor(HexColor(BAND))
    canvas.rect(0, height - 32 * mm, width, 32 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor(GOLD))
    canvas.rect(0, height - 33 * mm, width, 1 * mm, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont(PLAIN, 9)
    canvas.drawString(15 * mm, height - 11 * mm, printable(_("Report for officials")))
    as_at = _("Position as at %(day)s") % {"day": date_format(report.as_at, "SHORT_DATE_FORMAT")}
    canvas.drawRightString(width - 15 * mm, height - 11 * mm, printable(as_at))
    canvas.setFont(BOLD, fitting(canvas, printable(title), BOLD, 20, width - 30 * mm))
    canvas.drawString(15 * mm, height - 20 * mm, printable(title))
    canvas.setFont(PLAIN, 9)
    landlords = ", ".join(sorted({fund.landlord.name for fund in report.funds}))
    size = fitting(canvas, printable(landlords), PLAIN, 9, width - 30 * mm)
    canvas.setFont(PLAIN, size)
    canvas.drawString(15 * mm, height - 26 * mm, printable(landlords))


def fitting(canvas: Any, text: str, font: str, size: int, width: Any) -> int:
    """The largest size up to `size` at which the text fits."""
    while size > SMALLEST and canvas.stringWidth(text, font, size) > width:
        size -= 1
    return size


class Sheet:
    """What stands on the sheet, below its head."""

    def __init__(self, width: Any) -> None:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.styles import ParagraphStyle

        self.width = width
        self.line, self.muted = HexColor(LINE), HexColor(MUTED)
        self.body = ParagraphStyle("body", fontName=PLAIN, fontSize=10, leading=13, textColor=HexColor(INK))
        self.small = ParagraphStyle("small", parent=self.body, fontSize=8, leading=10, textColor=self.muted)
        self.right = ParagraphStyle("right", parent=self.body, alignment=2)
        self.bold = ParagraphStyle("bold", parent=self.body, fontName=BOLD)
        self.figure = ParagraphStyle("figure", parent=self.body, fontName=BOLD, fontSize=20, leading=24)
        self.title = ParagraphStyle(
            "title", parent=self.body, fontName=BOLD, fontSize=13, leading=16, spaceBefore=10, spaceAfter=3
        )

    def story(self, report: Report) -> list[Any]:
        from reportlab.platypus import Paragraph, Spacer

        story: list[Any] = [self.figures(report), Spacer(1, 6)]
        story += [Paragraph(unbroken(text), self.body) for text in sentences(report)]
        story += [Spacer(1, 4), self.tables(report)]
        story.append(Paragraph(unbroken(_("Commitments of the landlord")), self.title))
        story.append(self.promises(report))
        story.append(Spacer(1, 8))
        story += [Paragraph(unbroken(text), self.small) for text in notes(report)]
        return story

    def figures(self, report: Report) -> Any:
        from reportlab.platypus import Paragraph, Table

        cells = [
            [Paragraph(unbroken(value), self.figure), Paragraph(unbroken(name), self.small)]
            for name, value in headline(report)
        ]
        rows = [cells[:3], cells[3:]]
        style = a4.ruled(
            [
                ("BOX", (0, 0), (-1, -1), 1, self.line),
                ("INNERGRID", (0, 0), (-1, -1), 1, self.line),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
        return Table(rows, colWidths=[self.width // 3] * 3, style=style)

    def tables(self, report: Report) -> Any:
        """By trade on the left, by place on the right."""
        from reportlab.platypus import Table

        half = self.width // 2 - 6
        trades = [(group, False) for group in report.tables.trades]
        places = [
            row
            for epci, communes in report.tables.places
            for row in ((epci, False), *((commune, True) for commune in communes))
        ]
        sides = [
            self.groups(_("By trade"), _("Trade (NAF)"), trades, half),
            self.groups(_("By EPCI and commune"), _("EPCI, commune"), places, half),
        ]
        flat = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, 0), 0),
            ("RIGHTPADDING", (1, 0), (1, 0), 0),
        ]
        return Table([sides], colWidths=[half + 6, half + 6], style=a4.ruled(flat))

    def groups(self, title: str, head: str, rows: Sequence[tuple[Group, bool]], width: Any) -> list[Any]:
        from reportlab.platypus import Paragraph, Table

        found: list[Any] = [Paragraph(unbroken(title), self.title)]
        if not rows:
            return [*found, Paragraph(unbroken(_("Too few businesses for a table.")), self.body)]
        names = [head, _("Businesses"), _("Relief"), _("Employees")]
        cells = [
            [
                Paragraph(unbroken(name), self.small if place == 0 else self.aligned(self.small))
                for place, name in enumerate(names)
            ]
        ]
        cells += [
            [
                Paragraph(("&nbsp;&nbsp;&nbsp;" if inner else "") + unbroken(group.label), self.body),
                Paragraph(str(group.businesses), self.right),
                Paragraph(unbroken(euros(group.cents)), self.right),
                Paragraph(str(group.jobs), self.right),
            ]
            for group, inner in rows
        ]
        style = a4.ruled(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 1, self.line),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
        widths = [width - 158, 46, 68, 44]
        return [*found, Table(cells, colWidths=widths, style=style, hAlign="LEFT")]

    def aligned(self, style: Any) -> Any:
        from reportlab.lib.styles import ParagraphStyle

        return ParagraphStyle("aligned", parent=style, alignment=2)

    def promises(self, report: Report) -> Any:
        from reportlab.platypus import Paragraph, Table

        if not report.promises:
            return Paragraph(unbroken(_("The charter names none.")), self.body)
        several = len(report.funds) > 1
        rows = [
            [
                Paragraph(
                    unbroken(f"{one.commitment.charter.fund.name}{_(':')} " if several else "")
                    + unbroken(one.commitment.text),
                    self.body,
                ),
                Paragraph(unbroken(one.sentence()), self.bold if one.is_overdue else self.body),
            ]
            for one in report.promises
        ]
        style = a4.ruled(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 1, self.line),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
        return Table(rows, colWidths=[self.width - 190, 190], style=style, hAlign="LEFT")
