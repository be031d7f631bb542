"""The square code on a paper: on a letter it leads to the page that vouches for it."""

import re
from decimal import Decimal
from typing import Any, Final, cast

DARK: Final = re.compile(rb"\0+")


def squares_of(text: str) -> list[bytes]:
    """A text as a QR code: a byte per square, 0 where it is dark, row by row from the top."""
    from zxingcpp import BarcodeFormat, create_barcode

    made = create_barcode(text, BarcodeFormat.QRCode, ec_level="M")
    image = made.to_image(scale=1, add_quiet_zones=False)
    # Its types don't say that it is a buffer.
    squares = memoryview(cast("Any", image)).tobytes()
    side = int(image.shape[1])
    return [squares[start : start + side] for start in range(0, len(squares), side)]


def square_code(canvas: Any, text: str, left: int, bottom: int, side: int) -> None:
    """Draw `text` as a QR code of `side` points. Dark squares that touch in a row are drawn as one."""
    rows = squares_of(text)
    count = len(rows)
    squares = [
        f"{run.start()} {count - down} {run.end() - run.start()} 1 re"
        for down, row in enumerate(rows, start=1)
        for run in DARK.finditer(row)
    ]
    canvas.saveState()
    canvas.translate(left, bottom)
    # In whole squares, scaled once: rounded one by one they would leave hairlines.
    scale = f"{Decimal(side).__truediv__(count):.5f}"
    canvas.addLiteral(f"{scale} 0 0 {scale} 0 0 cm 0 g " + " ".join(squares) + " f")
    canvas.restoreState()
