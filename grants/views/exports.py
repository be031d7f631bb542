"""What leaves a fund as files: what there is to ask for, how far it is, and the one door by which it leaves."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from grants import queries
from grants.actions import exporting, work
from grants.exceptions import ActionRefused, RuleRefused
from grants.exports.asking import DATES, day_named, kind_named, kinds_for
from grants.exports.every import EXPORTS
from grants.exports.kinds import MEDIA_TYPES, ExportKind
from grants.exports.making import manifest_text
from grants.exports.sections import in_sections
from grants.exports.words import ROWS, sums_in_words
from grants.models import Export, Fund
from grants.views.export_forms import OPTION, ExportForm
from grants.visibility import Reader, reader_of

if TYPE_CHECKING:
    from fundadmin.models import User

REFUSED, GONE = 422, 410
SHOWN: Final = 20
"""Somebody's last so many exports."""


@login_required
@require_safe
def exports(request: HttpRequest, code: str) -> HttpResponse:
    """What this person may ask for in this fund, and what they asked for lately."""
    user, fund = _reader(request, code)
    mine, reader = exporting.exports_of(user, fund)[:SHOWN], reader_of(user, fund.pk)
    context = {
        "fund": fund,
        "sections": list(in_sections(kinds_for(reader))),
        "mine": [described(export, reader) for export in mine],
        "kept_days": exporting.KEPT_DAYS,
    }
    return render(request, "grants/exports.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The days and options of one kind; an address may carry them, to ask for the same again."""
    user, fund = _reader(request, code)
    chosen = _kind(user, fund, kind)
    form = ExportForm(request.POST or None, kind=chosen, initial=request.GET.dict() | {"key": str(uuid4())})
    if request.method == "POST" and form.is_valid():
        try:
            export = exporting.ask(fund=fund, kind=kind, by=user, **form.asked())
        except ActionRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("grants:export", code, export.uuid)
    context = {"fund": fund, "kind": chosen, "form": form}
    return render(request, "grants/export_ask.html", context, status=REFUSED if form.errors else 200)


@login_required
@never_cache
@require_safe
def export(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """How far an export is; its file and its digest when it is there, every reason when it could not be made."""
    user, fund = _reader(request, code)
    return _show(request, _mine(user, fund, uuid), reader_of(user, fund.pk))


@login_required
@cache_control(private=True, no_store=True)
@require_safe
def download(request: HttpRequest, code: str, uuid: UUID) -> HttpResponseBase:
    """The file, to be saved; what has expired says so, whatever part of it is asked for."""
    user, fund = _reader(request, code)
    found, reader = _mine(user, fund, uuid), reader_of(user, fund.pk)
    if not exporting.is_theirs(found, reader):
        raise Http404
    try:
        path = exporting.hand_out(found, user)
    except RuleRefused as refusal:
        return _show(request, found, reader, refused=[str(breach) for breach in refusal.breaches], status=GONE)
    return sent(path)


def sent(path: Path) -> FileResponse:
    """A file as it leaves, block by block; it is closed when the last block is sent or its reader hangs up."""
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=path.name,
        content_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        headers={"X-Content-Type-Options": "nosniff"},
    )


@login_required
@cache_control(private=True, no_store=True)
@require_safe
def manifest(request: HttpRequest, code: str, uuid: UUID) -> HttpResponse:
    """What an export holds, for a program; it stays when the file is gone."""
    user, fund = _reader(request, code)
    found = get_object_or_404(exporting.exports_of(user, fund), uuid=uuid, state=Export.State.DONE)
    if not exporting.may_have(found, user):
        raise Http404
    answer = HttpResponse(manifest_text(found.manifest), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{found.file_name}.manifest.json"'
    return answer


def _reader(request: HttpRequest, code: str) -> "tuple[User, Fund]":
    user = cast("User", request.user)
    return user, get_object_or_404(queries.funds_visible_to(user), code=code)


def _kind(user: "User", fund: Fund, code: str) -> ExportKind:
    """A kind that this person may ask for; to others there is no such page."""
    if code not in EXPORTS or not EXPORTS[code].roles & reader_of(user, fund.pk).roles:
        raise Http404
    return kind_named(code)


def _mine(user: "User", fund: Fund, uuid: UUID) -> Export:
    return get_object_or_404(exporting.exports_of(user, fund), uuid=uuid)


def _show(
    request: HttpRequest, found: Export, reader: Reader, refused: "list[str] | tuple[()]" = (), status: int = 200
) -> HttpResponse:
    context = {
        "fund": found.fund,
        "refused": refused,
        "is_late": work.is_late(found.told_at, found.made_at),
        **described(found, reader),
    }
    template = "grants/_export.html" if request.headers.get("HX-Request") else "grants/export.html"
    return render(request, template, context, status=status)


def described(export: Export, reader: Reader) -> dict[str, Any]:
    """An export as pages show it to its asker; its kind, or their right to it, may be gone since."""
    kind = EXPORTS.get(export.kind)
    return {
        "export": export,
        "is_theirs": exporting.is_theirs(export, reader),
        "may_ask_again": kind is not None and bool(kind.roles & reader.roles),
        "kind": kind,
        "label": kind.label if kind else export.kind,
        "days": [(day_named(kind, name), day) for name in DATES if (day := getattr(export, name))],
        "options": list(options_in_words(export, kind)) if kind else [],
        "sums": list(sums_in_words(export.kind, export.manifest.get("sums_cents", {}))),
        "of_what": ROWS.get(export.kind, ""),
        "again": urlencode(again(export)),
    }


def again(export: Export) -> dict[str, str]:
    """The same request, as an address carries it."""
    days = {name: day.isoformat() for name in DATES if (day := getattr(export, name))}
    return days | {OPTION + name: value for name, value in export.options.items()}


def options_in_words(export: Export, kind: ExportKind) -> "list[tuple[Any, Any]]":
    """Each option with the label of what was chosen."""
    chosen = [(option, export.options[option.name]) for option in kind.options if option.name in export.options]
    return [(option.label, dict(option.choices).get(value, value)) for option, value in chosen]
