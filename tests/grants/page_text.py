"""What a person reads on a page: its words in order, and its tables row by row."""

from typing import Any
from xml.etree.ElementTree import Element

import html5lib


def parsed(answer: Any) -> Element:
    """The page as a tree; pictures (SVG) have plain names too."""
    root: Element = html5lib.parse(answer.content.decode(), namespaceHTMLElements=False)
    for found in root.iter():
        found.tag = str(found.tag).rpartition("}")[2]
    return root


def words(element: Element) -> str:
    """The text with single spaces, also between elements; typographic apostrophes read as typed ones."""
    return " ".join(" ".join(element.itertext()).split()).replace("\u2019", "'")


def text_of(answer: Any) -> str:
    (main,) = (found for found in parsed(answer).iter("main"))
    return words(main)


def table(answer: Any, caption: str) -> list[list[str]]:
    """The rows of the table with this caption, without its head."""
    for found in parsed(answer).iter("table"):
        name = found.find("caption")
        if name is not None and words(name) == caption:
            return [[words(cell) for cell in row] for row in found.iter("tr") if row.find("td") is not None]
    raise AssertionError(f"no table “{caption}”")


def links(answer: Any) -> list[str]:
    return [found.get("href", "") for found in parsed(answer).iter("a")]
