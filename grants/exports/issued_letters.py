"""The issued letters of a fund, from their frozen copies: an archive with a list, or one file to print.

Nothing is printed anew and one letter is in memory at a time.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.enums import CHAMBER_LETTERS, LetterKind, Role, Visibility
from grants.exceptions import Breach, RuleRefused
from grants.exports.kinds import ExportKind, Option, Told, Wanted, Written
from grants.letters.standing import overtaken
from grants.models import Letter

if TYPE_CHECKING:
    from django.db.models import QuerySet

LIST: Final = "courriers.csv"
ONE_SIDE, BOTH_SIDES = "print", "print_both_sides"
TOLD_EVERY: Final = 50
READ_TOGETHER: Final = 500
"""Letters whose facts are read at once."""
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: nothing tells when an archive was made, so the same letters are the same bytes."""
COLUMNS: Final = (
    *("numero", "type", "dossier", "date", "montant_centimes", "langue", "code", "sha256"),
    *("envoye_le", "mode_envoi", "ecarte_le", "fichier"),
)

READ: Final = (
    *("number", "kind", "language", "code", "dated", "as_at", "amount_cents", "sha256", "file", "event", "application"),
    *("sent_on", "channel", "set_aside_on"),
    *("application__reference", "application__tenant__trade_name", "application__tenant__legal_name"),
)
"""All rows are held, so no more of them than is used."""


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """Raises RuleRefused where there is no letter, or a copy is missing or no longer what it was."""
    rows = list(letters(wanted))
    form = wanted.option("format", "zip")
    to_print = form in (ONE_SIDE, BOTH_SIDES)
    if to_print or wanted.option("sent") == "no":
        rows = to_send(rows)
    if not rows:
        raise RuleRefused([Breach("no_letters", _("No letter of this kind was issued in this period."))])
    try:
        if to_print:
            name = printed(rows, folder, told, whole_sheets=form == BOTH_SIDES)
        else:
            name = archived(wanted, rows, folder, told)
    except BaseException:
        for half in folder.glob("courriers-*"):
            half.unlink()
        raise
    return Written(
        files=(name,),
        rows=len(rows),
        sums_cents={"amount_cents": sum(row.amount_cents or 0 for row in rows)},
        first_number=rows[0].number,
        last_number=rows[-1].number,
    )


def letters(wanted: Wanted) -> "QuerySet[Letter]":
    """Those asked for that the reader reads, in the order of their numbers."""
    rows = Letter.objects.filter(fund=wanted.fund).select_related("application__tenant").only(*READ).order_by("number")
    if not wanted.reader.reads(Visibility.CHAMBER):
        rows = rows.exclude(kind__in=CHAMBER_LETTERS)
    if kind := wanted.option("kind"):
        rows = rows.filter(kind=kind)
    if wanted.option("sent") == "no":
        rows = rows.filter(sent_on=None, set_aside_on=None)
    if wanted.since:
        rows = rows.filter(dated__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(dated__lte=wanted.until)
    return rows


def to_send(rows: Sequence[Letter]) -> list[Letter]:
    """Without those that nobody may send: set aside, or no longer true."""
    gone: set[int] = set()
    for some in batched(rows, READ_TOGETHER):
        gone |= overtaken(some).keys()
    return [letter for letter in rows if letter.pk not in gone and not letter.set_aside_on]


def content_of(letter: Letter) -> bytes:
    """The frozen copy, if it is what its row says."""
    storage, name = letter.file.storage, str(letter.file.name)
    content = b""
    if storage.exists(name):
        with letter.file.open("rb") as kept:
            content = bytes(kept.read())
    if hashlib.sha256(content).hexdigest() != letter.sha256:
        message = _("The copy of letter no. %(number)s is missing or was changed: restore it from a backup first.")
        raise RuleRefused([Breach("letter_damaged", message, {"number": str(letter.number)})])
    return content


def archived(wanted: Wanted, rows: Sequence[Letter], folder: Path, told: Told) -> str:
    name = f"courriers-{wanted.fund.code}.zip"
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(LIST, LONG_AGO), listed(rows))
        for done, letter in enumerate(rows, start=1):
            archive.writestr(zipfile.ZipInfo(letter.name, LONG_AGO), content_of(letter))
            if done % TOLD_EVERY == 0:
                told(done, len(rows))
    return name


def listed(rows: Sequence[Letter]) -> str:
    """What each is, so that nobody opens them to find one. Nothing in it was typed by anybody."""
    written = io.StringIO()
    out = csv.writer(written, delimiter=";", lineterminator="\r\n")
    out.writerow(COLUMNS)
    for letter in rows:
        file = letter.application.reference if letter.application else ""
        sent = (letter.sent_on.isoformat(), letter.channel) if letter.sent_on else ("", "")
        aside = letter.set_aside_on.isoformat() if letter.set_aside_on else ""
        amount = "" if letter.amount_cents is None else letter.amount_cents
        out.writerow(
            [
                *(letter.number, letter.kind, file, letter.dated.isoformat(), amount, letter.language),
                *(letter.code, letter.sha256, *sent, aside, letter.name),
            ]
        )
    return written.getvalue()


def printed(rows: Sequence[Letter], folder: Path, told: Told, *, whole_sheets: bool) -> str:
    """One file for a printer or a mail room, with a bookmark for each letter."""
    from grants.exports.one_pdf import OnePdf

    first, last = rows[0].number, rows[-1].number
    name = f"courriers-{first:05d}-{last:05d}.pdf"
    title = gettext("Letters no. %(first)s to %(last)s") % {"first": first, "last": last}
    languages = {letter.language for letter in rows}
    with (folder / name).open("wb") as out:
        joined = OnePdf(out, title, languages.pop() if len(languages) == 1 else "")
        for done, letter in enumerate(rows, start=1):
            joined.add(content_of(letter), bookmark(letter), whole_sheets=whole_sheets)
            if done % TOLD_EVERY == 0:
                told(done, len(rows))
        joined.close()
    return name


def bookmark(letter: Letter) -> str:
    """By which somebody finds it in the file."""
    file = letter.application
    about = f"{file.tenant}, {file.reference}" if file else letter.get_kind_display()
    return gettext("no. %(number)s – %(about)s") % {"number": letter.number, "about": about}


def batched(rows: Sequence[Letter], many: int) -> Iterator[Sequence[Letter]]:
    for start in range(0, len(rows), many):
        yield rows[start : start + many]


ISSUED_LETTERS: Final = ExportKind(
    code="letters",
    label=_("Letters issued"),
    what=_("For the mail room or the archives: the letters as they were issued, with a list or ready to print."),
    write=write,
    roles=frozenset({Role.AUDITOR, Role.MANAGER, Role.APPROVER, Role.PAYER, Role.ADVISOR}),
    options=(
        Option(
            name="format",
            label=_("As"),
            choices=(
                ("zip", _("an archive, one file per letter")),
                (ONE_SIDE, _("one file to print, on one side")),
                (BOTH_SIDES, _("one file to print, on both sides")),
            ),
            default="zip",
            help_text=_("On both sides, each letter begins on a new sheet."),
        ),
        Option(name="kind", label=_("Letter"), choices=(("", _("All")), *LetterKind.choices)),
        Option(name="sent", label=_("Which"), choices=(("", _("All")), ("no", _("not sent yet")))),
    ),
    dates=frozenset({"since", "until"}),
    days={
        "since": (_("Dated from"), _("The first day of letters wanted. Empty: from the first letter on.")),
        "until": (_("Dated until"), _("The last day of letters wanted. Empty: up to the last letter.")),
    },
)
