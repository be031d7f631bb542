"""How somebody wants to be told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grants.enums import MAILED_AT_ONCE, MailTime, Topic
from grants.models import MailChoice, MailPreference
from grants.models.notification import DIGEST_HOUR

if TYPE_CHECKING:
    from fundadmin.models import User

HOURS = [(str(hour), f"{hour}\N{NO-BREAK SPACE}h") for hour in range(24)]


class PreferenceForm(forms.Form):
    """A choice for each topic, and the digest's hour."""

    hour = forms.ChoiceField(
        label=_("Hour of the day's digest"),
        choices=HOURS,
        help_text=_("There is none on a day when nothing that concerns you is still true."),
    )

    def __init__(self, data: Any = None, *, topics: Sequence[Topic], user: "User", **more: Any) -> None:
        super().__init__(data, **more)
        chosen = dict(MailChoice.objects.filter(user=user).values_list("topic", "mail"))
        hour = MailPreference.objects.filter(user=user).values_list("hour", flat=True).first()
        self.topics = list(topics)
        self.initial["hour"] = str(DIGEST_HOUR if hour is None else hour)
        for topic in self.topics:
            default = MailTime.NOW if topic in MAILED_AT_ONCE else MailTime.DAILY
            self.fields[topic.value] = forms.ChoiceField(
                label=topic.label,
                choices=MailTime.choices,
                widget=forms.RadioSelect,
                initial=chosen.get(topic.value, default.value),
            )

    def topic_fields(self) -> list[Any]:
        return [self[topic.value] for topic in self.topics]

    def mails(self) -> dict[str, str]:
        return {topic.value: self.cleaned_data[topic.value] for topic in self.topics}
