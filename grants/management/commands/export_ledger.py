"""manage.py export_ledger FUND --format F --output FILE_OR_FOLDER [--since --until --as-at --option NAME=VALUE]."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.actions.exporting import filter_of, signed
from grants.actions.reading import log_read
from grants.enums import Reading, Role, Side
from grants.exceptions import ActionRefused
from grants.exports.asking import complete, kind_named
from grants.exports.every import EXPORTS
from grants.exports.kinds import ExportKind, Wanted
from grants.exports.making import MANIFEST, Made, make, manifest_text
from grants.management.arguments import day, fund_named
from grants.money import euros
from grants.visibility import Reader


class Command(BaseCommand):
    help = "Write an export of a fund, of any kind, with its manifest beside it; as the fund's external auditor reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fund", metavar="FUND", help="the fund's code")
        parser.add_argument("--format", required=True, metavar="F", choices=[*EXPORTS], help=", ".join(EXPORTS))
        parser.add_argument(
            "--output", required=True, type=Path, metavar="FILE_OR_FOLDER", help="a file, or a folder that is there"
        )
        parser.add_argument("--since", type=day, metavar="DATE", help="from this value date on, such as 2020-05-05")
        parser.add_argument("--until", type=day, metavar="DATE", help="up to this value date")
        parser.add_argument("--as-at", type=day, metavar="DATE", help="as the ledger stood at the end of this day")
        parser.add_argument("--option", type=named, action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument("--overwrite", action="store_true", help="replace the files that are there")

    def handle(self, *_args: Any, **options: Any) -> None:
        fund, kind = fund_named(options["fund"]), kind_named(options["format"])
        system = User.objects.system()
        reader = Reader(system.pk, fund.pk, frozenset({Side.EXTERNAL}), frozenset({Role.AUDITOR}))
        days = {name: options[name] for name in ("since", "until", "as_at")}
        try:
            wanted = complete(kind, Wanted(fund=fund, reader=reader, options=dict(options["option"]), **days))
            self.write(kind, wanted, options["output"], system, overwrite=options["overwrite"])
        except ActionRefused as refusal:
            raise CommandError("\n".join(str(breach) for breach in refusal.breaches)) from refusal
        except OSError as error:
            message = _("%(path)s can't be written: %(why)s. Choose another file.")
            raise CommandError(
                message % {"path": error.filename or options["output"], "why": error.strerror}
            ) from error

    def write(self, kind: ExportKind, wanted: Wanted, output: Path, by: User, *, overwrite: bool) -> None:
        """Make it beside where it goes, then put each file there whole: a file that is there is never a half one."""
        folder = output if output.is_dir() else output.parent
        with TemporaryDirectory(prefix=f".{wanted.fund.code}-", dir=folder) as work:
            stamp = signed(by, timezone.now().isoformat())
            made = make(kind, wanted, Path(work), lambda _done, _of_all: None, by=stamp)
            path = output / made.path.name if output.is_dir() else output
            manifest = path.with_name(f"{path.name}.{MANIFEST}")
            told = Path(work) / MANIFEST
            told.write_text(manifest_text(made.manifest))
            refuse_other_ending(made.path, path)
            refuse_devices(path, manifest)
            if not overwrite:
                refuse_to_replace(path, manifest)
            log_read(by=by, fund=wanted.fund, what=Reading.EXPORT, filter=filter_of(kind, wanted))
            place(made.path, path)
            place(told, manifest)
        self.report(made, path, manifest)

    def report(self, made: Made, path: Path, manifest: Path) -> None:
        told = made.manifest
        self.stdout.write(_("Written: %(path)s") % {"path": path})
        self.stdout.write(_("Manifest: %(path)s") % {"path": manifest})
        self.stdout.write(_("Rows: %(count)s") % {"count": told["rows"]})
        for name, cents in told["sums_cents"].items():
            self.stdout.write(f"  {name:<24}{euros(cents):>18}")
        self.stdout.write(
            _("Last entry: %(number)s, digest %(digest)s")
            % {"number": told["chain_head"]["number"], "digest": told["chain_head"]["digest"]}
        )
        self.stdout.write(f"SHA-256: {made.sha256}")


def named(text: str) -> tuple[str, str]:
    """An option as `name=value`, as an argparse type."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(_("“%(text)s” isn't an option like separator=comma.") % {"text": text})
    return name, value


def refuse_to_replace(*paths: Path) -> None:
    if found := [str(path) for path in paths if path.exists()]:
        message = _("%(path)s is there already: name another file, or say --overwrite.")
        raise CommandError("\n".join(message % {"path": path} for path in found))


def refuse_devices(*paths: Path) -> None:
    """What is put there in one step takes the place of what is there: as root, of /dev/null itself."""
    if found := [str(path) for path in paths if path.exists() and not path.is_file()]:
        message = _("%(path)s is no ordinary file: name another one.")
        raise CommandError("\n".join(message % {"path": path} for path in found))


def refuse_other_ending(made: Path, asked: Path) -> None:
    """A zip that is called `.csv` would be opened as one."""
    if asked.suffix and asked.suffix != made.suffix:
        message = _("This export is a %(suffix)s file: name it so, or name a folder.")
        raise CommandError(message % {"suffix": made.suffix})


def place(source: Path, target: Path) -> None:
    """Put a whole file where it belongs, in one step, for the owner's eyes only."""
    source.chmod(0o600)
    source.replace(target)
