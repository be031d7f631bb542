"""How text is set: broken at spaces, bold where it says so, over pages; drawn blocks; the fallback of a long word."""

import io

from PIL import Image

from grants.enums import LetterKind
from grants.letters.fonts import BOLD, PLAIN, Strong, sentence
from grants.letters.paper import Grid, Head, Paper, Part, as_pdf
from grants.letters.prose import Look, Prose, runs_of, words_of
from grants.models import Letter, LetterRun
from tests.grants.letters.looks import pages, words


def paper(**given: object) -> Paper:
    known = {"language": "fr", "head": Head("Bailleur"), "title": "Titre", "number": "n° 1", "recipient": ["Nom"]}
    return Paper(**{**known, "dated": "5 mai 2020", "references": [], "lead": "Phrase.", **given})


def test_what_stands_out_keeps_its_face_and_its_neighbours() -> None:
    marked = sentence("Vous payez %(amount)s.", amount=Strong("1 & <2> €"))
    expected = [("Vous payez", PLAIN), (" 1 & <2> €", BOLD), (".", PLAIN)]
    assert runs_of(words_of(marked, PLAIN)) == expected


def test_lines_break_at_spaces_and_a_word_too_long_for_one_is_cut() -> None:
    prose = Prose(words_of("un deux " + "y" * 100 + " trois", PLAIN), Look())
    prose.wrap(100, 0)
    lines = ["".join(text for text, _face in runs_of(line)) for line in prose.lines]
    assert lines[0].startswith("un deux")
    assert "".join(lines).count("y") == 100
    assert len(lines) > 4


def test_what_does_not_fit_goes_on_on_the_next_page_and_no_line_stands_alone() -> None:
    prose = Prose(words_of("mot " * 60, PLAIN), Look())
    _wide, high = prose.wrap(100, 0)
    first, rest = prose.split(100, high - 3 * prose.look.leading)
    assert len(first.words) + len(rest.words) == 60
    assert prose.split(100, prose.look.leading) == []
    assert len(prose.split(100, high)) == 1


def test_a_long_reason_runs_over_two_pages() -> None:
    found = pages(as_pdf(paper(parts=[Part("Pourquoi", ["Une phrase assez longue. " * 400])], is_draft=True)))
    assert len(found) > 1
    assert " ".join(found).count("phrase") == 400
    assert all("PROJET" in page for page in found)


def test_a_paper_without_anything_to_tell_but_its_lead() -> None:
    assert "Phrase." in words(as_pdf(paper()))


def test_words_of_a_cell_too_wide_for_it_stand_on_several_lines() -> None:
    grid = Grid(
        ["Quoi", "Montant"], [["Une désignation bien trop longue pour sa colonne", "1 €"]], (30, 30), 1, totals=0
    )
    assert "Une désignation bien trop longue pour sa colonne 1 €" in words(as_pdf(paper(grid=grid)))


def logo(size: tuple[int, int]) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "#12545c").save(drawn, "JPEG")
    return drawn.getvalue()


def test_a_logo_fits_its_place_whichever_way_it_is_long() -> None:
    for size in ((720, 100), (100, 240)):
        assert b"/Image" in as_pdf(paper(head=Head("Bailleur", ["45 rue Inventée"], "", logo(size))))


def test_rows_name_themselves() -> None:
    assert str(Letter(fund_id=1, kind=LetterKind.AWARD, number=2)) == "1 award n° 2"
    assert str(LetterRun(fund_id=1, kind=LetterKind.AWARD, done=2, total=3)) == "1 award: 2 of 3"
