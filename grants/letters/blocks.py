"""Blocks of a paper: two that a table would draw too, in several times as long, and the square code."""

from collections.abc import Sequence
from typing import Any, Final

from reportlab.platypus.flowables import Flowable

from grants.letters.marks import square_code
from grants.letters.paper import ACCENT, GROUND, shade

PADDING: Final = 10
BAR: Final = 3


class Lead(Flowable):  # type: ignore[misc] # reportlab has no types
    """The sentence for who reads nothing else, on a ground of its own."""

    def __init__(self, sentence: Any, padding: int) -> None:
        super().__init__()
        self.sentence, self.padding = sentence, padding

    def wrap(self, width: int, height: int) -> tuple[int, int]:
        _wide, high = self.sentence.wrap(width - 2 * PADDING - BAR, height)
        self.width, self.height = width, high + 2 * self.padding
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.setFillColor(shade(GROUND))
        canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        canvas.setFillColor(shade(ACCENT))
        canvas.rect(0, 0, BAR, self.height, stroke=0, fill=1)
        self.sentence.drawOn(canvas, PADDING + BAR, self.padding)


class Beside(Flowable):  # type: ignore[misc] # the same
    """Two columns that begin at the same height; the second one at `second` points."""

    def __init__(self, left: Sequence[Any], right: Sequence[Any], second: int) -> None:
        super().__init__()
        self.left, self.right, self.second = left, right, second
        self.placed: list[tuple[Any, int, int]] = []

    def wrap(self, width: int, height: int) -> tuple[int, int]:
        self.placed = []
        for column, x, wide in (
            (self.left, 0, self.second - 2 * PADDING),
            (self.right, self.second, width - self.second),
        ):
            down = 0
            for one in column:
                _wide, high = one.wrap(wide, height)
                self.placed.append((one, x, down + high))
                down += high + one.getSpaceAfter()
        self.height = max((down for _one, _x, down in self.placed), default=0)
        return width, self.height

    def draw(self) -> None:
        for one, x, down in self.placed:
            one.drawOn(self.canv, x, self.height - down)


class SquareCode(Flowable):  # type: ignore[misc] # the same
    """A text as a QR code of `side` points."""

    def __init__(self, text: str, side: int) -> None:
        super().__init__()
        self.text, self.width, self.height = text, side, side

    def draw(self) -> None:
        square_code(self.canv, self.text, 0, 0, self.width)
