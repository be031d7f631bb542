"""What the working papers are made of: texts, headings, facts side by side, tables, boxes."""

from collections.abc import Sequence
from typing import Any, Final

from grants.letters import a4
from grants.letters.fonts import BOLD, PLAIN, unbroken

MARGIN: Final = 48  # points, 17 mm
PADDING: Final = 6
"""What reportlab leaves within a frame."""
WIDTH: Final = 487
"""Between the margins, in points."""
INK, QUIET, LINE, GROUND, ACCENT = "#1d2733", "#566470", "#c9d1d6", "#eef4f4", "#12545c"


def text(
    said: object,
    size: int = 9,
    *,
    bold: bool = False,
    quiet: bool = False,
    right: bool = False,
    accent: bool = False,
    after: int = 3,
) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    look = ParagraphStyle(
        "text",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size + 3,
        textColor=QUIET if quiet else ACCENT if accent else INK,
        alignment=2 if right else 0,
        spaceAfter=after,
        # A digest is a word of 64 letters.
        splitLongWords=True,
    )
    return Paragraph("<br/>".join(unbroken(line) for line in str(said).split("\n")), look)


def heading(said: object) -> Any:
    from reportlab.platypus import CondPageBreak, Spacer

    return [CondPageBreak(70), Spacer(1, 7), text(said, 11, bold=True, accent=True, after=4)]


def facts(rows: Sequence[tuple[object, object]], first: int = 130) -> Any:
    """What and its text, side by side."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    look = a4.ruled(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0, HexColor(LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
    )
    cells = [[text(what, quiet=True), text(said)] for what, said in rows]
    return Table(cells, colWidths=[first, WIDTH - first], style=look, hAlign="LEFT")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[int], *, amounts: int) -> Any:
    """`amounts`: how many columns, from the right, stand right."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    left = len(heads) - amounts
    cells = [[text(head, 8, bold=True, right=n >= left, after=0) for n, head in enumerate(heads)]]
    cells += [[text(cell, 8, right=n >= left, after=0) for n, cell in enumerate(row)] for row in rows]
    look = a4.ruled(
        [
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(GROUND)),
            ("LINEBELOW", (0, 0), (-1, -1), 1, HexColor(LINE)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return Table(cells, colWidths=widths, repeatRows=1, style=look, hAlign="LEFT")


def box(said: Sequence[Any], ground: str) -> Any:
    """What stands out."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    look = a4.ruled(
        [
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(ground)),
            ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(ACCENT)),
            ("LEFTPADDING", (0, 0), (-1, -1), 10),
            ("TOPPADDING", (0, 0), (-1, 0), 7),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 7),
        ]
    )
    return Table([[one] for one in said], colWidths=[WIDTH], style=look, hAlign="LEFT")


def mark(said: str) -> Any:
    """Nothing to see: from here on, each page's foot says this too."""
    from reportlab.platypus import Flowable

    class Mark(Flowable):  # type: ignore[misc] # reportlab has no types
        def wrap(self, *_room: Any) -> tuple[int, int]:
            return 0, 0

        def draw(self) -> None:
            self.canv.marked = said

    return Mark()
