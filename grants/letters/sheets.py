"""The sheets a letter is printed on: letterhead, address, foot, page numbers, the mark of a draft."""

import io
from collections.abc import Sequence
from functools import lru_cache
from threading import get_ident
from typing import Any, Final

from django.utils.translation import gettext as _
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from grants.letters import fonts
from grants.letters.fonts import BOLD, PLAIN, printable
from grants.letters.marks import square_code
from grants.letters.paper import (
    ACCENT,
    ADDRESS_LEFT,
    ADDRESS_LINES,
    ADDRESS_TOP,
    FOLD_TOP,
    HAIR,
    HIGH,
    INK,
    LEFT,
    LINE,
    QUIET,
    RIGHT,
    WIDE,
    Head,
    Paper,
    mm,
    shade,
)

LOGO: Final = (mm(60), mm(20))
CODE: Final = mm(18)
FAINT: Final = "#e3e8ea"


class NumberedCanvas(Canvas):  # type: ignore[misc] # reportlab has no types
    """Writes "1 / 3" on each page once it knows how many there are."""

    def __init__(self, *args: Any, **given: Any) -> None:
        # Else each page begins with a Helvetica that nothing is set in and that isn't embedded.
        super().__init__(*args, **given | {"initialFontName": PLAIN})
        self.setViewerPreference("DisplayDocTitle", "true")
        self.sheets: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self.sheets.append(dict(vars(self)))
        self._startPage()

    def setFillColor(self, colour: Any, alpha: Any = None) -> None:  # noqa: N802 - reportlab's name
        """Said once for the texts that follow each other in it, not before each word."""
        if alpha is not None or colour is not self._fillColorObj:
            super().setFillColor(colour, alpha)

    def save(self) -> None:
        of_all = len(self.sheets)
        for number, sheet in enumerate(self.sheets, start=1):
            self.__dict__.update(sheet)
            self.numbered(number, of_all)
            super().showPage()
        super().save()

    def numbered(self, number: int, of_all: int) -> None:
        write(self, f"{number} / {of_all}", mm(RIGHT), mm(10), 8, colour=QUIET, right=True)


def write(
    canvas: Any, text: str, x: int, y: int, size: int, *, face: str = PLAIN, colour: str = INK, right: bool = False
) -> None:
    canvas.setFont(face, size)
    canvas.setFillColor(shade(colour))
    (canvas.drawRightString if right else canvas.drawString)(x, y, printable(text))


def wrapped(text: str, width: int, size: int, face: str = PLAIN) -> list[str]:
    """A text as lines that fit; a word that is too long alone is cut."""
    from reportlab.lib.utils import simpleSplit

    lines = []
    for line in simpleSplit(printable(text), face, size, width):
        rest = line
        while fonts.width(rest, size, face) > width and len(rest) > 1:
            fits = next(n for n in range(len(rest) - 1, 0, -1) if n == 1 or fonts.width(rest[:n], size, face) <= width)
            lines.append(rest[:fits])
            rest = rest[fits:]
        lines.append(rest)
    return lines


def first_page(canvas: Any, _document: Any, *, paper: Paper) -> None:
    marked_as_draft(canvas, paper)
    canvas.setFillColor(shade(ACCENT))
    canvas.rect(0, HIGH - mm(4), WIDE, mm(4), stroke=0, fill=1)
    letterhead(canvas, paper.head)
    references(canvas, paper)
    y = HIGH - mm(ADDRESS_TOP)
    for line in address_lines(paper):
        write(canvas, line, mm(ADDRESS_LEFT), y, 11)
        y -= 14
    # The day stands beside the last of the references; a place of a long name above it.
    y = HIGH - mm(FOLD_TOP - 11)
    for line in reversed(wrapped(paper.dated, mm(RIGHT - ADDRESS_LEFT), 10)):
        write(canvas, line, mm(ADDRESS_LEFT), y, 10)
        y += 12
    canvas.setStrokeColor(shade(LINE))
    canvas.setLineWidth(HAIR)
    for fold in (99, 198):
        canvas.line(mm(4), HIGH - mm(fold), mm(9), HIGH - mm(fold))
    foot(canvas, paper)


def address_lines(paper: Paper) -> list[str]:
    """At most six lines, as an envelope's window shows; what is too long is cut with three dots."""
    width = mm(RIGHT - ADDRESS_LEFT)
    parts = [wrapped(part, width, 11) for part in paper.recipient]
    # The street and the town stand last, and lead the letter there: names give way to them.
    place = [line for part in parts[-2:] for line in part][: ADDRESS_LINES - 1]
    names = [line for part in parts[:-2] for line in part]
    room = ADDRESS_LINES - len(place)
    return [*shortened(names, room), *place]


def shortened(lines: Sequence[str], most: int) -> list[str]:
    """The first lines; three dots say that there are more."""
    return list(lines) if len(lines) <= most else [*lines[: most - 1], lines[most - 1].rstrip(" ,") + "…"]


NAME_SIZES: Final = ((15, 18, 2), (12, 14, 3), (10, 13, 3))
"""A name without a logo: the largest size in which it fits so many lines; the last one beside a logo."""


def letterhead(canvas: Any, head: Head) -> None:
    """The logo, or the name instead; below it who writes and how to reach them."""
    top = HIGH - mm(14)
    if head.logo:
        top -= draw_logo(canvas, head.logo, top) + 12
    sizes = NAME_SIZES[2:] if head.logo else NAME_SIZES
    fits = (one for one in sizes if len(wrapped(head.name, mm(82), one[0], BOLD)) <= one[2])
    size, step, most = next(fits, sizes[-1])
    for line in shortened(wrapped(head.name, mm(82), size, BOLD), most):
        write(canvas, line, mm(LEFT), top - 10, size, face=BOLD, colour=ACCENT)
        top -= step
    for line in head.lines[:4]:
        for part in wrapped(line, mm(82), 8)[:2]:
            write(canvas, part, mm(LEFT), top - 9, 8, colour=QUIET)
            top -= 11


@lru_cache(maxsize=16)
def picture_of(logo: bytes, _thread: int) -> Any:
    """A logo read once in each thread, however many letters bear it: a reader is a file at some place in it."""
    return Logo(io.BytesIO(logo))


class Logo(ImageReader):  # type: ignore[misc] # reportlab has no types
    """A JPEG, which a PDF holds as it is; reportlab names it by its content, so the file will do for the pixels."""

    def getRGBData(self) -> bytes:  # noqa: N802 - reportlab's name
        self._dataA = None
        place = self.fp.tell()
        self.fp.seek(0)
        content = bytes(self.fp.read())
        self.fp.seek(place)
        return content


def draw_logo(canvas: Any, logo: bytes, top: int) -> int:
    """Draw it as large as its place allows; how high it is."""
    image = picture_of(logo, get_ident())
    wide, high = image.getSize()
    width, height = LOGO
    if wide * height > high * width:
        height = max(1, high * width // wide)
    else:
        width = max(1, wide * height // high)
    canvas.drawImage(image, mm(LEFT), top - height, width, height)
    return height


def references(canvas: Any, paper: Paper) -> None:
    """Left of the address: what to quote when calling."""
    rows = [(label, wrapped(value, mm(62), 9)[:2]) for label, value in paper.references]
    # The last line stands beside the date.
    y = HIGH - mm(FOLD_TOP - 11) + 12 * (sum(len(lines) for _label, lines in rows) - 1)
    for label, lines in rows:
        write(canvas, label, mm(LEFT), y, 8, colour=QUIET)
        for line in lines:
            write(canvas, line, mm(LEFT + 22), y, 9)
            y -= 12


def foot(canvas: Any, paper: Paper) -> None:
    """How to check the letter, and what the law wants named of who writes."""
    left = mm(LEFT)
    canvas.setStrokeColor(shade(LINE))
    canvas.setLineWidth(HAIR)
    canvas.line(left, mm(26), mm(RIGHT), mm(26))
    if paper.check:
        square_code(canvas, paper.check, left, mm(6), CODE)
        left += CODE + mm(4)
        write(canvas, _("Is this letter genuine? Check it here:"), left, mm(20), 8, colour=QUIET)
        write(canvas, paper.check.removesuffix(paper.code + "/").removeprefix("https://"), left, mm(20) - 10, 8)
        write(canvas, _("code %(code)s") % {"code": paper.code}, left, mm(20) - 20, 8, face=BOLD)
    y = mm(6)
    for line in reversed(wrapped(paper.head.legal, mm(RIGHT) - left - mm(14), 7)[:2]):
        write(canvas, line, left, y, 7, colour=QUIET)
        y += 9


def later_page(canvas: Any, _document: Any, *, paper: Paper) -> None:
    marked_as_draft(canvas, paper)
    canvas.setFillColor(shade(ACCENT))
    canvas.rect(0, HIGH - mm(4), WIDE, mm(4), stroke=0, fill=1)
    write(canvas, f"{paper.title} – {paper.number}", mm(LEFT), HIGH - mm(14), 8, colour=QUIET)
    (whose,) = shortened(wrapped(paper.head.name, mm(80), 8), 1)
    write(canvas, whose, mm(RIGHT), HIGH - mm(14), 8, colour=QUIET, right=True)
    if paper.code:
        write(canvas, _("code %(code)s") % {"code": paper.code}, mm(LEFT), mm(10), 8, colour=QUIET)


def marked_as_draft(canvas: Any, paper: Paper) -> None:
    """Nobody takes it for the letter."""
    if not paper.is_draft:
        return
    canvas.saveState()
    canvas.translate(mm(105), mm(140))
    canvas.rotate(55)
    canvas.setFont(BOLD, 110)
    canvas.setFillColor(shade(FAINT))
    canvas.drawCentredString(0, -40, printable(_("DRAFT")))
    canvas.restoreState()
