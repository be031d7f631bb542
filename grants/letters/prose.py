"""Sentences as lines: broken at spaces, bold where they say so, in a fraction of the time platypus takes.

What letters say is nearly the same each time, so the width of each word is measured once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.sax.saxutils import unescape

from reportlab.platypus.flowables import Flowable

from grants.letters import fonts
from grants.letters.fonts import BOLD, PLAIN

Word = tuple[tuple[str, str], ...]
"""Pieces that no space parts: (text, face)."""
MARKS: Final = re.compile("(</?b>)")


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is set. Sizes in points; `indent`: of all its lines, `point` stands before the first one."""

    size: int = 10
    face: str = PLAIN
    colour: Any = None
    after: int = 4
    indent: int = 0
    point: str = ""

    @property
    def leading(self) -> int:
        return self.size + 4


@lru_cache(maxsize=20_000)
def measured(text: str, face: str, size: int) -> Any:
    """How wide a word is drawn, exactly."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    fonts.register()
    return stringWidth(text, face, size)


def words_of(marked: str, face: str) -> list[Word]:
    """A text marked up by `fonts.sentence` as words."""
    words: list[list[tuple[str, str]]] = [[]]
    now = face
    for part in MARKS.split(marked):
        if part in ("<b>", "</b>"):
            now = BOLD if part == "<b>" else face
            continue
        for n, piece in enumerate(unescape(part).split(" ")):
            if n:
                words.append([])
            if piece:
                words[-1].append((piece, now))
    return [tuple(word) for word in words if word]


def breadth(word: Word, size: int) -> Any:
    """How wide a word is drawn, with all its pieces."""
    if len(word) == 1:
        return measured(*word[0], size)
    return sum(measured(text, face, size) for text, face in word)


def cut(word: Word, size: int, width: int) -> Iterable[Word]:
    """A word that is wider than a line, in parts that fit."""
    for text, face in word:
        rest = text
        while rest:
            fits = next(n for n in range(len(rest), 0, -1) if n == 1 or fonts.width(rest[:n], size, face) <= width)
            yield ((rest[:fits], face),)
            rest = rest[fits:]


def _parts(word: Word, size: int, width: int) -> list[tuple[Word, Any]]:
    return [(part, breadth(part, size)) for part in cut(word, size, width)]


class Prose(Flowable):  # type: ignore[misc] # reportlab has no types
    def __init__(self, words: Sequence[Word], look: Look) -> None:
        super().__init__()
        self.words, self.look = words, look
        self.lines: list[list[Word]] = []
        self.broken_at = -1

    def getSpaceAfter(self) -> int:  # noqa: N802 - reportlab's name
        return self.look.after

    def wrap(self, width: int, _height: int) -> tuple[int, int]:
        # Whoever places it asks twice, for the same width.
        if width != self.broken_at:
            self.broken_at, self.lines = width, self._broken(width)
        self.width, self.height = width, self.look.leading * len(self.lines)
        return self.width, self.height

    def _broken(self, width: int) -> list[list[Word]]:
        look = self.look
        space, room = measured(" ", look.face, look.size), width - look.indent
        line: list[Word] = []
        lines, used = [line], 0
        for whole in self.words:
            wide = breadth(whole, look.size)
            for word, taken in [(whole, wide)] if wide <= room else _parts(whole, look.size, room):
                if line and used + space + taken > room:
                    line = []
                    lines.append(line)
                used = used + space + taken if line else taken
                line.append(word)
        return lines

    def split(self, width: int, height: int) -> list["Prose"]:
        """The lines that fit, and the rest; nothing where not even two do."""
        self.wrap(width, height)
        fits = int(height // self.look.leading)
        if fits < min(2, len(self.lines)):
            return []
        first = [word for line in self.lines[:fits] for word in line]
        rest = [word for line in self.lines[fits:] for word in line]
        return [Prose(first, self.look), *([Prose(rest, self.look)] if rest else [])]

    def draw(self) -> None:
        look = self.look
        self.canv.setFillColor(look.colour)
        text = self.canv.beginText()
        y = self.height - look.size
        if look.point:
            text.setFont(look.face, look.size)
            text.setTextOrigin(1, y)
            text.textOut(look.point)
        for line in self.lines:
            text.setTextOrigin(look.indent, y)
            for run, face in runs_of(line):
                text.setFont(face, look.size)
                text.textOut(run)
            y -= look.leading
        self.canv.drawText(text)


def runs_of(line: Sequence[Word]) -> list[tuple[str, str]]:
    """A line as texts in one face each, with the spaces between its words."""
    runs: list[tuple[str, str]] = []
    for n, word in enumerate(line):
        for place, (piece, face) in enumerate(word):
            said = f" {piece}" if n and not place else piece
            if runs and runs[-1][1] == face:
                runs[-1] = (runs[-1][0] + said, face)
            else:
                runs.append((said, face))
    return runs
