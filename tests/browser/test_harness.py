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
    # Colours that were not met before are judged, though the page was.
    visitor.page.evaluate("() => { document.querySelector('main img').remove() }")
    paint = "([part, colour]) => { document.querySelector('main label').style[part] = colour }"
    for part, colour in (("color", "#8a9296"), ("backgroundColor", "#3c4a4f")):
        visitor.page.evaluate(paint, [part, colour])
        assert [found.partition(":")[0] for found in axe.violations(visitor)] == ["color-contrast"]
        visitor.page.evaluate(paint, [part, ""])
    assert axe.violations(visitor) == []
