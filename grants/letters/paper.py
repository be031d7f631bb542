"""What every letter looks like: letterhead, address in the window, one clear sentence, one table, what to do next.

A `Paper` is words only; `as_pdf` draws it. The same paper gives the same bytes: no clock, nothing random.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from django.utils import translation

from grants.letters import fonts
from grants.letters.fonts import BOLD, PLAIN, flowing, printable

if TYPE_CHECKING:
    from grants.letters.picture import Picture

MM: Final = 283  # hundredths of a point
INK, QUIET, LINE, GROUND, ACCENT = "#1d2733", "#566470", "#c9d1d6", "#eef4f4", "#12545c"
LEFT, RIGHT, FOLD_TOP = 20, 190, 97
"""Margins, and where the text begins: below the address, which shows in the window of a French DL envelope."""
ADDRESS_LEFT, ADDRESS_TOP, ADDRESS_LINES = 110, 50, 6
WIDE, HIGH = 595, 842
"""A4 in points, as printers know it: a point less, and they take it for another paper and ask."""
HAIR: Final = Fraction(1, 2)
FOOT: Final = 30
"""Height of the foot of the first page; later ones have a line."""


def mm(length: int) -> int:
    """Millimetres in points."""
    return length * MM // 100


@dataclass(frozen=True, slots=True)
class Head:
    """Whose paper it is."""

    name: str
    lines: Sequence[str] = ()
    """Address, telephone, e-mail: what stands below the name."""
    legal: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """Something to read under a heading: sentences, then points. Texts are marked up by `fonts.sentence`."""

    heading: str
    texts: Sequence[str] = ()
    points: Sequence[str] = ()
    grid: "Grid | None" = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The table. `rows` are plain cells; columns in `amounts` stand right; the last `totals` rows are sums."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    """In millimetres."""
    amounts: int
    """How many columns, from the right, are amounts."""
    totals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """All that a letter says, in the language it is in."""

    language: str
    head: Head
    title: str
    number: str
    recipient: Sequence[str]
    dated: str
    references: Sequence[tuple[str, str]]
    opening: str = ""
    lead: str
    grid: Grid | None = None
    notes: Sequence[str] = ()
    """Small print below the table."""
    parts: Sequence[Part] = ()
    picture: "Picture | None" = None
    closing: str = ""
    call: Part | None = None
    """Whom to ask; it stands beside the signature."""
    signed: Sequence[str] = ()
    check: str = ""
    """The address of the page that vouches for it; none on a draft."""
    code: str = ""
    is_draft: bool = False


def as_pdf(paper: Paper) -> bytes:
    """In the letter's own language, whoever asks for it."""
    with translation.override(paper.language):
        return _drawn(paper)


ALONE: Final = 100
"""Millimetres: a last page with no more than that on it is worth setting the letter closer to save it."""


def _drawn(paper: Paper) -> bytes:
    content, sheets, used = _set(paper)
    if sheets > 1 and used <= mm(ALONE):
        closer, fewer, _used = _set(paper, is_close=True)
        return closer if fewer < sheets else content
    return content


def _set(paper: Paper, *, is_close: bool = False) -> tuple[bytes, int, int]:
    """The bytes, how many pages, and how far down the last one goes."""
    from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageTemplate

    from grants.letters.sheets import NumberedCanvas, first_page, later_page

    fonts.register()
    written = io.BytesIO()
    document = BaseDocTemplate(
        written,
        pagesize=(WIDE, HIGH),
        title=printable(paper.title),
        author=printable(paper.head.name),
        subject=printable(paper.number),
        lang=paper.language,
        displayDocTitle=True,
        invariant=True,
    )
    wide = mm(RIGHT - LEFT)
    top, bottom = HIGH - mm(FOLD_TOP), mm(FOOT)
    first = Frame(mm(LEFT), bottom, wide, top - bottom, 0, 0, 0, 0, id="first")
    later = Frame(mm(LEFT), mm(20), wide, HIGH - mm(20 + 24), 0, 0, 0, 0, id="later")
    document.addPageTemplates(
        [
            PageTemplate("first", [first], onPage=partial(first_page, paper=paper)),
            PageTemplate("later", [later], onPage=partial(later_page, paper=paper)),
        ]
    )
    document.build([NextPageTemplate("later"), *_story(paper, is_close=is_close)], canvasmaker=NumberedCanvas)
    return written.getvalue(), document.page, HIGH - mm(24) - int(document.frame._y)  # noqa: SLF001 - it tells nobody else


@cache
def shade(colour: str) -> Any:
    """A colour, read once: reportlab would read it anew for each word."""
    from reportlab.lib.colors import HexColor

    return HexColor(colour)


def _text(marked: str, *, size: int = 10, face: str = PLAIN, colour: str = INK, after: int = 4) -> Any:
    from grants.letters.prose import Look, Prose, words_of

    return Prose(words_of(marked, face), Look(size, face, shade(colour), after))


def _point(marked: str) -> Any:
    from grants.letters.prose import Look, Prose, words_of

    return Prose(words_of(marked, PLAIN), Look(colour=shade(INK), after=3, indent=12, point="•"))


def _story(paper: Paper, *, is_close: bool) -> list[Any]:
    from reportlab.platypus import CondPageBreak, Spacer

    from grants.letters.blocks import Beside, Lead

    gap = 6 if is_close else 10
    story = [_text(flowing(paper.title), size=15, face=BOLD, colour=ACCENT, after=6)]
    story += [_text(flowing(paper.opening), after=gap - 2)] if paper.opening else []
    story += [Lead(_text(paper.lead, size=12, after=0), gap), Spacer(1, gap)]
    if paper.picture:
        story += [paper.picture.drawn(mm(RIGHT - LEFT)), Spacer(1, gap)]
    if paper.grid:
        story += [_table(paper.grid, is_close=is_close), Spacer(1, gap - 4)]
    story += [_text(note, size=9, colour=QUIET, after=2) for note in paper.notes]
    end = [_text(flowing(paper.closing), after=6)] if paper.closing else []
    signed = [_text(flowing(line), face=PLAIN if n else BOLD, after=0) for n, line in enumerate(paper.signed)]
    call = _part(paper.call)[1:] if paper.call else []
    end.append(Beside(call, signed, mm(100)))
    together = _height(end)
    for n, part in enumerate(paper.parts, start=1):
        drawn = _part(part, gap - 4, is_close=is_close)
        # A signature alone on a page looks forged: the last part goes with it, if it isn't long itself.
        least = _height(drawn) + gap + together if n == len(paper.parts) and not part.grid else 0
        story += [CondPageBreak(least if mm(30) < least <= mm(ALONE) else mm(30)), *drawn]
    return [*story, Spacer(1, gap - 2), CondPageBreak(together), *end]


def _height(drawn: Sequence[Any]) -> int:
    return sum(one.wrap(mm(RIGHT - LEFT), 0)[1] + one.getSpaceAfter() for one in drawn)


def _part(part: Part, gap: int = 6, *, is_close: bool = False) -> list[Any]:
    from reportlab.platypus import Spacer

    drawn: list[Any] = [Spacer(1, gap), _text(flowing(part.heading), size=11, face=BOLD, colour=ACCENT, after=3)]
    drawn += [_text(marked) for marked in part.texts]
    drawn += [_point(marked) for marked in part.points]
    return [*drawn, _table(part.grid, is_close=is_close), Spacer(1, 4)] if part.grid else drawn


def _table(grid: Grid, *, is_close: bool) -> Any:
    from reportlab.platypus import Table

    first = len(grid.heads) - grid.amounts
    widths = [mm(width) for width in grid.widths]
    rows = [[printable(head) for head in grid.heads]]
    rows += [[_cell(cell, widths[n]) if n < first else printable(cell) for n, cell in enumerate(r)] for r in grid.rows]
    look = _ruled(first, grid.totals, is_close)
    return Table(rows, colWidths=widths, style=look, repeatRows=1, hAlign="LEFT")


def _cell(cell: str, width: int) -> Any:
    """Its words, on several lines where one is too narrow."""
    text = printable(cell)
    return text if fonts.width(text, 10) <= width - 12 else _text(flowing(text), after=0)


@cache
def _ruled(first: int, totals: int, is_close: bool) -> Any:  # noqa: FBT001 - `cache` keys by place
    from reportlab.platypus import TableStyle

    look: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, 0), BOLD, 9, 12),
        ("TEXTCOLOR", (0, 0), (-1, 0), shade(QUIET)),
        ("FONT", (0, 1), (-1, -1), PLAIN, 10, 13),
        ("TEXTCOLOR", (0, 1), (-1, -1), shade(INK)),
        ("ALIGN", (first, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 1, shade(ACCENT)),
        ("LINEBELOW", (0, 1), (-1, -1), HAIR, shade(LINE)),
        ("TOPPADDING", (0, 0), (-1, -1), 0 if is_close else 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2 if is_close else 3),
        ("LEFTPADDING", (0, 0), (0, -1), 2),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 2),
    ]
    if totals:
        look += [
            ("FONT", (0, -totals), (-1, -1), BOLD, 10, 13),
            ("LINEABOVE", (0, -totals), (-1, -totals), 1, shade(INK)),
            ("NOSPLIT", (0, -totals - 1), (-1, -1)),
        ]
    return TableStyle(look)
