"""Comments on a file. One decides nothing and moves nothing, so it is no event and no hand in the file."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grants.actions.readable import check_readable
from grants.actions.turn import action
from grants.enums import Side, Visibility
from grants.exceptions import BadInput, Breach, KeyReused, NotAllowed, RuleRefused
from grants.models import Application, Comment
from grants.visibility import Reader, reader_of

if TYPE_CHECKING:
    from fundadmin.models import User

LIMIT: Final = 2_000  # characters
EDITABLE: Final = timedelta(minutes=15)
"""How long an author may mend a comment; afterwards others have read it."""
WRITES_NOTHING: Final = Breach("role_missing", _("An auditor reads and writes nothing: you can't comment."))


@action
def comment(*, application: Application, text: str, shared: bool, by: "User", key: str) -> Comment:
    """Say something about a file: to one's own side, or shared with the other."""
    check_readable(key, None, {"text": text})
    given = Comment.objects.filter(by=by, key=key).first()
    reader = reader_of(by, application.fund_id)
    visibility = Visibility.BOTH if shared else Visibility(own_side(reader))
    if given:
        if (given.application_id, given.text, given.visibility) != (application.pk, text.strip(), visibility):
            message = _("This key was already used for another request: send a new one.")
            raise KeyReused([Breach("key_reused", message, pointer="key")])
        return given
    return Comment.objects.create(
        application=application, by=by, visibility=visibility, text=checked(text), at=timezone.now(), key=key
    )


def own_side(reader: Reader) -> Side:
    """The side a person comments for. Raises NotAllowed for who writes nothing.

    Whoever has a role of the landlord's in the fund is the landlord here, as in all of `visibility`.
    """
    if not reader.writes:
        raise NotAllowed([WRITES_NOTHING])
    return Side.LANDLORD if reader.is_landlords else Side.CHAMBER


@action
def edit_comment(*, comment: Comment, text: str, by: "User") -> Comment:
    """Mend one's own comment within a quarter of an hour."""
    written = Comment.objects.select_for_update().get(pk=comment.pk)
    if written.by_id != by.pk:
        raise NotAllowed([Breach("not_the_author", _("Only its author mends a comment."))])
    own_side(reader_of(by, written.application.fund_id))
    if not is_editable(written):
        message = _("A comment is mended within %(minutes)s minutes: write another one.")
        minutes = EDITABLE // timedelta(minutes=1)
        raise RuleRefused([Breach("too_late", message, {"minutes": minutes})])
    check_readable("edit", None, {"text": text})
    written.text, written.edited_at = checked(text), timezone.now()
    written.save(update_fields=["text", "edited_at"])
    return written


def is_editable(written: Comment) -> bool:
    return timezone.now() < written.at + EDITABLE


def checked(text: str) -> str:
    """The text as it is kept. Raises BadInput for none, or too much."""
    kept = text.strip()
    if not 0 < len(kept) <= LIMIT:
        message = _("A comment has 1 to %(limit)s characters; this one has %(length)s.")
        raise BadInput([Breach("text", message, {"limit": LIMIT, "length": len(kept)}, "text")])
    return kept
