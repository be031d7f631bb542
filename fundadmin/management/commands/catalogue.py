"""Keeps the French catalogue: takes the sentences from the code and the templates, and compiles what is translated.

Babel does it, so that no program of the system is needed; the compiled file is committed, so that running the
site needs no Babel either.
"""

import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
PO = ROOT / "fundadmin" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
SOURCES = ("fundadmin", "grants", "landlords", "templates")
HEADER = "# The French catalogue of fundadmin. Its words are those of the house's glossary.\n#"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def source_files() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.suffix in {".py", ".html", ".txt"}
                and "migrations" not in path.parts
                and "locale" not in path.parts
            ):
                yield path


def sentences() -> Catalog:
    """Every sentence marked for translation, with the file it stands in."""
    found = Catalog(locale="fr", charset="utf-8")
    for path in source_files():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Babel reads Python: Django turns a template into it, but for its indentation.
            text = "\n".join(line.strip() for line in templatize(text).splitlines())
        for _line, function, message, _comments in extract_python(io.BytesIO(text.encode()), KEYWORDS, (), {}):
            context, forms = _parts(function, message)
            if forms[0]:
                found.add(
                    forms if len(forms) > 1 else forms[0], locations=[(str(path.relative_to(ROOT)), 0)], context=context
                )
    return found


def _parts(function: Any, message: Any) -> tuple[str | None, tuple[str, ...]]:
    """A call's context and its singular (and plural), by its keyword's arguments."""
    arguments = message if isinstance(message, tuple) else (message,)
    spec = KEYWORDS[function] or (1,)
    context = next((arguments[n[0] - 1] for n in spec if isinstance(n, tuple)), None)
    return context, tuple(arguments[n - 1] or "" for n in spec if isinstance(n, int))


def spaced(text: str) -> str:
    """French puts a space before a colon; no line begins with one."""
    return re.sub(r"(?<=\S) (?=[:;!?»](?:\s|$))|(?<=«) ", "\N{NO-BREAK SPACE}", text)


def merged() -> Catalog:
    """The catalogue as it stands, with today's sentences; nothing is guessed from similar ones."""
    with PO.open("rb") if PO.exists() else io.BytesIO() as file:
        catalog = read_po(file, locale="fr", charset="utf-8")
    catalog.update(sentences(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    for message in catalog:
        if message.id and message.string:
            told = message.string
            message.string = spaced(told) if isinstance(told, str) else tuple(map(spaced, told))
    catalog.header_comment = HEADER
    catalog.fuzzy = False
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # No date, no noise in diffs.
    catalog.project, catalog.version, catalog.msgid_bugs_address = "fundadmin", "1", ""
    return catalog


def faults(catalog: Catalog) -> list[str]:
    """What is untranslated, marked fuzzy, or has other parameters than its source."""
    found = []
    for message in catalog:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.fuzzy or not all(forms):
            found.append(f"not translated: {message.id!r}")
            continue
        found += [f"{error}: {message.id!r}" for error in message.check(catalog)]
    return found


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def written(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


class Command(BaseCommand):
    help = "Update and compile the French catalogue; with --check, only say what is missing or stale."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="exit 1 when a sentence is missing, fuzzy or not compiled"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        catalog = merged()
        wrong = faults(catalog)
        if options["check"]:
            if MO.read_bytes() != compiled(catalog):
                wrong.append("the compiled catalogue is stale: run `make messages`")
            if wrong:
                raise CommandError("\n".join(wrong))
            return
        PO.parent.mkdir(parents=True, exist_ok=True)
        PO.write_bytes(written(catalog))
        MO.write_bytes(compiled(catalog))
        self.stdout.write(
            f"{PO.relative_to(ROOT)}: {len(catalog)} sentences, {len(wrong)} to mend\n" + "\n".join(wrong)
        )
