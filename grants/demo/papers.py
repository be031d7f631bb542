"""The papers of the stories: real PDFs of one page with one sentence, made by hand."""

from typing import Final

HEAD: Final = "%PDF-1.4\n"


def paper(sentence: str) -> bytes:
    """A PDF that says the sentence; it has no brackets or backslashes, which PDF would want escaped."""
    text = f"BT /F1 14 Tf 56 770 Td ({sentence}) Tj ET"
    objects = (
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>",
        f"<</Length {len(text)}>>\nstream\n{text}\nendstream",
        "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
    )
    body, places = HEAD, []
    for number, held in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{held}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size} /Root 1 0 R>>\n"
    # One byte per character, so that the places above are bytes.
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("cp1252")
