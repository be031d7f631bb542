import pytest

from tests import test_access_matrix as m
from tests.access.letter_rows import LETTERS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("relation", ["own", "sibling", "other"])
def test_a(monkeypatch, relation):
    monkeypatch.setattr(m, "ROWS", LETTERS)
    m.test_everybody_reaches_what_is_theirs_and_nothing_else(relation)


def test_b(monkeypatch):
    monkeypatch.setattr(m, "ROWS", LETTERS)
    m.test_nobody_reaches_anything_without_saying_who()


def test_c():
    m.test_every_address_and_operation_has_a_row()
