"""A draft's page: one form, saved by its buttons, or as it is typed where JavaScript is there."""

from collections.abc import Sequence
from typing import Any, Final, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from fundadmin.models import User
from grants import queries
from grants.actions import filing
from grants.actions.documents import attach, remove
from grants.drafting.form import DraftForm, people_of
from grants.drafting.papers import read_upload, wanted_by
from grants.drafting.standing import standing_of, under_charter_in_force
from grants.eligibility import evaluate
from grants.enums import Action, State
from grants.exceptions import ActionRefused, BadInput, Breach, KeyReused
from grants.models import Application, Event
from grants.permissions import asking_for, breaches
from grants.views.refusals import REFUSED, refusal_page

STALE: Final = 409


@login_required
# Kept by the browser for its own back button: what was typed is still there after a log-in in between.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The whole draft. Saving keeps what can be read and shows what can't; what changed elsewhere isn't overwritten."""
    user = cast("User", request.user)
    draft = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    if draft.state != State.DRAFT:
        return redirect("grants:application", uuid)
    under_charter_in_force(draft, timezone.localdate())
    if refused := breaches(asking_for(Action.EDIT, user, draft, timezone.localdate())):
        back = reverse("grants:application", args=[uuid])
        return refusal_page(
            request, refused, title=_("Draft %(reference)s") % {"reference": draft.reference}, back=back
        )
    if request.method != "POST":
        return page(request, draft, new_form(draft))
    return save(request, draft)


def new_form(draft: Application) -> DraftForm:
    return DraftForm(draft=draft, initial={"key": str(uuid4())})


def save(request: HttpRequest, draft: Application) -> HttpResponse:
    """Keep what was typed, then the files that came with it, then show what is to be seen next."""
    user = cast("User", request.user)
    form = DraftForm(request.POST, draft=draft)
    form.is_valid()
    if "key" in form.errors or "version" in form.errors:
        return page(request, draft, form, status=REFUSED)
    others = changed_elsewhere(draft, form, user)
    if others:
        return stale(request, draft, form, others)
    had_mandate = draft.mandate_on is not None
    try:
        saved = keep(draft, form, user, tick_all="tick_all" in request.POST)
        handle_documents(request, saved, form)
    except ActionRefused as refusal:
        form.add_error(None, [str(breach) for breach in refusal.breaches])
    draft = under_charter_in_force(queries.files_open_to(user).get(pk=draft.pk), timezone.localdate())
    if request.htmx:  # type: ignore[attr-defined] # set by django_htmx's middleware
        return live(request, draft, form, months=draft.mandate_on is not None and not had_mandate)
    if form.errors:
        return page(request, draft, form_again(form, draft), status=REFUSED)
    if "next" in request.POST:
        return redirect("grants:submit_draft", draft.uuid)
    messages.success(request, saved_at())
    return redirect(reverse("grants:edit_draft", args=[draft.uuid]) + anchor(request))


def keep(draft: Application, form: DraftForm, user: User, *, tick_all: bool) -> Application:
    """Save what is readable and differs. Saving the same once more changes nothing."""
    asked = form.asked(tick_all=tick_all)
    if not asked:
        return draft
    # Nobody but this page has changed it since; should somebody just now, the action says so.
    draft.expected_version = draft.version
    key = f"{page_key(form)}:{draft.version}"
    try:
        return filing.edit(application=draft, by=user, key=key, **asked)
    except KeyReused:
        # A save that this page gave up waiting for came in meanwhile: this one is the later, upon what that one left.
        draft = queries.files_open_to(user).get(pk=draft.pk)
        again = DraftForm(form.data, draft=draft)
        again.is_valid()
        return keep(draft, again, user, tick_all=tick_all)


def handle_documents(request: HttpRequest, draft: Application, form: DraftForm) -> None:
    """Attach the files that were chosen, kind by kind, and remove the document whose button was pressed."""
    user = cast("User", request.user)
    found: list[Breach] = []
    for wanted in wanted_by(draft):
        if files := request.FILES.getlist(wanted.field):
            try:
                upload = read_upload(draft, wanted.kind, files)
                attach(application=draft, upload=upload, by=user, key=f"{page_key(form)}:{upload.sha256[:20]}")
            except BadInput as refusal:
                found += refusal.breaches
    if "remove" in request.POST:
        document = get_object_or_404(draft.documents, uuid=removed(request))
        remove(application=draft, document=document, by=user, key=f"{page_key(form)}:{document.pk}")
    if found:
        raise BadInput(found)


def removed(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST["remove"])
    except ValueError:
        return None


def page_key(form: DraftForm) -> str:
    """The key made with the page; each thing done from it adds its own end."""
    return str(form.cleaned_data["key"])[:100]


def changed_elsewhere(draft: Application, form: DraftForm, user: User) -> list[Event]:
    """The edits since this page read the draft that are not the page's own: another tab's, another person's."""
    edits = Event.objects.filter(
        application=draft, action=Action.EDIT, version__gt=form.cleaned_data["version"]
    ).exclude(user=user, key__startswith=page_key(form))
    return list(edits.select_related("user").order_by("pk"))


def stale(request: HttpRequest, draft: Application, form: DraftForm, others: Sequence[Event]) -> HttpResponse:
    """Nothing is saved and nothing is lost: the page keeps what was typed, and may be saved over the other version."""
    last = others[-1]
    sentence = _("This draft was changed elsewhere by %(user)s at %(time)s. What you typed is still on this page.") % {
        "user": last.user,
        "time": date_format(timezone.localtime(last.at), "TIME_FORMAT"),
    }
    shown = {"stale": sentence, "version": draft.version}
    if request.htmx:  # type: ignore[attr-defined] # as above
        return render(request, "grants/drafting/_stale.html", shown | {"draft": draft})
    return page(request, draft, form_again(form, draft), status=STALE, **shown)


def form_again(form: DraftForm, draft: Application) -> DraftForm:
    """The same form with what was typed, on the draft as it is now; sent again, it is meant to be kept."""
    data = {**form.data.dict(), "version": str(draft.version), "key": str(uuid4())}  # type: ignore[attr-defined] # a QueryDict
    again = DraftForm(data, draft=draft)
    again.is_valid()
    for sentence in form.non_field_errors():
        again.add_error(None, str(sentence))
    return again


def page(request: HttpRequest, draft: Application, form: DraftForm, *, status: int = 200, **more: Any) -> HttpResponse:
    shown = context(request, draft, form)
    return render(request, "grants/drafting/draft.html", {**shown, **more}, status=status)


def live(request: HttpRequest, draft: Application, form: DraftForm, *, months: bool) -> HttpResponse:
    """What changes on the page when it was saved while typing. `months`: the calendar too, now that rents are read."""
    fresh = new_form(draft) if months else form
    shown = context(request, draft, form) | {"months": None, "saved": saved_at()}
    if months:
        shown |= {"months": fresh.months(), "may_tick": fresh.may_tick}
    return render(request, "grants/drafting/_live.html", shown)


def context(request: HttpRequest, draft: Application, form: DraftForm) -> dict[str, Any]:
    user, today = cast("User", request.user), timezone.localdate()
    facts = queries.facts_of(draft)
    standing = standing_of(draft, form.criteria, facts, by=user, on=today)
    return {
        "draft": draft,
        "form": form,
        "standing": standing,
        "questions": list(zip(form.questions(), standing.findings, strict=True)),
        "wanted": wanted_by(draft),
        "links": draft.upload_links.order_by("-pk"),
        "now": timezone.now(),
        "people": people_of(draft),
    }


@login_required
@require_POST
def findings(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The criteria's answers to what is being typed. Nothing is saved."""
    user, today = cast("User", request.user), timezone.localdate()
    draft = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    under_charter_in_force(draft, today)
    if refused := breaches(asking_for(Action.EDIT, user, draft, today)):
        return refusal_page(request, refused, title=draft.reference, back=reverse("grants:application", args=[uuid]))
    form = DraftForm(request.POST, draft=draft)
    form.is_valid()
    draft.facts = form.declared()
    found = evaluate(form.criteria, queries.facts_of(draft), today)
    shown = {"questions": list(zip(form.questions(), found, strict=True)), "out_of_band": True}
    return render(request, "grants/drafting/_findings.html", shown)


def saved_at() -> str:
    return _("Saved at %(time)s") % {"time": date_format(timezone.localtime(), "TIME_FORMAT")}


def anchor(request: HttpRequest) -> str:
    """Back to the section whose button was pressed."""
    name = "pieces" if "remove" in request.POST else request.POST.get("save", "")
    return f"#{name}" if name in {"mandat", "mois", "criteres", "pieces"} else ""
