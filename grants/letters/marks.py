"""The square code on a paper: on a letter it leads to the page that vouches for it."""

from typing import Any, Final, cast

AS_BITS: Final = bytes(ord("1" if light else "0") for light in range(256))


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
    """Draw `text` as a QR code of `side` points: an image of a bit per square, with no hairlines between them."""
    from reportlab.lib.colors import black

    rows = squares_of(text)
    count = len(rows)
    padding = -count % 8
    bits = "".join(f"{int(row.translate(AS_BITS), 2) << padding:0{(count + padding) // 4}x}" for row in rows)
    canvas.saveState()
    canvas.setFillColor(black)
    canvas.addLiteral(
        f"{side} 0 0 {side} {left} {bottom} cm BI /W {count} /H {count} /BPC 1 /IM true /F /AHx ID {bits}> EI"
    )
    canvas.restoreState()
