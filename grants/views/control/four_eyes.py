"""The four-eyes report: who had which hand in each file, derived anew from its events."""

from typing import Final, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from fundadmin.models import User
from grants import queries
from grants.actions.reading import log_audit
from grants.control.four_eyes import PART_LABELS, FileEyes, FourEyes, Part, four_eyes
from grants.enums import Reading
from grants.views.control.places import overseen, pages
from grants.visibility import reader_of

PAGE: Final = 100
MANY: Final = 2  # people
FAULTY: Final = "faulty"


class EyesFilter(forms.Form):
    q = forms.CharField(label=_("Application, business or person"), max_length=200, required=False)
    which = forms.ChoiceField(
        label=_("Files"), choices=[("", _("All")), (FAULTY, _("With a fault only"))], required=False
    )


@login_required
@require_safe
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Faults first. Managers and auditors read it: it names everybody who ever touched a file."""
    user = cast("User", request.user)
    fund = get_object_or_404(queries.funds_visible_to(user), code=code)
    reader = reader_of(user, fund.pk)
    if not overseen(reader):
        raise Http404
    log_audit([reader], by=user, what=Reading.FUND, uuid=fund.uuid, filter="four eyes")
    found = four_eyes(fund)
    form = EyesFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    chosen = [one for one in found.files if is_asked(one, found, asked.get("q", ""), asked.get("which", ""))]
    page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    context = {
        "fund": fund,
        "form": form,
        "oversees": True,
        "found": found,
        "is_filtered": any(asked.values()),
        "labels": [PART_LABELS[part] for part in Part],
        "rows": [row_of(one, found) for one in page],
        "count": len(chosen),
        **pages(request.GET, page),
    }
    return render(request, "grants/control/four_eyes.html", context)


def is_asked(one: FileEyes, found: FourEyes, text: str, which: str) -> bool:
    """Whether every word stands in the file's reference, its business or the name of one of its people."""
    if which == FAULTY and not one.faults:
        return False
    known = " ".join((one.reference, one.tenant, *found.named(one.people()))).casefold()
    return all(word in known for word in text.casefold().split())


def row_of(one: FileEyes, found: FourEyes) -> dict[str, object]:
    return {
        "file": one,
        "state": one.state.label,
        "is_one": len(one.people()) < MANY,
        "parts": [(PART_LABELS[part], found.named(one.parts[part])) for part in Part],
        "faults": [fault.sentence(found.names) for fault in one.faults],
    }
