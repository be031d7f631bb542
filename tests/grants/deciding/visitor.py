"""A person at the pages without JavaScript: reads what stands there, fills in the form, presses a button."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.test import Client

from fundadmin.models import User
from tests.accounts import log_in

Typed = Mapping[str, str | Sequence[str] | None]
"""What is typed by a field's name; several values for boxes that are ticked, None for one that isn't."""


class Visitor:
    """`page` is what the person last saw; redirects are followed as a browser does."""

    def __init__(self, person: User, language: str = "en") -> None:
        self.client = log_in(Client(headers={"Accept-Language": language}), person)
        self.answer: Any = None

    def open(self, address: str) -> "Visitor":
        return self._shown(self.client.get(address, follow=True))

    def _shown(self, answer: Any) -> "Visitor":
        self.answer = answer
        self.page: Element = html5lib.parse(answer.content.decode(), namespaceHTMLElements=False)
        return self

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    @property
    def address(self) -> str:
        """Where the person is now."""
        return str(self.answer.request["PATH_INFO"])

    @property
    def text(self) -> str:
        """All that is read, spaces of every kind alike."""
        main = next(element for element in self.page.iter("main"))
        return words(main)

    @property
    def title(self) -> str:
        return words(next(self.page.iter("h1")))

    @property
    def reasons(self) -> list[str]:
        """The summary of what is to be mended."""
        summary = [element for element in self.page.iter("div") if "refusal" in element.get("class", "").split()]
        return [words(item) for block in summary for item in block.iter("li")]

    def rows(self, caption: str) -> list[list[str]]:
        """The cells of the table with this caption, row by row, heads aside."""
        for table in self.page.iter("table"):
            if any(caption in words(found) for found in table.iter("caption")):
                return [
                    [words(cell) for cell in row if cell.tag in ("th", "td")]
                    for body in table.iter("tbody")
                    for row in body.iter("tr")
                ]
        raise AssertionError(f"There is no table “{caption}” at {self.address}.")

    def buttons(self) -> list[str]:
        """What may be pressed now."""
        pressable = [button for button in self.page.iter("button") if button.get("disabled") is None]
        return [words(button) for form in self._forms() for button in form.iter("button") if button in pressable]

    def options(self, name: str) -> list[str]:
        """What a menu of the page offers."""
        menus = [menu for form in self._forms() for menu in form.iter("select") if menu.get("name") == name]
        return [words(option) for menu in menus for option in menu.iter("option")]

    def press(self, button: str, typed: Typed | None = None) -> "Visitor":
        """Fill in the form of a button and press it."""
        form, pressed = self._find(button)
        sent = fields(form)
        for name, value in (typed or {}).items():
            sent[name] = [] if value is None else [value] if isinstance(value, str) else list(value)
        if pressed.get("name"):
            sent[str(pressed.get("name"))] = [pressed.get("value") or ""]
        address = pressed.get("formaction") or form.get("action") or self.address
        self.sent = address, sent
        return self._shown(self.client.post(address, sent, follow=True))

    def press_again(self) -> "Visitor":
        """The same once more: a double click, or the button of a page that was gone back to."""
        address, sent = self.sent
        return self._shown(self.client.post(address, sent, follow=True))

    def _forms(self) -> list[Element]:
        main = next(element for element in self.page.iter("main"))
        return list(main.iter("form"))

    def _find(self, text: str) -> tuple[Element, Element]:
        for form in self._forms():
            for button in form.iter("button"):
                if text in words(button) and button.get("disabled") is None:
                    return form, button
        raise AssertionError(f"No button “{text}” can be pressed at {self.address}: {self.buttons()}")


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def fields(form: Element) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands."""
    sent: dict[str, list[str]] = {}
    for field in form.iter():
        name, value = field.get("name"), None
        if not name or field.tag == "button":
            continue
        if field.tag == "input":
            is_off = field.get("type") in ("checkbox", "radio") and field.get("checked") is None
            value = None if is_off else field.get("value", "on" if field.get("type") == "checkbox" else "")
        elif field.tag == "textarea":
            value = "".join(field.itertext())
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = next((option for option in options if option.get("selected") is not None), options[0])
            value = chosen.get("value", "")
        if value is not None:
            sent.setdefault(name, []).append(value)
    return sent
