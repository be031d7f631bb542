"""A charter's terms name their articles, as its criteria do."""

from typing import ClassVar

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0019_exports")]

    operations: ClassVar = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="charter",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="charter",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="charter",
            name="articles",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text='{"ceiling": "art. 4"}',
                verbose_name="articles",
            ),
        ),
        migrations.AddField(
            model_name="charterevent",
            name="articles",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text='{"ceiling": "art. 4"}',
                verbose_name="articles",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="charter",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."accounts" IS DISTINCT FROM (NEW."accounts") OR OLD."aid_regime" IS DISTINCT FROM (NEW."aid_regime") OR OLD."aid_regime_justification" IS DISTINCT FROM (NEW."aid_regime_justification") OR OLD."articles" IS DISTINCT FROM (NEW."articles") OR OLD."cap_per_lease_cents" IS DISTINCT FROM (NEW."cap_per_lease_cents") OR OLD."cap_per_siren_cents" IS DISTINCT FROM (NEW."cap_per_siren_cents") OR OLD."caps_basis" IS DISTINCT FROM (NEW."caps_basis") OR OLD."ceiling_cents" IS DISTINCT FROM (NEW."ceiling_cents") OR OLD."components" IS DISTINCT FROM (NEW."components") OR OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."confirmed_on" IS DISTINCT FROM (NEW."confirmed_on") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."filing_deadline" IS DISTINCT FROM (NEW."filing_deadline") OR OLD."first_month" IS DISTINCT FROM (NEW."first_month") OR OLD."fund_id" IS DISTINCT FROM (NEW."fund_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."info_days" IS DISTINCT FROM (NEW."info_days") OR OLD."last_month" IS DISTINCT FROM (NEW."last_month") OR OLD."max_months" IS DISTINCT FROM (NEW."max_months") OR OLD."offer_days" IS DISTINCT FROM (NEW."offer_days") OR OLD."reexamination_days" IS DISTINCT FROM (NEW."reexamination_days") OR OLD."rent_call_rate_bp" IS DISTINCT FROM (NEW."rent_call_rate_bp") OR OLD."reply_days" IS DISTINCT FROM (NEW."reply_days") OR OLD."required_documents" IS DISTINCT FROM (NEW."required_documents") OR OLD."reservation_days" IS DISTINCT FROM (NEW."reservation_days") OR OLD."second_visa_side" IS DISTINCT FROM (NEW."second_visa_side") OR OLD."second_visa_threshold_cents" IS DISTINCT FROM (NEW."second_visa_threshold_cents") OR OLD."signed_on" IS DISTINCT FROM (NEW."signed_on") OR OLD."signed_pdf_id" IS DISTINCT FROM (NEW."signed_pdf_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."warning_levels" IS DISTINCT FROM (NEW."warning_levels"))',
                    func='INSERT INTO "grants_charterevent" ("accounts", "aid_regime", "aid_regime_justification", "articles", "cap_per_lease_cents", "cap_per_siren_cents", "caps_basis", "ceiling_cents", "components", "confirmed_at", "confirmed_on", "ends_on", "filing_deadline", "first_month", "fund_id", "id", "info_days", "last_month", "max_months", "offer_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reexamination_days", "rent_call_rate_bp", "reply_days", "required_documents", "reservation_days", "second_visa_side", "second_visa_threshold_cents", "signed_on", "signed_pdf_id", "starts_on", "uuid", "version", "warning_levels") VALUES (OLD."accounts", OLD."aid_regime", OLD."aid_regime_justification", OLD."articles", OLD."cap_per_lease_cents", OLD."cap_per_siren_cents", OLD."caps_basis", OLD."ceiling_cents", OLD."components", OLD."confirmed_at", OLD."confirmed_on", OLD."ends_on", OLD."filing_deadline", OLD."first_month", OLD."fund_id", OLD."id", OLD."info_days", OLD."last_month", OLD."max_months", OLD."offer_days", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."reexamination_days", OLD."rent_call_rate_bp", OLD."reply_days", OLD."required_documents", OLD."reservation_days", OLD."second_visa_side", OLD."second_visa_threshold_cents", OLD."signed_on", OLD."signed_pdf_id", OLD."starts_on", OLD."uuid", OLD."version", OLD."warning_levels"); RETURN NULL;',
                    hash="98a0edf4f9a349cfdca3d4617bcbbe3c7e61e09b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ef91f",
                    table="grants_charter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="charter",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "grants_charterevent" ("accounts", "aid_regime", "aid_regime_justification", "articles", "cap_per_lease_cents", "cap_per_siren_cents", "caps_basis", "ceiling_cents", "components", "confirmed_at", "confirmed_on", "ends_on", "filing_deadline", "first_month", "fund_id", "id", "info_days", "last_month", "max_months", "offer_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reexamination_days", "rent_call_rate_bp", "reply_days", "required_documents", "reservation_days", "second_visa_side", "second_visa_threshold_cents", "signed_on", "signed_pdf_id", "starts_on", "uuid", "version", "warning_levels") VALUES (OLD."accounts", OLD."aid_regime", OLD."aid_regime_justification", OLD."articles", OLD."cap_per_lease_cents", OLD."cap_per_siren_cents", OLD."caps_basis", OLD."ceiling_cents", OLD."components", OLD."confirmed_at", OLD."confirmed_on", OLD."ends_on", OLD."filing_deadline", OLD."first_month", OLD."fund_id", OLD."id", OLD."info_days", OLD."last_month", OLD."max_months", OLD."offer_days", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reexamination_days", OLD."rent_call_rate_bp", OLD."reply_days", OLD."required_documents", OLD."reservation_days", OLD."second_visa_side", OLD."second_visa_threshold_cents", OLD."signed_on", OLD."signed_pdf_id", OLD."starts_on", OLD."uuid", OLD."version", OLD."warning_levels"); RETURN NULL;',
                    hash="f6744d5b1f2605ba2244554070ee7f7f6114e485",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_0d6f4",
                    table="grants_charter",
                    when="AFTER",
                ),
            ),
        ),
    ]
