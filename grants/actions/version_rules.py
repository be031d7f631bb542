"""What a charter version must be to be drafted: its terms, their articles, its criteria, documents and promises."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants import accounts
from grants.actions.documents import KIND_LIMIT
from grants.actions.readable import too_long
from grants.charter_rules import ARTICLED, terms_breaches
from grants.eligibility import CriterionSpec, parse_criteria
from grants.enums import DocumentTiming
from grants.exceptions import BadInput, Breach
from grants.models import Charter, CharterCriterion

COMMITMENT_LENGTH: Final = 300
ARTICLE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Promise:
    """A landlord's commitment other than money, and until when it is to be kept."""

    text: str
    due_on: date | None = None


def version_breaches(
    charter: Charter,
    terms: Mapping[str, object],
    criteria: Sequence[CriterionSpec],
    commitments: Sequence[Promise],
    unread: AbstractSet[str] = frozenset(),
) -> list[Breach]:
    """Everything that is wrong with a version: with its terms as they were given, and as it would hold them.

    `unread`: the terms that a page couldn't read. Nothing that depends on one of them is judged, the rest is.
    """
    found = [*_type_breaches(terms), *_terms_breaches(charter, unread), *_commitment_breaches(commitments)]
    for place, spec in enumerate(criteria):
        found += too_long(CharterCriterion, "article", spec.article, f"criteria/{place}/article")
    try:
        parse_criteria(criteria)
    except BadInput as error:
        found += error.breaches
    return found


def _type_breaches(terms: Mapping[str, object]) -> Iterator[Breach]:
    """Terms of another type than their column, which Django would read all the same: “5” or 1.5 for an amount."""
    for name, value in terms.items():
        field = Charter._meta.get_field(name)
        if value is None:
            continue
        if isinstance(field, models.IntegerField) and type(value) is not int:
            yield Breach("field", _("This is a whole number."), {}, name)
        if isinstance(field, models.DateField) and not isinstance(value, date):
            yield Breach("field", _("This is a date."), {}, name)


def _terms_breaches(charter: Charter, unread: AbstractSet[str]) -> Iterator[Breach]:
    try:
        charter.clean_fields(exclude={"fund", "uuid", "signed_pdf", "aid_regime_justification", *unread})
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield from (Breach("field", "%(problem)s", {"problem": message}, name) for message in messages)
    else:
        yield from terms_breaches(charter.terms(), unread)
        yield from _document_breaches(charter.required_documents)
        yield from _article_breaches(charter.articles)
    for breach in [] if "accounts" in unread else accounts.faults(charter.accounts):
        yield replace(breach, pointer=f"accounts/{breach.pointer}".rstrip("/"))
    if "aid_regime_justification" not in unread and not charter.aid_regime_justification.strip():
        message = _("Say why the fund is under this aid regime, or under none.")
        yield Breach("aid_regime_justification", message, pointer="aid_regime_justification")


def _document_breaches(documents: object) -> Iterator[Breach]:
    message = _("A document has a kind, of %(limit)s characters at most, and is due “at_filing” or “before_decision”.")
    for place, wanted in enumerate(documents) if isinstance(documents, list) else [("", documents)]:
        if not _is_document(wanted):
            yield Breach("required_document", message, {"limit": KIND_LIMIT}, f"required_documents/{place}".rstrip("/"))


def _is_document(wanted: object) -> bool:
    """Whether a file could be attached as this kind of document."""
    if not isinstance(wanted, dict):
        return False
    kind, timing = wanted.get("kind"), wanted.get("timing")
    return isinstance(kind, str) and 0 < len(kind.strip()) <= len(kind) <= KIND_LIMIT and timing in list(DocumentTiming)


def _article_breaches(articles: object) -> Iterator[Breach]:
    message = _("An article is named in 1 to %(limit)s characters, for a term of the charter.")
    for name, article in articles.items() if isinstance(articles, dict) else [("", articles)]:
        if name not in ARTICLED or not isinstance(article, str) or not 0 < len(article.strip()) <= ARTICLE_LENGTH:
            yield Breach("article", message, {"limit": ARTICLE_LENGTH}, f"articles/{name}".rstrip("/"))


def _commitment_breaches(commitments: Sequence[Promise]) -> Iterator[Breach]:
    for place, promise in enumerate(commitments):
        if not 0 < len(promise.text.strip()) <= COMMITMENT_LENGTH:
            message = _("A commitment is put in 1 to %(length)s characters.")
            yield Breach("commitment", message, {"length": COMMITMENT_LENGTH}, f"commitments/{place}/text")
