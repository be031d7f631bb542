"""What leaves a fund as files: what there is to ask for, what is asked, what it became."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fundadmin.errors import of_breach
from grants.actions.exporting import is_theirs
from grants.api.serializers.fields import Asked, Day, JsonObject, Text
from grants.api.serializers.files import ReasonRead
from grants.exceptions import Breach
from grants.exports.asking import DATES
from grants.exports.kinds import ExportKind, Option
from grants.models import Export


class NewExport(Asked):
    kind = Text(max_length=40, help_text="The code of one of the fund's export kinds.")
    since = Day(required=False, help_text="From this value date on, where the kind takes it.")
    until = Day(required=False, help_text="Up to this value date.")
    as_at = Day(required=False, help_text="As everything stood at the end of this day; as it stands by default.")
    options = serializers.DictField(
        child=Text(allow_blank=True), required=False, help_text="{option: value}; the kind's defaults where left out."
    )

    def asked(self) -> dict[str, Any]:
        """What `exporting.ask` takes."""
        given: Mapping[str, Any] = self.validated_data
        days: dict[str, date] = {name: given[name] for name in DATES if name in given}
        return {"kind": given["kind"], "options": given.get("options", {}), **days}


class ChoiceRead(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()


class OptionRead(serializers.Serializer[Option]):
    name = serializers.CharField()
    label = serializers.CharField()
    default = serializers.CharField(allow_blank=True)
    choices = serializers.SerializerMethodField(help_text="Empty where any text may be given.")

    @extend_schema_field(ChoiceRead(many=True))
    def get_choices(self, option: Option) -> list[dict[str, str]]:
        return [{"value": value, "label": str(label)} for value, label in option.choices]


class ExportKindRead(serializers.Serializer[ExportKind]):
    code = serializers.CharField()
    label = serializers.CharField()
    what = serializers.CharField(help_text="Who needs it, what for.")
    version = serializers.IntegerField(help_text="Of the file's format.")
    dates = serializers.SerializerMethodField(help_text="Which of since, until and as_at it takes.")
    options = OptionRead(many=True)

    def get_dates(self, kind: ExportKind) -> list[str]:
        return [name for name in DATES if name in kind.dates]


class ExportRead(serializers.ModelSerializer[Export]):
    id = serializers.UUIDField(source="uuid", read_only=True)
    fund = serializers.CharField(source="fund.code", read_only=True)
    options = JsonObject(read_only=True)
    file_name = serializers.SerializerMethodField(help_text="Null until it is made.")
    sha256 = serializers.SerializerMethodField(help_text="Of the file; null until it is made.")
    manifest = serializers.SerializerMethodField(
        help_text="What it holds; null until it is made, and once your roles give you its file no more."
    )
    errors = serializers.SerializerMethodField(help_text="Every reason why it could not be made.")

    class Meta:
        model = Export
        fields = (
            *("id", "fund", "kind", "since", "until", "as_at", "options", "state", "done_rows", "all_rows"),
            *("made_at", "finished_at", "expires_at", "file_name", "size", "sha256", "manifest", "errors"),
        )
        read_only_fields = fields

    def get_file_name(self, export: Export) -> str | None:
        return export.file_name or None

    def get_sha256(self, export: Export) -> str | None:
        return export.sha256 or None

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_manifest(self, export: Export) -> dict[str, Any] | None:
        return export.manifest or None if is_theirs(export, self.context["view"].reader) else None

    @extend_schema_field(ReasonRead(many=True))
    def get_errors(self, export: Export) -> list[dict[str, str]]:
        return [of_breach(Breach(code, text)) for code, text in zip(export.codes, export.sentences, strict=True)]
