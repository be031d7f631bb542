"""What every endpoint shares: who asks, the filters of a list, one object by its UUID."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, viewsets
from rest_framework.fields import ListField
from rest_framework.request import Request

from fundadmin.models import User
from grants.actions.reading import log_audit
from grants.api.pages import KeysetPages
from grants.api.serializers.fields import Asked
from grants.api.serializers.filters import NoFilters
from grants.enums import Reading
from grants.visibility import auditing

UNKNOWN = _("This does not exist, or is not yours to read.")


def who(request: Request) -> User:
    return cast("User", request.user)


def note_audit(request: Request, what: Reading, uuid: UUID | None) -> None:
    """Log what an auditor opens, in each of the funds that they audit."""
    by = who(request)
    log_audit(auditing(by), by=by, what=what, uuid=uuid, filter=request.get_full_path())


def read_filters(filters: type[Asked], request: Request) -> dict[str, Any]:
    """The query as it is asked, validated. Raises ValidationError with all that is wrong.

    It is read as JSON would be: a form's parser would leave out what is empty, and take the last of two.
    """
    query = {name: values for name, values in request.query_params.lists() if name not in ("limit", "after")}
    many = {name for name, field in filters().fields.items() if isinstance(field, ListField)}
    asked = filters(data={n: v if n in many or len(v) > 1 else v[0] for n, v in query.items()})
    asked.is_valid(raise_exception=True)
    given: dict[str, Any] = asked.validated_data
    return given


class Rows(viewsets.GenericViewSet[Any]):
    """Rows that somebody may see: a stranger's is not there (404)."""

    queryset: Any = None
    what = Reading.FUND
    """As which an auditor's read is logged."""
    lookup_field = "uuid"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"
    pagination_class = KeysetPages
    filters: type[Asked] = NoFilters
    columns: ClassVar[Mapping[str, str]] = {}
    """Filter -> the column it is compared with."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "GET":
            note_audit(request, self.what, kwargs.get("id"))

    def rows(self) -> QuerySet[Any]:
        """All that this person may see: nothing, unless a view says so."""
        nothing: QuerySet[Any] = self.queryset
        return nothing

    def get_queryset(self) -> QuerySet[Any]:
        return self.rows()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = read_filters(self.filters, self.request) if self.action == "list" else {}
        return queryset.filter(**{self.columns[name]: value for name, value in given.items()})


class ListAndOne(mixins.ListModelMixin, mixins.RetrieveModelMixin, Rows):
    """A list in pages, and one of its items."""
