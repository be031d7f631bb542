"""Letters as a reader has them: the words on each page of a PDF."""

import io
from typing import Any

from pypdf import PdfReader

from grants.actions.letters import issue
from grants.enums import Action
from grants.letters.composing import Issue, compose
from grants.letters.facts import Facts, facts_of
from grants.letters.paper import as_pdf
from grants.models import Application, Event, Letter
from landlords.models import Landlord, Letterhead
from tests.factories import OPENED_ON, World, key

ISSUER = {"receipt": "advisor", "information": "advisor"}
"""Who issues a kind in the tests, where it isn't the landlord's manager."""


def pages(content: bytes) -> list[str]:
    """The words of each page; typographic apostrophes and spaces read as typed ones."""
    found = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return [" ".join(text.replace("\u2019", "'").split()) for text in found]


def words(content: bytes) -> str:
    return " ".join(pages(content))


def meta(content: bytes) -> Any:
    return PdfReader(io.BytesIO(content))


def told_of(content: bytes) -> tuple[str, bool, set[str]]:
    """The language of a paper, whether its title is shown, and the typefaces that its reader must have."""
    read = meta(content)
    fonts = [font.get_object() for page in read.pages for font in page["/Resources"]["/Font"].values()]
    lacking = {str(font["/BaseFont"]) for font in fonts if "/FontFile2" not in font.get("/FontDescriptor", {})}
    root = read.root_object
    return str(root["/Lang"]), bool(root["/ViewerPreferences"]["/DisplayDocTitle"]), lacking


def event_of(file: Application, action: Action) -> Event:
    return Event.objects.filter(application=file, action=action).latest("pk")


def facts(file: Application, action: Action) -> Facts:
    (found,) = facts_of([event_of(file, action)])
    return found


def draft(file: Application, action: Action, language: str = "fr") -> str:
    """The words of the preview."""
    return words(as_pdf(compose(facts(file, action), Issue(language=language, dated=OPENED_ON))))


def issued(world: World, file: Application, action: Action, *, role: str = "landlord_manager", **given: Any) -> Letter:
    event = event_of(file, action)
    return issue(**{"event": event, "by": world.people[role], "key": key(), "on": OPENED_ON} | given)


def content(letter: Letter) -> bytes:
    with letter.file.open("rb") as file:
        return bytes(file.read())


def letterhead(landlord: Landlord, **values: Any) -> Letterhead:
    given = {
        "place": "Beauvais",
        "contact_name": "Service des locaux d'activité",
        "contact_phone": "03 44 00 00 00",
        "contact_email": "locaux@bailleur.invalid",
        "contact_hours": "du lundi au vendredi, 9 h – 12 h",
        "signatory_name": "Claire Vasseur",
        "signatory_title": "Directrice du patrimoine",
        "legal": "SA d'HLM au capital de 1 000 000 € – RCS Beauvais 123 456 789",
    }
    return Letterhead.objects.create(landlord=landlord, **given | values)
