"""axe-core in the page: what its rules find against WCAG 2.2 AA and RGAA, and its own advice."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tests.browser.visitor import Visitor

Rules = Mapping[str, Any]

TAGS: Final[Rules] = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "RGAAv4", "best-practice"],
}
SIZE_AND_COLOURS: Final[Rules] = {
    "type": "rule",
    "values": [
        *("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "meta-viewport"),
        *("heading-order", "region", "page-has-heading-one", "landmark-one-main", "button-name", "link-name"),
    ],
}
"""The rules whose answer may change with the width, since what is hidden isn't judged, or with the colours."""


@cache
def script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(visitor: Visitor, rules: Rules = TAGS) -> list[str]:
    """One line per rule that finds something, with the elements concerned."""
    page = visitor.page
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(script())
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found: Sequence[Mapping[str, Any]] = page.evaluate(
        "async options => (await axe.run(document, options)).violations", options
    )
    return [f"{rule['id']}: {' | '.join(node['html'][:120] for node in rule['nodes'][:4])}" for rule in found]
