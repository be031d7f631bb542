"""POST /applications/bulk/{action}/: a preflight that returns a plan, then the run of just that plan."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fundadmin.errors import of_breach, of_refusal
from grants import queries
from grants.actions.bulk import BULK, Judged, Mode, Outcome, Plan, Preflight, Row, Run, preflight, run
from grants.api.keys import inside, lines_outside, outside, people_inside
from grants.api.outcomes import outcome
from grants.api.preconditions import key_of
from grants.api.serializers import bulk as serializers
from grants.api.steps import STEPS
from grants.api.views.base import UNKNOWN, who
from grants.enums import Action
from grants.exceptions import ActionRefused, BadInput, Breach, RuleRefused
from grants.models import Application

OTHER_ACTION = _("This plan is for another action: send it where it was made.")


class BulkView(APIView):
    """One action on many files. The subclass of each action knows its `action`."""

    many: ClassVar[Action]

    def act(self, request: Request) -> Response:
        asked = serializers.Bulk(data=request.data)
        asked.is_valid(raise_exception=True)
        given: Mapping[str, Any] = asked.validated_data
        return self.judge(request, given) if given["dry_run"] else self.carry_out(request, given)

    def judge(self, request: Request, given: Mapping[str, Any]) -> Response:
        by, common, rows = who(request), given.get("common", {}), given["applications"]
        found = queries.files_open_to(by).filter(uuid__in=[row["id"] for row in rows])
        files = {file.uuid: file for file in found}
        if missing := [n for n, row in enumerate(rows) if row["id"] not in files]:
            raise BadInput(Breach("not_found", UNKNOWN, pointer=f"applications/{n}/id") for n in missing)
        keys = lines_outside(file.pk for file in files.values())
        lines = {identifier: pk for pk, identifier in keys.items()}
        people = people_inside({file.fund_id for file in files.values()}, [common, *(row["request"] for row in rows)])
        wanted = [Row(files[row["id"]].pk, inside(row["request"], lines, people), row.get("version")) for row in rows]
        try:
            told = preflight(action=self.many, rows=wanted, common=inside(common, lines, people), by=by)
        except ActionRefused as refusal:
            raise outside(refusal, keys) from refusal
        return Response(serializers.PreflightRead(shown(told, keys)).data)

    def carry_out(self, request: Request, given: Mapping[str, Any]) -> Response:
        key, by = key_of(request), who(request)
        plan = Plan.unseal(given["plan"], by=by)
        if plan.action != self.many:
            raise BadInput([Breach("other_action", OTHER_ACTION, pointer="plan")])
        done = run(plan=plan, mode=Mode(given["mode"]), by=by, key=key)
        rows = rows_done(done)
        if done.undone:
            refused = [breach for row in done.rows if row.refusal for breach in row.refusal.breaches]
            answer = of_refusal(RuleRefused(refused))
            answer.data = {**answer.data, "rows": serializers.RowDone(rows, many=True).data}
            return answer
        return Response(serializers.RunRead({"mode": done.mode, "done": done.done, "rows": rows}).data)


def shown(told: Preflight, keys: Mapping[str, str]) -> dict[str, Any]:
    """A preflight as it is read; `keys`: the lines' keys and identifiers."""

    def blocked_row(row: Judged) -> list[dict[str, str]]:
        return [of_breach(breach) for breach in outside(row.refusal, keys).breaches] if row.refusal else []

    return {
        "passing": told.passing,
        "blocked": [
            {
                "code": group.code,
                "detail": str(outside(RuleRefused([group.breach]), keys).breaches[0]),
                "references": group.references,
            }
            for group in told.blocked
        ],
        "before": told.before,
        "after": told.after,
        "rows": [
            {
                "application": row.application.uuid,
                "reference": row.reference,
                "passes": row.planned is not None,
                "version": row.planned.version if row.planned else row.application.version,
                "to_state": row.planned.to_state if row.planned else None,
                "errors": blocked_row(row),
            }
            for row in told.rows
            if row.application is not None
        ],
        "digest": told.plan.digest,
        "plan": told.plan.seal(),
    }


def rows_done(done: Run) -> list[dict[str, Any]]:
    """Each row's outcome or problem, as its own endpoint would answer it."""
    files = Application.objects.in_bulk([row.application_id for row in done.rows])
    keys = lines_outside(files)
    return [row_done(row, files.get(row.application_id), keys) for row in done.rows]


def row_done(row: Outcome, file: Application | None, keys: Mapping[str, str]) -> dict[str, Any]:
    event = row.application.outcome if row.application else None
    return {
        "application": file.uuid if file else None,
        "outcome": outcome(event, row.application) if event and row.application else None,
        "problem": of_refusal(outside(row.refusal, keys)).data if row.refusal else None,
    }


def view_of(action: Action) -> type[APIView]:
    """The endpoint of one action on many files."""

    @extend_schema(
        operation_id=f"bulk_{action.value}",
        request=serializers.Bulk,
        responses=PolymorphicProxySerializer("BulkAnswer", [serializers.PreflightRead, serializers.RunRead], None),
        description=f"{STEPS[action].sentence} Here on many files at once: first `dry_run`, which tells what would"
        " happen and makes a plan; then the run of just that plan.",
        tags=["bulk"],
    )
    def post(self: BulkView, request: Request) -> Response:
        return self.act(request)

    name = "Bulk" + "".join(word.title() for word in action.value.split("_"))
    return type(f"{name}View", (BulkView,), {"many": action, "post": post})


BULK_VIEWS: Mapping[str, type[APIView]] = {action.value: view_of(action) for action in BULK}
