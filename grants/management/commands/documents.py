"""Where the documents and letters on disk and those in the database disagree."""

import os
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import Storage, default_storage
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from grants.models import Document, Letter


class Command(BaseCommand):
    help = "Compare the files of documents with the database; exit 1 if they disagree. It changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orphans", action="store_true", help="only files that no document names")

    def handle(self, *_args: Any, **options: Any) -> None:
        named = set(Document.objects.values_list("file", flat=True)) | set(
            Letter.objects.values_list("file", flat=True)
        )
        there = set(files(default_storage))
        said = [_("No document names this file: %(file)s") % {"file": name} for name in sorted(there - named)]
        if not options["orphans"]:
            said += [_("This document's file is missing: %(file)s") % {"file": name} for name in sorted(named - there)]
        for line in said:
            self.stdout.write(line)
        if said:
            raise SystemExit(1)
        self.stdout.write(_("%(count)s documents, each with its file.") % {"count": len(named)})


def files(storage: Storage, folder: str = "") -> Iterator[str]:
    """The names of all files below a folder of the storage."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept
        return
    yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118 - a storage's name is no path
    for inner in folders:
        yield from files(storage, os.path.join(folder, inner))  # noqa: PTH118 - the same
