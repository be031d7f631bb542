"""What people do to a file in the stories, in the stories' words; each function is one or two real actions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from fundadmin.models import User
from grants.actions import assessment, crediting, decision, documents, filing
from grants.actions.crediting import Voucher
from grants.actions.documents import Upload
from grants.actions.filing import Ask, Mandate
from grants.demo.charters import EVIDENCE
from grants.demo.papers import paper
from grants.demo.story import Story
from grants.eligibility import Facts, facts_to_json
from grants.enums import CapsBasis, Channel, LineState, MandateKind, ReliefForm, State
from grants.models import Application, Fund, ReliefLine
from grants.money import Cents
from landlords.models import Lease
from landlords.queries import dues


@dataclass(frozen=True, slots=True)
class Wish:
    """What a tenant brings to the chamber: the months, and what it says of itself."""

    lease: Lease
    months: Sequence[date]
    facts: Facts


def asks_of(lease: Lease, months: Sequence[date], basis: CapsBasis) -> list[Ask]:
    """Ask for all that is called for these months, component by component."""
    called = dues([lease.pk], months)
    return [
        Ask(lease.pk, due.month, component, due.net_cents if basis == CapsBasis.NET else due.gross_cents)
        for (_lease, _month, component), due in called.items()
    ]


def draft(story: Story, fund: Fund, wish: Wish, *, by: User, basis: CapsBasis = CapsBasis.NET) -> Application:
    """The advisor opens a file and writes down what the tenant asks and says, and that it gave a mandate."""
    tenant = wish.lease.tenant
    file = story.do(filing.create, fund=fund, tenant=tenant, by=by)
    story.files[tenant.legal_name] = story.do(
        filing.edit,
        application=file,
        lines=asks_of(wish.lease, wish.months, basis),
        facts=facts_to_json(wish.facts),
        mandate=Mandate(story.today, MandateKind.SIGNED),
        contact=(tenant.legal_name, Channel.COUNTER),
        by=by,
    )
    return story.files[tenant.legal_name]


def submit(story: Story, file: Application, *, by: User) -> Application:
    return story.do(filing.submit, application=file, by=by)


def attach_evidence(story: Story, file: Application, *, by: User) -> None:
    """The proof of turnover; only the chamber reads it."""
    upload = Upload(EVIDENCE, "declaration-tva.pdf", paper("Déclaration de TVA inventée pour la démonstration."))
    story.do(documents.attach, application=file, upload=upload, by=by)


def favourable(story: Story, file: Application, *, by: User, note: str = "") -> Application:
    """A favourable opinion; `note` settles what had to be verified of the turnover. Short of money, the file waits."""
    resolved = {"turnover_loss": note} if note else {}
    return story.do(assessment.assess_favourable, application=file, resolved=resolved, no_conflict=True, by=by)


def why_not(story: Story, file: Application) -> str:
    """What the criteria say against a file, and what was missing: what the assessor reads and writes as the reason."""
    findings, _record = assessment.judge(file, story.today)
    return " ".join(str(breach) for breach in assessment.finding_breaches(findings, {}, figures=True))


def visa(story: Story, file: Application, *, by: User) -> Application:
    return story.do(decision.approve, application=file, no_conflict=True, by=by)


def grant(story: Story, file: Application, *, first: User, second: User) -> bool:
    """The first visa, and the second where the charter asks for two. Says whether it did."""
    two = bool(visa(story, file, by=first).state == State.ELIGIBLE)
    if two:
        visa(story, file, by=second)
    return two


def lines_to_credit(file: Application, keep: Callable[[ReliefLine], bool] = lambda _line: True) -> list[ReliefLine]:
    return [line for line in file.lines.filter(state=LineState.APPROVED) if keep(line)]


def credit(
    story: Story,
    file: Application,
    lines: Sequence[ReliefLine],
    voucher: str,
    *,
    by: User,
    form: ReliefForm = ReliefForm.CREDIT_NOTE,
) -> Application:
    """Record that lines were credited by one voucher of the landlord's accounts."""
    return story.do(
        crediting.credit,
        application=file,
        lines=[line.pk for line in lines],
        voucher=Voucher(form, voucher, story.today),
        by=by,
    )


def total_of(files: Sequence[Application]) -> Cents:
    """What these files were granted, in all."""
    lines = ReliefLine.objects.filter(application__in=files, state__in=(LineState.APPROVED, LineState.CREDITED))
    return Cents(sum(line.approved_cents or 0 for line in lines))
