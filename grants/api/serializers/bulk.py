"""An action on many files: the preflight, and the run of its plan."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from grants.actions.bulk import Mode
from grants.api.serializers.fields import Asked, Choice, Identifier, JsonObject, Text, WholeNumber, YesNo
from grants.api.serializers.files import OutcomeRead, ProblemRead, ReasonRead
from grants.api.serializers.reading import CurrencyField
from grants.enums import State


class BulkRow(Asked):
    id = Identifier()
    version = WholeNumber(required=False, min_value=1, help_text="The version you have read, to be told if it changed.")
    request = JsonObject(
        required=False, default=dict, help_text="This file's own part of the request, as its own endpoint takes it."
    )


class Bulk(Asked):
    """With `dry_run` the files and what is asked of them; without, the `plan` that the dry run returned."""

    dry_run = YesNo()
    applications = BulkRow(many=True, required=False, help_text="For the dry run: the files, all of one fund.")
    common = JsonObject(required=False, help_text="For the dry run: what is asked of all of them alike.")
    plan = Text(required=False, trim_whitespace=False, help_text="For the run: the dry run's plan, as it came.")
    mode = Choice(
        required=False,
        choices=[(mode.value, mode.value) for mode in Mode],
        help_text="For the run: `each` file by itself, or `all` in one transaction that one refusal undoes.",
    )

    NEEDED = {True: ("applications",), False: ("plan", "mode")}
    GIVEN = {True: ("applications", "common"), False: ("plan", "mode")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        dry = attrs["dry_run"]
        found = {name: [_("This is needed here.")] for name in self.NEEDED[dry] if name not in attrs}
        found |= {name: [_("This has no place here.")] for name in self.GIVEN[not dry] if name in attrs}
        if found:
            raise serializers.ValidationError(found)
        return attrs


class FundsRead(serializers.Serializer[Any]):
    ceiling_cents = serializers.IntegerField()
    endowed_cents = serializers.IntegerField()
    available_cents = serializers.IntegerField()
    reserved_cents = serializers.IntegerField()
    committed_cents = serializers.IntegerField()
    credited_cents = serializers.IntegerField()
    left_cents = serializers.IntegerField(help_text="What the ceiling leaves above what is spoken for.")
    currency = CurrencyField()


class BlockedRead(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="As the first of these files has it.")
    references = serializers.ListField(child=serializers.CharField())


class JudgedRead(serializers.Serializer[Any]):
    application = serializers.UUIDField()
    reference = serializers.CharField(allow_blank=True)
    passes = serializers.BooleanField()
    version = serializers.IntegerField(allow_null=True)
    to_state = serializers.ChoiceField(choices=State.choices, allow_null=True)
    errors = ReasonRead(many=True)


class PreflightRead(serializers.Serializer[Any]):
    """What would happen, and the plan to send back. Nothing was changed."""

    passing = serializers.IntegerField()
    blocked = BlockedRead(many=True, help_text="The files that don't pass, by reason.")
    before = FundsRead()
    after = FundsRead()
    rows = JudgedRead(many=True, help_text="In the order in which the files are taken.")
    digest = serializers.CharField(help_text="Names the plan.")
    plan = serializers.CharField(help_text="Sealed; valid for an hour, and for you.")


class RowDone(serializers.Serializer[Any]):
    """One file's result: its outcome, or its problem; neither where it was undone with the others."""

    application = serializers.UUIDField(allow_null=True)
    outcome = OutcomeRead(allow_null=True)
    problem = ProblemRead(allow_null=True)


class RunRead(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=[(mode.value, mode.value) for mode in Mode])
    done = serializers.IntegerField()
    rows = RowDone(many=True)


class UndoneRead(ProblemRead):
    """The problem of a run. With `rows` where mode `all` met a refusal: nothing was done."""

    rows = RowDone(many=True, required=False)
