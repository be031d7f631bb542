"""What people do on the pages, as a person would: by the words on buttons and fields, in French."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from fundadmin.models import User
from grants.models import Application, Event
from tests.accounts import PASSWORD, code_of
from tests.browser.visitor import Visitor
from tests.browser.world import BrowserWorld


def say(sentence: str, **values: Any) -> str:
    """What the page says for it."""
    with translation.override("fr"):
        return gettext(sentence) % values if values else gettext(sentence)


def step(visitor: Visitor, file: Application, name: str) -> None:
    visitor.go(f"/dossiers/{file.uuid}/{name}/")


def check(visitor: Visitor) -> None:
    """On to the page that confirms."""
    visitor.click(say("Check, then confirm"), role="button")
    visitor.page.locator("button[name=confirmed]").wait_for()


def confirm(visitor: Visitor) -> None:
    """And done: the next page says so."""
    visitor.page.locator("button[name=confirmed]").click()
    visitor.page.locator(".messages .success").first.wait_for()


def begin_to_assess(visitor: Visitor, file: Application) -> None:
    step(visitor, file, "instruire")
    visitor.page.get_by_role("radio", name=say("favourable"), exact=True).check()
    visitor.page.get_by_label(say("I declare that I have no conflict of interest in this application.")).check()


def assess(visitor: Visitor, file: Application) -> None:
    begin_to_assess(visitor, file)
    check(visitor)
    confirm(visitor)


def begin_to_approve(visitor: Visitor, file: Application) -> None:
    step(visitor, file, "accorder")
    visitor.page.get_by_label(say("I declare that I have no conflict of interest in this application.")).check()


def approve(visitor: Visitor, file: Application) -> None:
    begin_to_approve(visitor, file)
    check(visitor)
    confirm(visitor)


def begin_to_credit(visitor: Visitor, file: Application, ref: str) -> None:
    step(visitor, file, "imputer")
    visitor.page.get_by_label(say("Number of the voucher")).fill(ref)


def credit(visitor: Visitor, file: Application, ref: str) -> None:
    begin_to_credit(visitor, file, ref)
    check(visitor)
    confirm(visitor)


def log_in(visitor: Visitor, world: BrowserWorld, user: User) -> None:
    """By the page, with password and code."""
    with world.database():
        person = User.objects.get(pk=user.pk)
        person.set_password(PASSWORD)
        person.save()
        code = code_of(person)
    visitor.page.locator("[name=login]").fill(user.email)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.locator("main form button").first.click()
    visitor.page.locator("[name=code]").fill(code)


def now(world: BrowserWorld, file: Application) -> Application:
    """The file as the database has it."""
    with world.database():
        return Application.objects.select_related("tenant").get(pk=file.pk)


def times(world: BrowserWorld, file: Application, action: str) -> int:
    """How often it was done."""
    with world.database():
        return Event.objects.filter(application=file, action=action).count()
