"""The square code on a letter, which leads to the page that vouches for it."""

import re
from decimal import Decimal
from functools import cache
from typing import Any, Final

DARK: Final = re.compile("#+")
MASK: Final = 2
"""Any of the eight will do; trying them all takes longer than the whole letter."""


def square_code(canvas: Any, text: str, left: int, bottom: int, side: int) -> None:
    """Draw `text` as a QR code of `side` points. Dark squares that touch in a row are drawn as one."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M

    made = QRCode(size_for(len(text.encode())), ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    made.add_data(text, optimize=0)
    made.make(fit=False)
    rows = made.get_matrix()
    count = len(rows)
    squares = [
        f"{run.start()} {count - down} {run.end() - run.start()} 1 re"
        for down, row in enumerate(rows, start=1)
        for run in DARK.finditer("".join("#" if dark else " " for dark in row))
    ]
    canvas.saveState()
    canvas.translate(left, bottom)
    # In whole squares, scaled once: rounded one by one they would leave hairlines.
    scale = f"{Decimal(side).__truediv__(count):.5f}"
    canvas.addLiteral(f"{scale} 0 0 {scale} 0 0 cm 0 g " + " ".join(squares) + " f")
    canvas.restoreState()


@cache
def size_for(count: int) -> int:
    """The smallest version of the code that holds so many bytes: the same for each letter of a batch."""
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.util import QRData

    made = QRCode(error_correction=ERROR_CORRECT_M)
    made.add_data(QRData(bytes(count)), optimize=0)
    return int(made.best_fit(start=1))
