"""Comments on a file: written, and mended within a quarter of an hour."""

from typing import cast
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from fundadmin.models import User
from grants import queries
from grants.actions.comments import comment, edit_comment
from grants.exceptions import ActionRefused
from grants.file_forms import SHARED, CommentForm, MendForm
from grants.models import Application, Comment
from grants.visibility import comments_visible_to

REFUSED = 422


@login_required
@require_POST
def add(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Back to the comments; what can't be kept is shown again to be mended."""
    user = cast("User", request.user)
    file = get_object_or_404(queries.files_open_to(user), uuid=uuid)
    form = CommentForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            comment(application=file, text=asked["text"], shared=asked["shared"] == SHARED, by=user, key=asked["key"])
        except ActionRefused as refusal:
            form.add_error(None, [str(breach) for breach in refusal.breaches])
        else:
            messages.success(request, _("Your comment is there."))
            return back(file)
    return page(request, file, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mend(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The text of one's own comment again."""
    user = cast("User", request.user)
    written = get_object_or_404(Comment.objects.select_related("application__fund"), uuid=uuid, by=user)
    file = get_object_or_404(queries.files_open_to(user), pk=written.application_id)
    get_object_or_404(comments_visible_to(user, file), pk=written.pk)
    form = MendForm(request.POST or None, initial={"text": written.text})
    if form.is_valid():
        try:
            edit_comment(comment=written, text=form.cleaned_data["text"], by=user)
        except ActionRefused as refusal:
            form.add_error(None, [str(breach) for breach in refusal.breaches])
        else:
            messages.success(request, _("Your comment is mended."))
            return back(file)
    return page(request, file, form)


def back(file: Application) -> HttpResponse:
    return redirect(f"{reverse('grants:application', args=[file.uuid])}#comments")


def page(request: HttpRequest, file: Application, form: forms.Form) -> HttpResponse:
    if isinstance(form, CommentForm) and form.errors:
        # What was refused is not done: the next try is another one.
        renewed = request.POST.copy()
        renewed["key"] = str(uuid4())
        form.data = renewed
    status = REFUSED if form.errors else 200
    return render(request, "grants/comment.html", {"application": file, "form": form}, status=status)
