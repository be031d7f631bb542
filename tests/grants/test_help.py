"""/aide and /accessibilite: open to all, one guide per role, the words of docs/glossary.md."""

import html
import re

import pytest
from django.db.models import TextChoices
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from fundadmin.embedded_postgres import PROJECT
from grants.enums import Account, LedgerKind, Outcome, ReliefForm, Role, Side, State
from grants.letters.glossary import GLOSSARY
from grants.letters.guides import GUIDES
from tests.accounts import log_in
from tests.factories import open_fund

ROW = re.compile(r"^\| (?P<english>[^|*]+) \| (?P<french>[^|]*) \|", re.MULTILINE)


def plain(text: str) -> str:
    return text.replace("\u2019", "'").replace("\u00a0", " ").lower()


@pytest.fixture(scope="module")
def table() -> str:
    """The French column."""
    text = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return plain("\n".join(row["french"] for row in ROW.finditer(text)))


@pytest.mark.parametrize("enum", [Side, Role, State, LedgerKind, Account, Outcome, ReliefForm])
def test_the_labels_are_those_of_the_glossary(enum: type[TextChoices], table: str) -> None:
    with translation.override("fr"):
        labels = {member.label for member in enum}
    assert {label for label in labels if plain(str(label)) not in table} == set()


def test_the_words_explained_are_those_of_the_glossary(table: str) -> None:
    with translation.override("fr"):
        words = {term.word for section in GLOSSARY for term in section.terms}
    assert {word for word in words if plain(word) not in table} == set()
    assert len(words) > 40


def test_the_page_explains_every_word() -> None:
    page = plain(html.unescape(Client().get(reverse("grants:glossary")).content.decode()))
    with translation.override("fr"):
        words = [term.word for section in GLOSSARY for term in section.terms]
    assert [word for word in words if plain(word) not in page] == []


def test_every_state_and_role_is_explained() -> None:
    explained = {term.label for section in GLOSSARY for term in section.terms if isinstance(term.label, TextChoices)}
    assert explained == {*State, *Role, *Account}
    assert {guide.role for guide in GUIDES.values()} == set(Role)


@pytest.mark.parametrize("slug", GUIDES)
def test_a_guide_tells_its_steps_and_leads_to_the_others(slug: str) -> None:
    page = Client().get(reverse("grants:guide", args=[slug])).content.decode()
    with translation.override("fr"):
        assert all(str(step.title) in page for step in GUIDES[slug].steps)
    assert sum(reverse("grants:guide", args=[other]) in page for other in GUIDES) == len(GUIDES) - 1


@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("comptable", "bordereau d'imputation|rapprochement|état des avoirs à établir|fec|courriers"),
        ("controleur", "dossier de contrôle|verify_pack.py|quatre yeux|balance âgée|sondages|visez"),
        ("gestionnaire", "papier à en-tête|exports|comptes comptables|réglages"),
        ("decideur", "courriers"),
        ("conseiller", "courriers"),
    ],
)
def test_a_guide_tells_what_its_role_finds_in_the_fund(slug: str, told: str) -> None:
    page = plain(Client().get(reverse("grants:guide", args=[slug])).content.decode()).replace("&#x27;", "'")
    assert [words for words in told.split("|") if words not in page] == []


def test_an_auditor_is_not_said_to_change_nothing_at_all() -> None:
    """Samples are drawn and signed."""
    page = Client().get(reverse("grants:guide", args=["controleur"])).content.decode()
    assert "ne changez rien au fonds" in page
    assert "et ne changez rien." not in page


@pytest.mark.parametrize("slug", GUIDES)
def test_a_guide_shows_a_small_picture(slug: str) -> None:
    """`make help-pictures` takes them."""
    picture = PROJECT / "fundadmin" / "static" / "fundadmin" / "help" / f"{slug}.webp"
    assert 5_000 < picture.stat().st_size < 60_000
    assert f"help/{slug}.webp" in Client().get(reverse("grants:guide", args=[slug])).content.decode()


def test_there_is_no_guide_of_what_is_no_role() -> None:
    assert Client().get(reverse("grants:guide", args=["roi"])).status_code == 404


@pytest.mark.django_db
def test_the_own_roles_come_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = log_in(Client(), open_fund().payer)
    page = client.get(reverse("grants:help")).content.decode()
    first = re.search(r"/aide/(\w+)/", page[page.index('class="guides"') :])
    assert first is not None
    assert first[1] == "comptable"
    assert page.count("L\u2019une de vos fonctions") == 1
    assert "une de vos fonctions" not in Client().get(reverse("grants:help")).content.decode()


def test_the_statement_claims_no_more_than_is_known() -> None:
    page = Client().get(reverse("grants:accessibility")).content.decode()
    assert "non conforme" in page
    assert "aucun taux" in page
    assert "PDF" in page
