"""Former versions are dated when they were replaced, not when the transaction began: credits are posted meanwhile."""

from typing import ClassVar

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("landlords", "0004_letterhead"),
    ]

    operations: ClassVar = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="lease",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="lease",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="premises",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="premises",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rentcall",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rentcall",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tenantbusiness",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="tenantbusiness",
            name="delete_delete",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lease",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."arrears_cents" IS DISTINCT FROM (NEW."arrears_cents") OR OLD."arrears_on" IS DISTINCT FROM (NEW."arrears_on") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."landlord_id" IS DISTINCT FROM (NEW."landlord_id") OR OLD."moratorium_from" IS DISTINCT FROM (NEW."moratorium_from") OR OLD."moratorium_note" IS DISTINCT FROM (NEW."moratorium_note") OR OLD."moratorium_until" IS DISTINCT FROM (NEW."moratorium_until") OR OLD."notice_given_on" IS DISTINCT FROM (NEW."notice_given_on") OR OLD."periodicity" IS DISTINCT FROM (NEW."periodicity") OR OLD."premises_id" IS DISTINCT FROM (NEW."premises_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."tenant_id" IS DISTINCT FROM (NEW."tenant_id") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."vat_regime" IS DISTINCT FROM (NEW."vat_regime"))',
                    func='INSERT INTO "landlords_leaseevent" ("arrears_cents", "arrears_on", "ends_on", "id", "landlord_id", "moratorium_from", "moratorium_note", "moratorium_until", "notice_given_on", "periodicity", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "premises_id", "reference", "starts_on", "tenant_id", "uuid", "vat_regime") VALUES (OLD."arrears_cents", OLD."arrears_on", OLD."ends_on", OLD."id", OLD."landlord_id", OLD."moratorium_from", OLD."moratorium_note", OLD."moratorium_until", OLD."notice_given_on", OLD."periodicity", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."premises_id", OLD."reference", OLD."starts_on", OLD."tenant_id", OLD."uuid", OLD."vat_regime"); RETURN NULL;',
                    hash="5bea679baa1f32716d81d566beae0790f3546d3e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_fe915",
                    table="landlords_lease",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lease",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "landlords_leaseevent" ("arrears_cents", "arrears_on", "ends_on", "id", "landlord_id", "moratorium_from", "moratorium_note", "moratorium_until", "notice_given_on", "periodicity", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "premises_id", "reference", "starts_on", "tenant_id", "uuid", "vat_regime") VALUES (OLD."arrears_cents", OLD."arrears_on", OLD."ends_on", OLD."id", OLD."landlord_id", OLD."moratorium_from", OLD."moratorium_note", OLD."moratorium_until", OLD."notice_given_on", OLD."periodicity", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."premises_id", OLD."reference", OLD."starts_on", OLD."tenant_id", OLD."uuid", OLD."vat_regime"); RETURN NULL;',
                    hash="4ffc04caae508b5e62cc42a724c0ea59b3ed752f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_666f3",
                    table="landlords_lease",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="premises",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."commune" IS DISTINCT FROM (NEW."commune") OR OLD."epci" IS DISTINCT FROM (NEW."epci") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."landlord_id" IS DISTINCT FROM (NEW."landlord_id") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid"))',
                    func='INSERT INTO "landlords_premisesevent" ("address", "commune", "epci", "id", "landlord_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "reference", "uuid") VALUES (OLD."address", OLD."commune", OLD."epci", OLD."id", OLD."landlord_id", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."postcode", OLD."reference", OLD."uuid"); RETURN NULL;',
                    hash="a6e3508ea01dffd321b606a31c0c7fe9f0b1386b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_58c29",
                    table="landlords_premises",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="premises",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "landlords_premisesevent" ("address", "commune", "epci", "id", "landlord_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "reference", "uuid") VALUES (OLD."address", OLD."commune", OLD."epci", OLD."id", OLD."landlord_id", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."postcode", OLD."reference", OLD."uuid"); RETURN NULL;',
                    hash="5c71d5c5438808e7e98549ef3185948e670e0b95",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_690a8",
                    table="landlords_premises",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rentcall",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."component" IS DISTINCT FROM (NEW."component") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."gross_cents" IS DISTINCT FROM (NEW."gross_cents") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."lease_id" IS DISTINCT FROM (NEW."lease_id") OR OLD."net_cents" IS DISTINCT FROM (NEW."net_cents") OR OLD."period_end" IS DISTINCT FROM (NEW."period_end") OR OLD."period_start" IS DISTINCT FROM (NEW."period_start") OR OLD."regime" IS DISTINCT FROM (NEW."regime") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."vat_cents" IS DISTINCT FROM (NEW."vat_cents") OR OLD."vat_rate_bp" IS DISTINCT FROM (NEW."vat_rate_bp"))',
                    func='INSERT INTO "landlords_rentcallevent" ("component", "due_on", "gross_cents", "id", "lease_id", "net_cents", "period_end", "period_start", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regime", "uuid", "vat_cents", "vat_rate_bp") VALUES (OLD."component", OLD."due_on", OLD."gross_cents", OLD."id", OLD."lease_id", OLD."net_cents", OLD."period_end", OLD."period_start", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."regime", OLD."uuid", OLD."vat_cents", OLD."vat_rate_bp"); RETURN NULL;',
                    hash="04dd080a5a0d7637ec3e107985f41bebbf438b85",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_aab9c",
                    table="landlords_rentcall",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rentcall",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "landlords_rentcallevent" ("component", "due_on", "gross_cents", "id", "lease_id", "net_cents", "period_end", "period_start", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "regime", "uuid", "vat_cents", "vat_rate_bp") VALUES (OLD."component", OLD."due_on", OLD."gross_cents", OLD."id", OLD."lease_id", OLD."net_cents", OLD."period_end", OLD."period_start", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."regime", OLD."uuid", OLD."vat_cents", OLD."vat_rate_bp"); RETURN NULL;',
                    hash="4ff0ac7026c73828300736bd42737c86a2469220",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_cae1e",
                    table="landlords_rentcall",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenantbusiness",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."commune" IS DISTINCT FROM (NEW."commune") OR OLD."craft_registered" IS DISTINCT FROM (NEW."craft_registered") OR OLD."headcount" IS DISTINCT FROM (NEW."headcount") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_natural_person" IS DISTINCT FROM (NEW."is_natural_person") OR OLD."landlord_id" IS DISTINCT FROM (NEW."landlord_id") OR OLD."legal_name" IS DISTINCT FROM (NEW."legal_name") OR OLD."naf_2025" IS DISTINCT FROM (NEW."naf_2025") OR OLD."naf_rev2" IS DISTINCT FROM (NEW."naf_rev2") OR OLD."postcode" IS DISTINCT FROM (NEW."postcode") OR OLD."rne_extract_on" IS DISTINCT FROM (NEW."rne_extract_on") OR OLD."siren" IS DISTINCT FROM (NEW."siren") OR OLD."siret" IS DISTINCT FROM (NEW."siret") OR OLD."started_on" IS DISTINCT FROM (NEW."started_on") OR OLD."trade_name" IS DISTINCT FROM (NEW."trade_name") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid"))',
                    func='INSERT INTO "landlords_tenantbusinessevent" ("address", "commune", "craft_registered", "headcount", "id", "is_natural_person", "landlord_id", "legal_name", "naf_2025", "naf_rev2", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "rne_extract_on", "siret", "started_on", "trade_name", "uuid") VALUES (OLD."address", OLD."commune", OLD."craft_registered", OLD."headcount", OLD."id", OLD."is_natural_person", OLD."landlord_id", OLD."legal_name", OLD."naf_2025", OLD."naf_rev2", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."postcode", OLD."rne_extract_on", OLD."siret", OLD."started_on", OLD."trade_name", OLD."uuid"); RETURN NULL;',
                    hash="42aab69aa1a2d104d32a1087edbb3ca1ee795344",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_47cb5",
                    table="landlords_tenantbusiness",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tenantbusiness",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "landlords_tenantbusinessevent" ("address", "commune", "craft_registered", "headcount", "id", "is_natural_person", "landlord_id", "legal_name", "naf_2025", "naf_rev2", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "rne_extract_on", "siret", "started_on", "trade_name", "uuid") VALUES (OLD."address", OLD."commune", OLD."craft_registered", OLD."headcount", OLD."id", OLD."is_natural_person", OLD."landlord_id", OLD."legal_name", OLD."naf_2025", OLD."naf_rev2", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."postcode", OLD."rne_extract_on", OLD."siret", OLD."started_on", OLD."trade_name", OLD."uuid"); RETURN NULL;',
                    hash="02dd8982114290796ab324e66515decedc3cd371",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a8943",
                    table="landlords_tenantbusiness",
                    when="AFTER",
                ),
            ),
        ),
    ]
