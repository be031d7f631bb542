"""letters: award letters printed on one core, against a bare reportlab page with the same text in the same typeface.

Run by `python -m benchmarks.bench_letters [LETTERS]`. Needs no database: the facts of the awards are made up. The
reference draws each run of text in its face where it stands, and nothing else: it lays nothing out, and has no lines,
no square code and no logo.
"""

import gc
import io
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from grants.letters.facts import Facts
    from grants.letters.paper import Paper

LETTERS = 100
ROUNDS = 5
GOAL = 0.5
Run = tuple[str, str, float, float, float]
"""Text, face, size, and where it stands."""
MONTHS = (date(2020, 3, 1), date(2020, 4, 1), date(2020, 5, 1))
COMPONENTS = ("rent", "charges")
CODE = "K7QF2ABCDEFGHJKLMNPQ"


def set_up() -> None:
    """Settings without a database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "fundadmin.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": "only for the benchmarks",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": "postgres://nobody@localhost/nothing",
    }
    import django

    django.setup()


def invented_facts(number: int) -> "Facts":
    """An award of three months of rent and charges with VAT, to a tenant of its own, on a letterhead with a logo."""
    from fundadmin.models import User
    from grants.enums import LetterKind
    from grants.letters.facts import Facts
    from grants.models import Application, Charter, Event, Fund, ReliefLine
    from landlords.models import Landlord, Lease, Letterhead, Premises, TenantBusiness

    landlord = Landlord(
        name="SA d’HLM inventée de l’Oise", address="45 rue Inventée", postcode="60000", commune="Beauvais"
    )
    held = Letterhead(landlord=landlord, logo=logo(), contact_phone="03 44 00 00 00", signatory_name="Claire Vasseur")
    fund = Fund(code="oise-2020", name="Fonds de solidarité", landlord=landlord)
    tenant = TenantBusiness(
        legal_name=f"Boulangerie inventée n° {number}",
        address=f"{number} rue du Four",
        postcode="60100",
        commune="Creil",
    )
    charter = Charter(fund=fund, version=1, caps_basis="net", aid_regime="de_minimis_1407_2013")
    advisor = User(full_name="Amélie Dubois", email="amelie@exemple.invalid")
    file = Application(reference=f"oise-2020-{number:05d}", fund=fund, charter=charter, tenant=tenant, advisor=advisor)
    lease, place = Lease(pk=1, reference=f"BAIL-{number}", periodicity="monthly"), Premises(reference="LOC-1")
    lines = [
        ReliefLine(
            pk=n, application=file, lease=lease, premises=place, month=month, component=what, vat_rate_bp=2000,
            asked_cents=500_00 + number,
        )
        for n, (month, what) in enumerate(((month, what) for month in MONTHS for what in COMPONENTS), start=1)
    ]  # fmt: skip
    at = datetime(2020, 6, 12, 12, tzinfo=ZoneInfo("Europe/Paris"))
    event = Event(fund=fund, application=file, action="approve", to_state="approved", on=at.date(), at=at)
    amounts = {line.pk: line.asked_cents for line in lines}
    return Facts(event=event, file=file, kind=LetterKind.AWARD, lines=lines, amounts=amounts, letterhead=held)


def logo() -> bytes:
    from PIL import Image

    from grants.actions.letterheads import as_logo

    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 400)).convert("RGB").save(drawn, "PNG")
    return as_logo(drawn.getvalue())


def paper_of(facts: "Facts", number: int) -> "Paper":
    from grants.letters.composing import Issue, compose

    return compose(facts, Issue(language="fr", dated=date(2020, 6, 12), number=number, code=CODE))


def ours(told: "list[Facts]") -> list[bytes]:
    from grants.letters.paper import as_pdf

    return [as_pdf(paper_of(facts, number)) for number, facts in enumerate(told, start=1)]


def runs_of(content: bytes) -> list[Run]:
    """The text of a letter: each run of it with its face, where it stands."""
    from pypdf import PdfReader

    from grants.letters.fonts import BOLD, PLAIN

    found: list[Run] = []

    def visit(text: str, _matrix: object, place: list[float], face: dict[str, str] | None, size: float) -> None:
        if text.strip():
            bold = "Semibold" in (face or {}).get("/BaseFont", "")
            found.append((text.strip("\n"), BOLD if bold else PLAIN, size, place[4], place[5]))

    (page,) = PdfReader(io.BytesIO(content)).pages
    page.extract_text(visitor_text=visit)
    return found


def reference(texts: list[list[Run]]) -> list[bytes]:
    from reportlab.pdfgen.canvas import Canvas

    made = []
    for runs in texts:
        written = io.BytesIO()
        canvas = Canvas(written)
        for text, face, size, x, y in runs:
            canvas.setFont(face, size)
            canvas.drawString(x, y, text)
        canvas.save()
        made.append(written.getvalue())
    return made


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one run, the collector off: it would charge one side with the other's garbage."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    work()
    elapsed = time.process_time() - start
    gc.enable()
    return elapsed


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS
    set_up()
    told = [invented_facts(number) for number in range(1, count + 1)]
    texts = [runs_of(content) for content in ours(told)]
    assert all(texts)
    reference(texts[:1])
    # In turns, and the best of each, so that a busy machine slows both.
    rounds = [(seconds(lambda: ours(told)), seconds(lambda: reference(texts))) for _ in range(ROUNDS)]
    our_seconds, reference_seconds = (min(times) for times in zip(*rounds, strict=True))
    ratio = reference_seconds / our_seconds
    print(f"letters: {ratio:.3f} (goal {GOAL}; ours {our_seconds:.3f} s, reference {reference_seconds:.3f} s)")
    print(f"    {count / our_seconds:,.0f} award letters per second on one core")


if __name__ == "__main__":
    main()
