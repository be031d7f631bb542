"""Every page, in both languages: valid HTML, headings in order, one language, the words of the house.

What only a browser sees (contrast, width, errors of scripts) is in tests/browser/test_pages.py.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from babel.messages.pofile import read_po
from django.db import transaction
from django.test import Client
from django.utils import translation

from fundadmin.embedded_postgres import PROJECT
from grants.letters.mails import message_for, to_do
from grants.models import Notification
from tests import forbidden_words
from tests.accounts import confirm_again, log_in
from tests.pages import NOT_SEEN, Gallery, Page, every_page, gallery

pytestmark = [pytest.mark.slow, pytest.mark.sweep, pytest.mark.xdist_group("pages")]

LANGUAGES = ("fr", "en")
PAGES = {page.name: page for page in every_page()}
DRAWN_BY_ITS_SCRIPT = "grants:api:docs"
"""For programmers: in English, and without a heading before Swagger UI has made some."""
Rendered = Mapping[tuple[str, str], str]
"""Inputs whose value is for the server."""
NO_WORDS = {"script", "style", "code", "template"}
MAILS: list[str] = []
"""The mails about all that happened to the files shown, filled in with the pages."""
CATALOGUE = PROJECT / "fundadmin" / "locale" / "fr" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def rendered(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rendered]:
    """The pages by name and language, made once; what isn't a page (a file, a form's address) isn't there."""
    block: Any = transaction.atomic()
    block._from_testcase = True  # conftest.py runs what is to be done on commit
    with django_db_blocker.unblock(), block:
        shown = gallery()
        mails = [message_for([row]) for row in one_of_each(Notification.objects.order_by("pk"))]
        MAILS[:] = [f"{mail.subject}\n{mail.body}" for mail in mails]
        # Once: some rows of the matrix make what their address leads to.
        addresses = {name: asked.address(shown.scene) for name, asked in PAGES.items()}
        yield {
            (name, language): page
            for language in LANGUAGES
            for name, asked in PAGES.items()
            if name not in NOT_SEEN
            if (page := render(shown, asked, addresses[name], language)) is not None
        }
        transaction.set_rollback(True)
    translation.deactivate()


def one_of_each(rows: Iterable[Notification]) -> Iterable[Notification]:
    """One of each event, of each that it tells something else to do."""
    return {(row.event.action, row.event.to_state, to_do(row)): row for row in rows}.values()


def render(shown: Gallery, page: Page, address: str, language: str) -> str | None:
    client, person = Client(headers={"Accept-Language": language}), shown.person(page)
    if person is not None:
        confirm_again(log_in(client, person))
    answer: Any = client.get(address)
    if answer.status_code in (302, 405) or not answer.headers["Content-Type"].startswith("text/html"):
        return None
    if answer.status_code not in page.statuses:
        return f"<title>{answer.status_code}</title>"
    return b"".join(answer).decode() if answer.streaming else str(answer.content.decode())


def test_every_page_is_walked(rendered: Rendered) -> None:
    """What is no page is listed with its reason, in both languages."""
    for language in LANGUAGES:
        walked = {name for name, of in rendered if of == language}
        assert set(PAGES) - walked == set(PAGES) & set(NOT_SEEN), "list it in NOT_SEEN of tests/pages.py"
        assert set(NOT_SEEN) - set(PAGES) <= {"mfa_authenticate"}, "no more in the URL conf"


def test_every_page_is_valid_html(rendered: Rendered) -> None:
    faults = []
    for (name, language), page in rendered.items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(page)
        faults += [f"{name} ({language}), {position}: {fault} {more}" for position, fault, more in parser.errors]
    assert not faults, "\n".join(faults)


def elements(page: str) -> list[Element]:
    return list(html5lib.parse(page, namespaceHTMLElements=False).iter())


def test_every_page_says_its_language_and_its_title(rendered: Rendered) -> None:
    for (name, language), page in rendered.items():
        found = elements(page)
        assert found[0].get("lang") == language or name == DRAWN_BY_ITS_SCRIPT, name
        title = next(element for element in found if element.tag == "title")
        assert re.fullmatch(r"\S.* \u2013 fundadmin", " ".join((title.text or "").split())), f"{name}: {title.text!r}"


def test_headings_come_in_order(rendered: Rendered) -> None:
    faults = []
    for (name, language), page in rendered.items():
        if name == DRAWN_BY_ITS_SCRIPT:
            continue
        levels = [int(found.tag[1]) for found in elements(page) if re.fullmatch("h[1-6]", str(found.tag))]
        if levels.count(1) != 1 or levels[0] != 1 or any(b - a > 1 for a, b in pairwise(levels)):
            faults.append(f"{name} ({language}): {levels}")
    assert not faults, "\n".join(faults)


def test_identifiers_are_unique_and_meet(rendered: Rendered) -> None:
    faults = []
    for (name, language), page in rendered.items():
        found = elements(page)
        ids = [element.get("id") for element in found if element.get("id")]
        faults += [f"{name} ({language}): {twice} twice" for twice in {one for one in ids if ids.count(one) > 1}]
        named = [
            (attribute, target)
            for element in found
            for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form")
            for target in (element.get(attribute) or "").split()
        ]
        named += [
            ("href", link[1:]) for element in found if (link := element.get("href") or "")[:1] == "#" and link[1:]
        ]
        faults += [f"{name} ({language}): {attribute}={target}" for attribute, target in named if target not in ids]
    assert not faults, "\n".join(faults)


def words(page: str) -> str:
    """What a French reader sees or hears of it."""
    said = []
    for element in elements(page):
        said += [element.get(name) or "" for name in ("alt", "aria-label", "title", "placeholder")]
        if element.tag not in NO_WORDS:
            said.append(element.text or "")
        said.append(element.tail or "")
    return "\n".join(text for text in said if text.strip())


def test_french_pages_use_the_words_of_the_glossary(rendered: Rendered) -> None:
    faults = [
        f"{name}: {fault}"
        for (name, language), page in rendered.items()
        if language == "fr" and name != DRAWN_BY_ITS_SCRIPT
        for fault in forbidden_words.found(words(page))
    ]
    assert not faults, "\n".join(faults)


def test_mails_use_the_words_of_the_glossary(rendered: Rendered) -> None:
    assert len(MAILS) > 10
    faults = [fault for mail in MAILS for fault in forbidden_words.found(mail)]
    assert not faults, "\n".join(faults)


def forms(translated: str | tuple[str, ...]) -> tuple[str, ...]:
    """The singular, and the plural where there is one."""
    return (translated,) if isinstance(translated, str) else translated


def test_the_catalogue_uses_the_words_of_the_glossary() -> None:
    """Every sentence of every page, letter and mail comes out of it."""
    with CATALOGUE.open("rb") as file:
        messages = list(read_po(file, locale="fr"))
    said = [re.sub(r"%\(\w+\)s", "", str(text)) for message in messages if message.id for text in forms(message.string)]
    faults = [fault for text in said for fault in forbidden_words.found(text)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Le dossier est soumis.", 1),
        ("Le bail est soumis à la TVA.", 0),
        ("Le dossier est soumis, le bail soumis à la TVA.", 1),
        ("Une aide de 300 euros", 1),
        ("Les autres aides, hors aide d\u2019État", 0),
        ("Aide", 0),
        ("Aide accordée", 1),
        ("Les engagements du bailleur", 1),
        ("Engagement : 300 euros", 0),
        ("Dossier rejeté par l\u2019approbateur", 2),
        ("malapprouvé, non-approuvé", 0),
    ],
)
def test_whole_words_where_they_are_wrong(sentence: str, count: int) -> None:
    assert len(forbidden_words.found(sentence)) == count
