"""Each action of the workflow as an endpoint: what its body is, and how that becomes the action's own keywords."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, documents, filing, lifecycle, reversal
from grants.actions.crediting import Voucher
from grants.actions.documents import Upload
from grants.actions.filing import Ask, Mandate
from grants.api.serializers import asking
from grants.api.serializers.fields import Asked
from grants.enums import Action, Channel, DocumentTiming, MandateKind, Visibility
from grants.exceptions import BadInput, Breach
from grants.models import Application
from landlords.models import Lease

Keywords = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One endpoint. `keywords` turns a validated body into the action's keywords, without `by` and `key`."""

    action: Action
    body: type[Asked]
    does: Callable[..., Any]
    keywords: Callable[[Application, Mapping[str, Any]], Keywords]
    on_request: bool = False
    """The action settles a reversal request of the application, not the application."""

    @property
    def sentence(self) -> str:
        """What the action does, in its own words."""
        return " ".join((self.does.__doc__ or "").split("\n\n")[0].split())


def as_given(_application: Application, body: Mapping[str, Any]) -> Keywords:
    return dict(body)


def lines_of(application: Application, wanted: Sequence[UUID], pointer: str) -> list[int]:
    """The keys of lines by their identifiers. Raises BadInput for each that isn't this application's."""
    known = dict(application.lines.values_list("uuid", "pk"))
    missing = [n for n, line in enumerate(wanted) if line not in known]
    if missing:
        message = _("This application has no such line.")
        raise BadInput(Breach("unknown_line", message, pointer=pointer.format(n=n, id=wanted[n])) for n in missing)
    return [known[line] for line in wanted]


def amounts_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    given = dict(body)
    if "amounts" in given:
        amounts: Mapping[UUID, int] = given["amounts"]
        given["amounts"] = dict(
            zip(lines_of(application, list(amounts), "amounts/{id}"), amounts.values(), strict=True)
        )
    return given


def draft_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    given = dict(body)
    if "lines" in given:
        leases = dict(Lease.objects.filter(tenant=application.tenant_id).values_list("uuid", "pk"))
        unknown = [n for n, line in enumerate(given["lines"]) if line["lease"] not in leases]
        if unknown:
            message = _("This lease is not one of the tenant's.")
            raise BadInput(Breach("lease", message, pointer=f"lines/{n}/lease") for n in unknown)
        given["lines"] = [
            Ask(leases[line["lease"]], line["month"], line["component"], line["asked_cents"]) for line in given["lines"]
        ]
    if "mandate" in given:
        given["mandate"] = Mandate(given["mandate"]["on"], MandateKind(given["mandate"]["kind"]))
    if "contact" in given:
        given["contact"] = (given["contact"]["name"], Channel(given["contact"]["channel"]))
    return given


def upload_of(_application: Application, body: Mapping[str, Any]) -> Keywords:
    file, timing = body["file"], body.get("timing")
    upload = Upload(
        kind=body["kind"],
        name=file.name,
        content=file.read(documents.SIZE_LIMIT + 1),
        visibility=Visibility(body["visibility"]),
        timing=DocumentTiming(timing) if timing else None,
    )
    return {"upload": upload}


def credit_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    return {"lines": lines_of(application, body["lines"], "lines/{n}"), "voucher": Voucher(**body["voucher"])}


def undo_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    return {**body, "lines": lines_of(application, body["lines"], "lines/{n}")}


def settled_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    request = application.requests.filter(uuid=body["request"]).first()
    if request is None:
        raise BadInput([Breach("unknown_request", _("This application has no such request."), pointer="request")])
    return {**body, "request": request}


def heir_of(application: Application, body: Mapping[str, Any]) -> Keywords:
    to = User.objects.filter(uuid=body["to"], memberships__fund=application.fund_id).first()
    if to is None:
        raise BadInput([Breach("unknown_person", _("Nobody in this fund has this identifier."), pointer="to")])
    return {"to": to}


_A = Action
STEPS: Mapping[Action, Step] = {
    step.action: step
    for step in (
        Step(_A.EDIT, asking.Edit, filing.edit, draft_of),
        Step(_A.DISCARD, asking.Nothing, filing.discard, as_given),
        Step(_A.SUBMIT, asking.Nothing, filing.submit, as_given),
        Step(_A.ATTACH, asking.Attach, documents.attach, upload_of),
        Step(_A.SUPPLY, asking.Supply, lifecycle.supply, as_given),
        Step(_A.REQUEST_INFO, asking.RequestInfo, assessment.request_info, as_given),
        Step(_A.ANSWER, asking.Answer, filing.answer, as_given),
        Step(_A.REMIND, asking.Nothing, assessment.remind, as_given),
        Step(_A.LAPSE, asking.Nothing, assessment.lapse, as_given),
        Step(_A.ASSESS_FAVOURABLE, asking.AssessFavourable, assessment.assess_favourable, amounts_of),
        Step(_A.ASSESS_UNFAVOURABLE, asking.AssessUnfavourable, assessment.assess_unfavourable, as_given),
        Step(_A.APPROVE, asking.Approve, decision.approve, amounts_of),
        Step(_A.SEND_BACK, asking.WithReason, decision.send_back, as_given),
        Step(_A.REJECT, asking.Reject, decision.reject, as_given),
        Step(_A.CREDIT, asking.Credit, crediting.credit, credit_of),
        Step(_A.ASK_CANCEL_LINES, asking.AskCancelLines, reversal.ask_cancel_lines, undo_of),
        Step(_A.ASK_REVERSE, asking.AskReverse, reversal.ask_reverse, undo_of),
        Step(_A.CANCEL_LINES, asking.Settle, reversal.cancel_lines, settled_of, on_request=True),
        Step(_A.REVERSE, asking.Settle, reversal.reverse, settled_of, on_request=True),
        Step(_A.REFUSE_REQUEST, asking.RefuseRequest, reversal.refuse_request, settled_of, on_request=True),
        Step(_A.WITHDRAW, asking.Withdraw, lifecycle.withdraw, as_given),
        Step(_A.TRANSFER, asking.Transfer, lifecycle.transfer, heir_of),
        Step(_A.APPLY_NEW_VERSION, asking.Nothing, lifecycle.apply_new_version, as_given),
        Step(_A.REOPEN, asking.WithReason, lifecycle.reopen, as_given),
    )
}
"""All but `create`, which has no application yet, and what the system does on time."""


def carry_out(step: Step, application: Application, body: Mapping[str, Any], *, by: User, key: str) -> Any:
    """Do it: the application with its outcome, or the event of a discarded draft."""
    keywords = step.keywords(application, body)
    if step.on_request:
        # The action reads the application by itself; what the caller expects of it goes along.
        keywords["request"].application = application
        return step.does(**keywords, by=by, key=key)
    return step.does(application=application, **keywords, by=by, key=key)
