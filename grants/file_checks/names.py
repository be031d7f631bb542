"""The name of a file: its last part only, without what could mislead a reader or a file system. A leaf."""

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grants.file_checks.kinds import FileKind

NAME_LIMIT: Final = 200  # characters
FORBIDDEN: Final = re.compile(r'[<>:"|?*]')  # in the names of Windows
EXTENSION: Final = re.compile(r"\.([a-z][a-z0-9]{0,4})\Z", re.IGNORECASE)


def clean_name(name: str) -> str:
    """What follows the last slash of either kind, in NFC, without control, direction and invisible characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    visible = "".join(
        " " if character.isspace() else character
        for character in last
        # C: control, format (where the direction marks are), half a surrogate pair, private use, not assigned.
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return shortened(FORBIDDEN.sub("_", re.sub(" +", " ", visible)).strip(" .") or "document")


def shortened(name: str) -> str:
    """A long name loses the end of its stem, never its extension."""
    if len(name) <= NAME_LIMIT:
        return name
    found = EXTENSION.search(name)
    end = found.group() if found else ""
    return name[: NAME_LIMIT - len(end)].rstrip(" .") + end


def extension_of(name: str) -> str:
    """In lower case; empty where what follows the last dot is no extension (“Bail 12.05.2020”)."""
    found = EXTENSION.search(name)
    return found.group(1).lower() if found else ""


def with_extension(name: str, kind: "FileKind") -> str:
    """The name as its reader's computer opens it."""
    return name if extension_of(name) in kind.extensions else shortened(f"{name}.{kind.extensions[0]}")
