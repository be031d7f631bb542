"""axe-core in the page: what its rules find against WCAG 2.2 AA and RGAA, and its own advice.

Contrast is most of its work, and the same few pairs of colours stand on every page. So the elements judged for it are
those whose text colour, size, weight and grounds were not judged yet; all other rules judge every element.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tests.browser.visitor import PHONE, WIDE, Visitor

TAGS: Final = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "RGAAv4", "best-practice"],
}
JUDGED: Final[set[str]] = set()
"""The looks whose contrast was judged, by this process."""
JUDGE: Final = """async ([rules, seen]) => {
  // At the end of the page, what sticks to the bottom of the window covers nothing.
  scrollTo(0, document.documentElement.scrollHeight);
  const known = new Set(seen), fresh = [], grounds = new Map();
  const ground = (element) => {
    if (!element) return "";
    if (!grounds.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const above = ground(element.parentElement);
      const bare = backgroundColor === "rgba(0, 0, 0, 0)" && backgroundImage === "none" && opacity === "1";
      const own = `${backgroundColor} ${backgroundImage} ${opacity}`;
      grounds.set(element, bare || above.endsWith(own) ? above : `${above}/${own}`);
    }
    return grounds.get(element);
  };
  for (const element of document.body.querySelectorAll("*")) {
    const speaks = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!(speaks || element.matches("input, select, textarea")) || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    const look = [element.disabled, color, fontSize, fontWeight, textShadow, ground(element)].join(";");
    if (!known.has(look)) { known.add(look); fresh.push(element); }
  }
  const judge = async (context, options) =>
    (await axe.run(context, { ...options, resultTypes: ["violations"], preload: false })).violations;
  const found = await judge(document, { runOnly: rules, rules: { "color-contrast": { enabled: false } } });
  if (fresh.length) found.push(...await judge({ include: fresh }, { runOnly: ["color-contrast"] }));
  return [found, [...known]];
}"""


@cache
def script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(visitor: Visitor) -> list[str]:
    """One line per rule that finds something, with the elements concerned."""
    page = visitor.page
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(script())
    found: Sequence[Mapping[str, Any]]
    found, looks = page.evaluate(JUDGE, [TAGS, sorted(JUDGED)])
    if not found:
        JUDGED.update(looks)
    return [f"{rule['id']}: {' | '.join(node['html'][:120] for node in rule['nodes'][:4])}" for rule in found]


def faults(visitor: Visitor) -> list[str]:
    """What is wrong with the page as it stands, at a desk in light and on a telephone in dark."""
    found = violations(visitor)
    visitor.look(PHONE, dark=True)
    found += violations(visitor)
    if visitor.is_too_wide():
        found.append("it scrolls sideways")
    visitor.look(WIDE, dark=False)
    return found
