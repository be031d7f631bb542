"""What somebody was sending when the session ended, kept until that person has logged in again; and then sent again.

The session that ends leaves a nameless one, which logging in goes on with. There the form lies, with the number of who
filled it in: at a shared desk it is shown to nobody else, and gone when somebody else logs in. It takes no script.
A form whose token is of an earlier session is shown the same way, if its page was this site's (`came_from_here`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

KEPT: Final = "kept_form"
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_CHARACTERS: Final = 200_000
NOT_KEPT: Final = frozenset({"grants:draft_findings"})
"""What shows a part of a page while it is typed into; the page's own form, which follows, is kept."""
TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105 - a field's name


@dataclass(frozen=True, slots=True)
class KeptForm:
    path: str
    fields: Sequence[Sequence[str]]
    """(name, value) in the order sent; neither passwords nor the token."""
    files: Sequence[str]
    """The names of files that have to be chosen again: they are not kept."""


def of_request(request: HttpRequest) -> KeptForm | None:
    """The form that was sent; None where there is nothing to keep. Accounts' own forms begin anew."""
    match = request.resolver_match
    if request.method != "POST" or request.content_type not in FORMS or match is None or not match.namespaces:
        return None
    if match.view_name in NOT_KEPT:
        return None
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != TOKEN and "password" not in name
        for value in values
    ]
    if not fields or sum(len(name) + len(str(value)) for name, value in fields) > MOST_CHARACTERS:
        return None
    files = [file.name or "" for files in request.FILES.lists() for file in files[1] if hasattr(file, "name")]
    return KeptForm(request.get_full_path(), [(name, str(value)) for name, value in fields], files)


def came_from_here(request: HttpRequest) -> bool:
    """Whether a page of this site sent it: browsers say so truly, and no other site can."""
    origin = urlsplit(request.headers.get("Origin", ""))
    return (origin.scheme, origin.netloc) == (request.scheme, request.get_host())


def keep(request: HttpRequest, user: int) -> HttpResponse | None:
    """Keep what is being sent, for this user, and go to log in; None where there is nothing to keep."""
    form = of_request(request)
    if form is None:
        return None
    request.session[KEPT] = asdict(form) | {"user": user}
    log_in = f"{reverse(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: reverse('kept_form')})}"
    if "HX-Request" in request.headers:
        # htmx would put the log-in page into the part of the page that it replaces.
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": log_in})
    return redirect(log_in)


def kept_for(request: HttpRequest) -> KeptForm | None:
    """What was kept for who is logged in. Anybody else's is forgotten."""
    kept: dict[str, Any] | None = request.session.get(KEPT)
    if kept is None:
        return None
    if kept["user"] != request.user.pk:
        forget(request)
        return None
    return KeptForm(kept["path"], kept["fields"], kept["files"])


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def forget_if_sent(request: HttpRequest) -> None:
    """Once it is sent again, or anything else to the same address, there is nothing to keep."""
    if request.method == "POST" and request.session.get(KEPT, {}).get("path") == request.get_full_path():
        forget(request)
