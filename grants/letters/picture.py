"""A fund's position as one bar as wide as its ceiling, with a key that says each part in words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grants.letters.fonts import BOLD, PLAIN, printable
from grants.money import euros

COLOURS: Final = {
    "credited": "#12545c",
    "committed": "#3d8b94",
    "reserved": "#8fc1c6",
    "available": "#e0a53a",
    "unendowed": "#e3e8ea",
}
BAR, KEY = 26, 46
"""Height of the bar, and of the key below it, in points."""


@dataclass(frozen=True, slots=True)
class Picture:
    """(name of the part, its label, cents), in the order of the bar."""

    parts: Sequence[tuple[str, str, int]]

    def drawn(self, width: int) -> Any:
        """The bar; a part too thin to be seen is still in the key."""
        from reportlab.graphics.shapes import Drawing, Rect, String
        from reportlab.lib.colors import HexColor

        drawing = Drawing(width, BAR + KEY)
        whole = max(1, sum(cents for _name, _label, cents in self.parts))
        done, x, column = 0, 0, width // max(1, len(self.parts))
        for place, (name, label, cents) in enumerate(self.parts):
            colour = HexColor(COLOURS[name])
            done += cents
            end = done * width // whole
            drawing.add(Rect(x, KEY, end - x, BAR, fillColor=colour, strokeColor=HexColor("#ffffff"), strokeWidth=1))
            left, x = place * column, end
            drawing.add(Rect(left, KEY - 18, 8, 8, fillColor=colour, strokeColor=None))
            drawing.add(String(left + 12, KEY - 17, printable(label), fontName=PLAIN, fontSize=9))
            drawing.add(String(left + 12, KEY - 30, printable(euros(cents)), fontName=BOLD, fontSize=10))
        return drawing
