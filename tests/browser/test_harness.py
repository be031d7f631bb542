"""The harness itself: what the visitor must see, it sees."""

import pytest

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.world import BrowserWorld
from tests.factories import open_fund


def test_somebody_logs_in_and_reads_the_fund(visit: Visit, world: BrowserWorld) -> None:
    with world.database():
        person = open_fund().payer
    visitor = visit(person)
    assert visitor.go("/").status == 200
    assert "Fonds d'essai" in visitor.text()


@pytest.mark.parametrize(
    "script",
    [
        "fetch('https://example.invalid/x').catch(() => 0)",
        "console.error('wrong')",
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')",
        "setTimeout(() => { throw new Error('wrong') })",
    ],
)
def test_what_goes_wrong_is_seen(visit: Visit, script: str) -> None:
    visitor = visit()
    visitor.go("/connexion/")
    visitor.page.evaluate(f"() => {{ {script} }}")
    visitor.settle()
    assert visitor.faults
    visitor.faults.clear()


def test_axe_finds_what_is_wrong(visit: Visit) -> None:
    visitor = visit()
    visitor.go("/connexion/")
    assert axe.violations(visitor) == []
    visitor.page.evaluate("() => document.querySelector('main').append(new Image(10, 10))")
    assert [found.partition(":")[0] for found in axe.violations(visitor)] == ["image-alt"]
