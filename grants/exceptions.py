"""Why an action was not done, always as sentences a person can act on.

Every refusal is an `ActionRefused` that carries all its reasons at once. What a reason says is a
`Breach`: a stable code, a sentence written when it is shown (in the reader's language) and, where it
concerns one input, a pointer to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def shown(value: object) -> object:
    """A sentence's parameter as its reader writes it: dates are localised, the rest shows itself."""
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else value


def quoted(sentence: str, article: str) -> str:
    """A rule's sentence with where the charter says so, if that is known."""
    if not article:
        return sentence
    where = _("(charter, %(article)s)") % {"article": named(article)}
    end = "." if sentence.endswith(".") else ""
    return f"{sentence.removesuffix('.')} {where}{end}"


def named(article: str) -> str:
    """An article as the charter numbers it; a bare number reads as one."""
    return _("art. %(number)s") % {"number": article} if article[:1].isdigit() else article


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that does not hold.

    `code` is stable for programs; `message` is a lazy gettext sentence with `%(name)s` parameters
    (amounts as `money.Cents`); `pointer` names the input, e.g. `lines/2/asked_cents`. `article`: of the charter
    that says so, which the sentence quotes at its end.
    """

    code: str
    message: "str | _StrPromise"
    params: Mapping[str, object] = field(default_factory=dict)
    pointer: str = ""
    article: str = ""

    def __str__(self) -> str:
        sentence = str(self.message) % {name: shown(value) for name, value in self.params.items()}
        return quoted(sentence, self.article)


class ActionRefused(Exception):
    """An action that was not done, with every reason why. Nothing was changed."""

    def __init__(self, breaches: Iterable[Breach]) -> None:
        self.breaches: tuple[Breach, ...] = tuple(breaches)
        super().__init__(*self.breaches)

    def __str__(self) -> str:
        return " ".join(str(breach) for breach in self.breaches)

    @property
    def codes(self) -> list[str]:
        return [breach.code for breach in self.breaches]


class NotAllowed(ActionRefused):
    """Who asks may not do this (role, side, delegation, four eyes)."""


class RuleRefused(ActionRefused):
    """The workflow, the charter or the money does not allow it."""


class BadInput(ActionRefused):
    """What was typed or sent can't be used."""


class KeyReused(ActionRefused):
    """The same key was used before for another request."""


class StaleVersion(ActionRefused):
    """The application is no longer as the caller read it."""


class StillRunning(ActionRefused):
    """The same request, under the same key, is being carried out at this moment."""
