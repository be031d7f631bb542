"""What people type, read into what actions take. Rules are the actions': here is only what can't be read."""

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.actions.member_rules import ROLES_OF
from grants.enums import Role, Side
from grants.models import FundMember

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from grants.exceptions import ActionRefused

CENT = Decimal("0.01")
MOST_ROWS = 30


class EuroField(forms.DecimalField):
    """Euros as people write them: `1 500,50 €`."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "".join(value.replace("€", "").split())
        return super().to_python(value)


class DayInput(forms.DateInput):
    """The browser's own calendar; without one, the day is typed."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def offer(form: forms.Form, name: str, choices: "Iterable[Any]") -> None:
    """Give a field its choices, which the reader or the file decides."""
    form.fields[name].choices = list(choices)  # type: ignore[attr-defined] # a ChoiceField


def count_of(rows: str) -> int:
    """How many rows a form that was sent says it has; nothing that a page of ours wouldn't say."""
    return min(int(rows), MOST_ROWS) if rows.isascii() and rows.isdigit() and len(rows) < len("1000") else 0


class KeyedForm(forms.Form):
    """A form whose sending twice does a thing once: its key is made with the page."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=200)

    places: dict[str, str] = {}
    """An action's pointer -> the field it is about, where their names differ."""

    def key_for(self, *content: object) -> str:
        """A key for each content that is sent from one page: a mended file, sent after going back, is another one."""
        digest = sha256("\n".join(map(str, content)).encode()).hexdigest()
        return f"{self.cleaned_data['key'][:100]}:{digest[:20]}"

    def refuse(self, refusal: "ActionRefused") -> None:
        """Show an action's reasons where they belong."""
        for breach in refusal.breaches:
            place = self.places.get(breach.pointer, breach.pointer)
            self.add_error(place if place in self.fields else None, str(breach))


class PrincipalField(forms.ModelChoiceField):
    """Whom somebody stands in for."""

    def label_from_instance(self, obj: FundMember) -> str:
        return f"{obj.user} ({obj.get_role_display()})"


class InvitationForm(KeyedForm):
    """Somebody to invite. `sides`: those that the inviter may name people of."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    full_name = forms.CharField(label=_("Full name"), max_length=150)
    side = forms.ChoiceField(label=_("Side"))
    role = forms.ChoiceField(label=_("Role"))
    starts_on = forms.DateField(label=_("From"), widget=DayInput())
    ends_on = forms.DateField(label=_("Until"), widget=DayInput(), required=False)
    authority_ref = forms.CharField(label=_("Delegation of powers, its reference"), max_length=200, required=False)
    limit = EuroField(
        label=_("Delegation limit in euros"),
        required=False,
        max_digits=14,
        decimal_places=2,
        min_value=CENT,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    deputy_for = PrincipalField(
        FundMember.objects.none(),
        label=_("Stands in for"),
        empty_label=_("nobody: in their own right"),
        required=False,
        help_text=_("A deputy acts under their own name, between two dates."),
    )

    places = {"user": "email", "limit_cents": "limit"}

    def __init__(self, *args: Any, sides: "Iterable[Side]", principals: "QuerySet[FundMember]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("PrincipalField", self.fields["deputy_for"]).queryset = principals
        named = list(sides)
        # The first of each is chosen at first: a role that the first side has.
        roles = [role for role in Role if any(role in ROLES_OF[side] for side in named)]
        offer(self, "side", ((side.value, side.label) for side in named))
        offer(self, "role", ((role.value, role.label) for role in roles))

    def asked(self) -> dict[str, Any]:
        """What `invite` takes."""
        given = dict(self.cleaned_data)
        limit = given.pop("limit")
        given["limit_cents"] = None if limit is None else int(limit * 100)
        return given | {"side": Side(given["side"]), "role": Role(given["role"])}


class StepForm(KeyedForm):
    """A button."""


class EndForm(KeyedForm):
    ends_on = forms.DateField(label=_("Last day"), widget=DayInput())
