"""How a letter is laid out: nothing alone on a page, nothing cut without a sign, the street in the window."""

import io
from typing import Any

import pytest
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth

from grants.letters import fonts
from grants.letters.composing import Issue
from grants.letters.paper import Grid, Head, Paper, Part, as_pdf, mm
from grants.letters.sheets import address_lines
from grants.letters.specimen import CODE, specimen
from grants.letters.working_parts import WIDTH, text
from landlords.models import Landlord
from tests.factories import OPENED_ON
from tests.factories_landlords import landlord
from tests.grants.letters.looks import letterhead, pages, words

LAST = Part("Ce que vous pouvez faire", points=["Répondre par écrit.", "Ne rien payer.", "Échelonner. " * 12])
CALL = Part("Une question ?", ["Appelez-nous : du lundi au vendredi, de 9 h à 12 h, au 03 44 00 00 00, aux bureaux."])


def paper(rows: int = 1, **given: Any) -> Paper:
    """A reversal notice with so many lines."""
    cells = [[f"mois {n}", "loyer", "1 €", "0 €", "1 €"] for n in range(rows)]
    grid = Grid(["Mois", "Nature", "HT", "TVA", "TTC"], [*cells, ["Total", "", "", "", "9 €"]], (34, 54, 27, 25, 30), 3)
    known: dict[str, Any] = {"language": "fr", "head": Head("Bailleur"), "title": "Titre", "number": "n° 1"}
    known |= {"recipient": ["Nom"], "dated": "5 mai 2020", "references": [], "opening": "Madame,"}
    known |= {"lead": "Phrase. " * 20, "grid": grid, "notes": ["Sans TVA."], "call": CALL}
    known |= {"parts": [Part("Pourquoi", ["Les mêmes mois."]), LAST], "closing": "Salutations."}
    known |= {"signed": ["Claire Vasseur", "Directrice"]}
    return Paper(**known | given)


@pytest.mark.parametrize("rows", range(1, 16))
def test_no_signature_stands_alone_on_a_page(rows: int) -> None:
    found = pages(as_pdf(paper(rows)))
    assert "Salutations." in found[-1]
    assert "Ce que vous pouvez faire" in found[-1]
    assert len(found) == (1 if rows <= 10 else 2)


def test_a_last_part_as_long_as_a_page_is_broken_where_the_page_ends() -> None:
    long = Part("Pourquoi", ["Une phrase assez longue. " * 150])
    first, second = pages(as_pdf(paper(parts=[long])))
    assert "Une phrase" in first
    assert "Une phrase" in second


def test_a_letter_of_several_pages_is_set_as_wide_as_ever_where_that_saves_none() -> None:
    few, many = as_pdf(paper(1)), as_pdf(paper(14))
    assert rows_between(few) == rows_between(many) > rows_between(as_pdf(paper(8)))


def rows_between(content: bytes) -> int:
    """How far apart the first two rows of the table stand."""
    places: list[int] = []

    def visit(said: str, _matrix: Any, place: Any, _face: Any, _size: Any) -> None:
        if said.strip() in ("Mois", "mois 0"):
            places.append(round(place[5]))

    PdfReader(io.BytesIO(content)).pages[0].extract_text(visitor_text=visit)
    return places[0] - places[1]


LONG = "Société anonyme d'habitations à loyer modéré du département de l'Oise et des communes limitrophes"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bailleur", "Bailleur"),
        (LONG, LONG),
        (", ".join([LONG] * 4), "…"),
    ],
)
def test_a_landlords_name_is_set_smaller_and_never_cut_without_a_sign(name: str, shown: str) -> None:
    found = pages(as_pdf(paper(14, head=Head(name))))
    assert shown in found[0]
    assert ("…" in found[1]) is (len(name) > 60)


def test_names_give_way_to_the_street_and_the_town() -> None:
    street = "Résidence Les Jardins de la Reine Blanche, bâtiment C, escalier 4, 128 bis avenue du Général-de-Gaulle"
    lines = address_lines(paper(recipient=[LONG, LONG, "À l'attention de Zoé", street, "60650 Saint-Germain"]))
    assert len(lines) == 6
    assert " ".join(lines).endswith(f"… {street} 60650 Saint-Germain")
    assert address_lines(paper(recipient=["Nom", "Rue", "Ville"])) == ["Nom", "Rue", "Ville"]


@pytest.mark.django_db
def test_the_letter_that_shows_a_letterhead_shows_whom_to_call_and_where_a_letter_is_checked() -> None:
    owner: Landlord = landlord()
    shown = words(as_pdf(specimen(letterhead(owner), Issue(language="fr", dated=OPENED_ON))))
    assert "Une question ? Appelez-nous ou écrivez-nous : Service des locaux d'activité" in shown
    assert f"/verifier/ code {CODE}" in shown
    assert "PROJET" in shown


def test_no_line_of_a_working_paper_ends_within_an_amount() -> None:
    fonts.register()
    said = "Relevé dans le sondage : 234\u202f567,89\u00a0€"
    for width in range(60, WIDTH, 10):
        drawn = text(said, 11)
        drawn.wrap(width, mm(100))
        lines = [" ".join(words) if isinstance(words, list) else str(words) for _room, words in drawn.blPara.lines]
        whole = stringWidth("234 567,89 €", fonts.PLAIN, 11) <= width
        assert any("234\u00a0567,89\u00a0€" in line for line in lines) or not whole


def test_a_place_of_a_long_name_leaves_room_for_the_day() -> None:
    place = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    (page,) = PdfReader(io.BytesIO(as_pdf(paper(dated=f"{place}, le 5 mai 2020")))).pages
    ends: list[int] = []

    def visit(said: str, _matrix: Any, at: Any, _face: Any, _size: Any) -> None:
        if "Isson" in said or "mai" in said:
            ends.append(round(at[4] + stringWidth(said.strip(), fonts.PLAIN, 10)))

    page.extract_text(visitor_text=visit)
    assert len(ends) == 2
    assert max(ends) <= mm(190)


def test_a_page_is_the_a4_that_printers_know() -> None:
    first, later = PdfReader(io.BytesIO(as_pdf(paper(14)))).pages
    assert [tuple(map(int, page.mediabox)) for page in (first, later)] == [(0, 0, 595, 842)] * 2
