"""What people type about files: the list's filter, and comments."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.actions.comments import LIMIT
from grants.desk.search import Wanted
from grants.enums import Role, State
from grants.forms import DayInput, KeyedForm, offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fundadmin.models import User
    from grants.models import Fund

ANY = [("", _("All"))]
NEWEST, OLDEST = "newest", "oldest"
INTERNAL, SHARED = "internal", "shared"


class FilterForm(forms.Form):
    """A choice that can't be read narrows nothing. `funds` and `advisors`: those of the files that the reader sees."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200, widget=forms.TextInput({"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[*ANY, *State.choices])
    waiting = forms.ChoiceField(
        label=_("Waiting for"),
        required=False,
        choices=[*ANY, *((role, role.label) for role in (Role.ADVISOR, Role.ASSESSOR, Role.APPROVER, Role.PAYER))],
    )
    fund = forms.ChoiceField(label=_("Fund"), required=False)
    advisor = forms.ChoiceField(label=_("Advisor"), required=False)
    filed_from = forms.DateField(label=_("Submitted from"), required=False, widget=DayInput())
    filed_until = forms.DateField(label=_("until"), required=False, widget=DayInput())
    order = forms.ChoiceField(
        label=_("Order"), required=False, choices=[(NEWEST, _("newest first")), (OLDEST, _("oldest first"))]
    )

    def __init__(self, *args: Any, funds: "Iterable[Fund]", advisors: "Iterable[User]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_funds = [(fund.code, fund.name) for fund in funds]
        of_advisors = [(str(person.uuid), person.full_name) for person in advisors]
        offer(self, "fund", [*ANY, *of_funds])
        offer(self, "advisor", [*ANY, *of_advisors])

    def wanted(self) -> Wanted:
        """What was chosen, as far as it can be read."""
        self.is_valid()
        chosen = self.cleaned_data
        return Wanted(
            text=chosen.get("q", ""),
            state=chosen.get("state", ""),
            fund=chosen.get("fund", ""),
            advisor=chosen.get("advisor", ""),
            waiting_for=chosen.get("waiting", ""),
            filed_from=chosen.get("filed_from"),
            filed_until=chosen.get("filed_until"),
            newest=chosen.get("order") != OLDEST,
        )

    @property
    def narrows(self) -> bool:
        """Whether anything was chosen but the order."""
        return any(value for name, value in self.cleaned_data.items() if name != "order")


class CommentForm(KeyedForm):
    text = forms.CharField(
        label=_("Comment"),
        help_text=_("The person concerned may ask to read it."),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LIMIT}),
    )
    shared = forms.ChoiceField(
        label=_("Who reads it"),
        choices=[(INTERNAL, _("my side only")), (SHARED, _("both sides"))],
        initial=INTERNAL,
        widget=forms.RadioSelect,
    )


class MendForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"),
        help_text=_("The person concerned may ask to read it."),
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LIMIT}),
    )
