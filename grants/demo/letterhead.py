"""The invented landlord's letterhead: an invented mark, and nobody who exists."""

import io
from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "language": "fr",
    "contact_name": "Service des locaux d’activité",
    "contact_phone": "03 44 00 00 00",
    "contact_email": "locaux@bailleur.demo.fundadmin.invalid",
    "contact_hours": "du lundi au vendredi, de 9 h à 12 h",
    "signatory_name": "Claire Vasseur",
    "signatory_title": "Directrice du patrimoine",
    "reexamination": "Écrivez-nous ou passez par votre conseiller, en joignant ce qui manquait.",
    "legal": "Société inventée pour la démonstration, sans capital ni immatriculation.",
}
TEAL, GOLD = "#12545c", "#e0a53a"


def mark() -> bytes:
    """Three houses in a row, drawn."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (720, 240), "white")
    draw = ImageDraw.Draw(picture)
    for place, (colour, roof) in enumerate(((TEAL, 60), (GOLD, 20), (TEAL, 60))):
        left = place * 190
        draw.polygon([(left, roof + 80), (left + 80, roof), (left + 160, roof + 80)], fill=colour)
        draw.rectangle([left + 16, roof + 80, left + 144, 230], fill=colour)
        draw.rectangle([left + 62, 160, left + 98, 230], fill="white")
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return drawn.getvalue()
