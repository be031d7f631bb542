"""What every paper but a letter is printed on: A4, in the letters' typeface, with its title and its language told."""

from collections.abc import Sequence
from typing import IO, Any

from django.utils.translation import get_language

from grants.letters import fonts
from grants.letters.fonts import PLAIN, printable


def document(into: IO[bytes], title: str, **given: Any) -> Any:
    """A document of reportlab's. Its first face is ours: it begins each page with one, and Helvetica isn't embedded."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    fonts.register()
    told = {"title": printable(title), "author": "fundadmin", "lang": get_language() or "fr", "displayDocTitle": True}
    return SimpleDocTemplate(into, pagesize=A4, initialFontName=PLAIN, **told | given)


def ruled(look: Sequence[tuple[Any, ...]]) -> Any:
    """A table's look; reportlab takes Helvetica for cells that say nothing else, and for those that hold paragraphs."""
    from reportlab.platypus import TableStyle

    return TableStyle([("FONTNAME", (0, 0), (-1, -1), PLAIN), *look])
