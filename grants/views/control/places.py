"""What the pages of a fund's control share: who oversees, and the pages of a long list."""

from typing import Any

from django.http import QueryDict

from grants.queries import OVERSEERS
from grants.visibility import Reader


def overseen(reader: Reader) -> bool:
    """Whether this is a manager or an auditor of the fund."""
    return bool(reader.roles & set(OVERSEERS))


def pages(asked: QueryDict, page: Any) -> dict[str, str]:
    """The addresses of the pages beside this one, or nothing."""
    return {
        "previous": beside(asked, page.previous_page_number()) if page.has_previous() else "",
        "next": beside(asked, page.next_page_number()) if page.has_next() else "",
    }


def beside(asked: QueryDict, number: int) -> str:
    kept = asked.copy()
    kept["page"] = str(number)
    return f"?{kept.urlencode()}"
