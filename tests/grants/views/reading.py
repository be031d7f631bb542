"""What a person reads on a page."""

import html
import re
from typing import Any

from django.test import Client

from fundadmin.models import User
from tests.accounts import log_in


def reader(person: User) -> Client:
    return log_in(Client(), person)


def text(answer: Any) -> str:
    """The words of the page's main part, without its marks."""
    main = answer.content.decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def said(sentence: object) -> str:
    """A sentence as `text` has it."""
    return " ".join(str(sentence).split())


def links(answer: Any) -> list[str]:
    return [html.unescape(address) for address in re.findall(r'<a [^>]*href="([^"]+)"', answer.content.decode())]


def fields(answer: Any) -> dict[str, str]:
    """The hidden fields of the page's form."""
    page = answer.content.decode()
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: html.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}
