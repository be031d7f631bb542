"""The notice that goes with a file (art. A47 A-1 II LPF): named after it, and telling what its reader needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grants.fec.faults import Fault
from grants.fec.layout import ENCODING, NAMES, description_name

LONGEST: Final = 200_000  # bytes: a notice is a page or two
WORDS: Final = (*NAMES, "ISO-8859-15", "tabulation", "AAAAMMJJ", "virgule", "journal des allègements")
"""What a notice has to name: each zone, the character set, how values are written, and that it is one journal only."""


def description_faults(name: str, description: Path | None) -> Iterator[Fault]:
    """What is wrong with the notice of a file called `name`; None where there is none."""
    expected = description_name(name)
    if description is None or not description.is_file():
        yield Fault("description_missing", details={"name": expected})
        return
    if description.name != expected:
        yield Fault("description_name", value=description.name, details={"name": expected})
    with description.open("rb") as stream:
        content = stream.read(LONGEST)
    if not content.isascii() and is_utf8(content):
        yield Fault("description_utf8")
        content = content.decode().encode(ENCODING, "replace")
    text = content.decode(ENCODING)
    yield from (Fault("description_silent", details={"about": word}) for word in WORDS if word not in text)


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
