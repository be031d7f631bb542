"""The square code on a letter, which leads to the page that vouches for it."""

from decimal import Decimal
from typing import Any, Final

MASK: Final = 2
"""Any of the eight will do; trying them all takes longer than the whole letter."""


def square_code(canvas: Any, text: str, left: int, bottom: int, side: int) -> None:
    """Draw `text` as a QR code of `side` points. Dark squares that touch in a row are drawn as one."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M

    made = QRCode(border=0, error_correction=ERROR_CORRECT_M, mask_pattern=MASK)
    made.add_data(text, optimize=0)
    rows = made.get_matrix()
    count = len(rows)
    squares = [
        f"{first} {count - down} {length} 1 re" for down, row in enumerate(rows, start=1) for first, length in runs(row)
    ]
    canvas.saveState()
    canvas.translate(left, bottom)
    # In whole squares, scaled once: rounded one by one they would leave hairlines.
    scale = f"{Decimal(side).__truediv__(count):.5f}"
    canvas.addLiteral(f"{scale} 0 0 {scale} 0 0 cm 0 g " + " ".join(squares) + " f")
    canvas.restoreState()


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """(first, length) of each run of dark squares."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found
