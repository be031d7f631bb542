"""What an advisor does on the pages of a draft."""

from tests.browser import desks
from tests.browser.visitor import Visitor
from tests.factories import World


def open_draft(visitor: Visitor, people: World, words: str = "epi or") -> None:
    visitor.go(f"/fonds/{people.fund.code}/deposer/")
    visitor.page.locator("#q").fill(words)
    visitor.page.locator("main").get_by_role("button", name=desks.say("Find"), exact=True).click()
    visitor.page.locator("li.tenant form button").first.click()
    visitor.page.locator("#draft").wait_for()


def save(visitor: Visitor, section: str) -> None:
    """The button of a section."""
    visitor.page.locator(f"button[name=save][value={section}]").click()
    visitor.page.locator(".messages .success").first.wait_for()


def give_mandate(visitor: Visitor, name: str = "Jeanne Moulin", kind: str = "signed") -> None:
    visitor.page.locator(f"[name=mandate_kind][value={kind}]").check()
    visitor.page.locator("[name=contact_name]").fill(name)
    visitor.page.locator("[name=contact_channel]").select_option("phone")


def answer_criteria(visitor: Visitor, *, before: str, during: str) -> int:
    """The order of closing, and the turnover of each month asked; how many were typed."""
    visitor.page.locator("[name=closed_0][value=yes]").check()
    months = visitor.page.locator("input[name^=turnover_]").all()
    for month in months:
        year_and_month = str(month.get_attribute("name")).removeprefix("turnover_")
        month.fill(during if year_and_month >= "2020-03" else before)
    visitor.page.locator("[name=evidence_turnover_by_month]").select_option(index=1)
    return len(months)


def submit(visitor: Visitor) -> None:
    """From the draft by the summary to the receipt."""
    visitor.page.locator("button[name=next]").click()
    visitor.page.locator("h1", has_text=desks.say("Summary before filing")).wait_for()
    visitor.click(desks.say("Submit the application"), role="button", exact=False)
    visitor.page.wait_for_url("**/accuse/")
