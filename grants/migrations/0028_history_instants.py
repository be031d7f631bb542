"""Former versions are dated when they were replaced, not when the transaction began: entries are posted meanwhile."""

from typing import ClassVar

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("grants", "0027_forget_booked"),
    ]

    operations: ClassVar = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="application",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="application",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="charter",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="charter",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="exportsettings",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="exportsettings",
            name="delete_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="fundmember",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="fundmember",
            name="delete_delete",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="application",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."acted_on" IS DISTINCT FROM (NEW."acted_on") OR OLD."advisor_id" IS DISTINCT FROM (NEW."advisor_id") OR OLD."assessed_by_id" IS DISTINCT FROM (NEW."assessed_by_id") OR OLD."assessed_on" IS DISTINCT FROM (NEW."assessed_on") OR OLD."charter_id" IS DISTINCT FROM (NEW."charter_id") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."contact_channel" IS DISTINCT FROM (NEW."contact_channel") OR OLD."contact_name" IS DISTINCT FROM (NEW."contact_name") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."decided_on" IS DISTINCT FROM (NEW."decided_on") OR OLD."expiry_warned_on" IS DISTINCT FROM (NEW."expiry_warned_on") OR OLD."facts" IS DISTINCT FROM (NEW."facts") OR OLD."fund_id" IS DISTINCT FROM (NEW."fund_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."info_due_on" IS DISTINCT FROM (NEW."info_due_on") OR OLD."info_requested" IS DISTINCT FROM (NEW."info_requested") OR OLD."mandate_kind" IS DISTINCT FROM (NEW."mandate_kind") OR OLD."mandate_on" IS DISTINCT FROM (NEW."mandate_on") OR OLD."offered_cents" IS DISTINCT FROM (NEW."offered_cents") OR OLD."offered_until" IS DISTINCT FROM (NEW."offered_until") OR OLD."rank" IS DISTINCT FROM (NEW."rank") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."reminded_on" IS DISTINCT FROM (NEW."reminded_on") OR OLD."reserved_until" IS DISTINCT FROM (NEW."reserved_until") OR OLD."siren" IS DISTINCT FROM (NEW."siren") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."submitted_by_id" IS DISTINCT FROM (NEW."submitted_by_id") OR OLD."submitted_on" IS DISTINCT FROM (NEW."submitted_on") OR OLD."tenant_id" IS DISTINCT FROM (NEW."tenant_id") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func='INSERT INTO "grants_applicationevent" ("acted_on", "advisor_id", "assessed_by_id", "assessed_on", "charter_id", "closed_on", "contact_channel", "contact_name", "decided_by_id", "decided_on", "expiry_warned_on", "facts", "fund_id", "id", "info_due_on", "info_requested", "mandate_kind", "mandate_on", "offered_cents", "offered_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rank", "reference", "reminded_on", "reserved_until", "siren", "state", "submitted_by_id", "submitted_on", "tenant_id", "uuid", "version") VALUES (OLD."acted_on", OLD."advisor_id", OLD."assessed_by_id", OLD."assessed_on", OLD."charter_id", OLD."closed_on", OLD."contact_channel", OLD."contact_name", OLD."decided_by_id", OLD."decided_on", OLD."expiry_warned_on", OLD."facts", OLD."fund_id", OLD."id", OLD."info_due_on", OLD."info_requested", OLD."mandate_kind", OLD."mandate_on", OLD."offered_cents", OLD."offered_until", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."rank", OLD."reference", OLD."reminded_on", OLD."reserved_until", OLD."siren", OLD."state", OLD."submitted_by_id", OLD."submitted_on", OLD."tenant_id", OLD."uuid", OLD."version"); RETURN NULL;',
                    hash="6bc4b9a16635578798cf511e6377de7a4608cf3f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6080d",
                    table="grants_application",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="application",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "grants_applicationevent" ("acted_on", "advisor_id", "assessed_by_id", "assessed_on", "charter_id", "closed_on", "contact_channel", "contact_name", "decided_by_id", "decided_on", "expiry_warned_on", "facts", "fund_id", "id", "info_due_on", "info_requested", "mandate_kind", "mandate_on", "offered_cents", "offered_until", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rank", "reference", "reminded_on", "reserved_until", "siren", "state", "submitted_by_id", "submitted_on", "tenant_id", "uuid", "version") VALUES (OLD."acted_on", OLD."advisor_id", OLD."assessed_by_id", OLD."assessed_on", OLD."charter_id", OLD."closed_on", OLD."contact_channel", OLD."contact_name", OLD."decided_by_id", OLD."decided_on", OLD."expiry_warned_on", OLD."facts", OLD."fund_id", OLD."id", OLD."info_due_on", OLD."info_requested", OLD."mandate_kind", OLD."mandate_on", OLD."offered_cents", OLD."offered_until", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."rank", OLD."reference", OLD."reminded_on", OLD."reserved_until", OLD."siren", OLD."state", OLD."submitted_by_id", OLD."submitted_on", OLD."tenant_id", OLD."uuid", OLD."version"); RETURN NULL;',
                    hash="415952c7f614452599767761337d2f98af5c6bd3",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_31633",
                    table="grants_application",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="charter",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."accounts" IS DISTINCT FROM (NEW."accounts") OR OLD."aid_regime" IS DISTINCT FROM (NEW."aid_regime") OR OLD."aid_regime_justification" IS DISTINCT FROM (NEW."aid_regime_justification") OR OLD."articles" IS DISTINCT FROM (NEW."articles") OR OLD."cap_per_lease_cents" IS DISTINCT FROM (NEW."cap_per_lease_cents") OR OLD."cap_per_siren_cents" IS DISTINCT FROM (NEW."cap_per_siren_cents") OR OLD."caps_basis" IS DISTINCT FROM (NEW."caps_basis") OR OLD."ceiling_cents" IS DISTINCT FROM (NEW."ceiling_cents") OR OLD."components" IS DISTINCT FROM (NEW."components") OR OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."confirmed_on" IS DISTINCT FROM (NEW."confirmed_on") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."filing_deadline" IS DISTINCT FROM (NEW."filing_deadline") OR OLD."first_month" IS DISTINCT FROM (NEW."first_month") OR OLD."fund_id" IS DISTINCT FROM (NEW."fund_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."info_days" IS DISTINCT FROM (NEW."info_days") OR OLD."last_month" IS DISTINCT FROM (NEW."last_month") OR OLD."max_months" IS DISTINCT FROM (NEW."max_months") OR OLD."offer_days" IS DISTINCT FROM (NEW."offer_days") OR OLD."reexamination_days" IS DISTINCT FROM (NEW."reexamination_days") OR OLD."rent_call_rate_bp" IS DISTINCT FROM (NEW."rent_call_rate_bp") OR OLD."reply_days" IS DISTINCT FROM (NEW."reply_days") OR OLD."required_documents" IS DISTINCT FROM (NEW."required_documents") OR OLD."reservation_days" IS DISTINCT FROM (NEW."reservation_days") OR OLD."second_visa_side" IS DISTINCT FROM (NEW."second_visa_side") OR OLD."second_visa_threshold_cents" IS DISTINCT FROM (NEW."second_visa_threshold_cents") OR OLD."signed_on" IS DISTINCT FROM (NEW."signed_on") OR OLD."signed_pdf_id" IS DISTINCT FROM (NEW."signed_pdf_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."warning_levels" IS DISTINCT FROM (NEW."warning_levels"))',
                    func='INSERT INTO "grants_charterevent" ("accounts", "aid_regime", "aid_regime_justification", "articles", "cap_per_lease_cents", "cap_per_siren_cents", "caps_basis", "ceiling_cents", "components", "confirmed_at", "confirmed_on", "ends_on", "filing_deadline", "first_month", "fund_id", "id", "info_days", "last_month", "max_months", "offer_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reexamination_days", "rent_call_rate_bp", "reply_days", "required_documents", "reservation_days", "second_visa_side", "second_visa_threshold_cents", "signed_on", "signed_pdf_id", "starts_on", "uuid", "version", "warning_levels") VALUES (OLD."accounts", OLD."aid_regime", OLD."aid_regime_justification", OLD."articles", OLD."cap_per_lease_cents", OLD."cap_per_siren_cents", OLD."caps_basis", OLD."ceiling_cents", OLD."components", OLD."confirmed_at", OLD."confirmed_on", OLD."ends_on", OLD."filing_deadline", OLD."first_month", OLD."fund_id", OLD."id", OLD."info_days", OLD."last_month", OLD."max_months", OLD."offer_days", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."reexamination_days", OLD."rent_call_rate_bp", OLD."reply_days", OLD."required_documents", OLD."reservation_days", OLD."second_visa_side", OLD."second_visa_threshold_cents", OLD."signed_on", OLD."signed_pdf_id", OLD."starts_on", OLD."uuid", OLD."version", OLD."warning_levels"); RETURN NULL;',
                    hash="8788bc988f713e7bdad8b7b9c24af52351e54a3a",
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
                    func='INSERT INTO "grants_charterevent" ("accounts", "aid_regime", "aid_regime_justification", "articles", "cap_per_lease_cents", "cap_per_siren_cents", "caps_basis", "ceiling_cents", "components", "confirmed_at", "confirmed_on", "ends_on", "filing_deadline", "first_month", "fund_id", "id", "info_days", "last_month", "max_months", "offer_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reexamination_days", "rent_call_rate_bp", "reply_days", "required_documents", "reservation_days", "second_visa_side", "second_visa_threshold_cents", "signed_on", "signed_pdf_id", "starts_on", "uuid", "version", "warning_levels") VALUES (OLD."accounts", OLD."aid_regime", OLD."aid_regime_justification", OLD."articles", OLD."cap_per_lease_cents", OLD."cap_per_siren_cents", OLD."caps_basis", OLD."ceiling_cents", OLD."components", OLD."confirmed_at", OLD."confirmed_on", OLD."ends_on", OLD."filing_deadline", OLD."first_month", OLD."fund_id", OLD."id", OLD."info_days", OLD."last_month", OLD."max_months", OLD."offer_days", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."reexamination_days", OLD."rent_call_rate_bp", OLD."reply_days", OLD."required_documents", OLD."reservation_days", OLD."second_visa_side", OLD."second_visa_threshold_cents", OLD."signed_on", OLD."signed_pdf_id", OLD."starts_on", OLD."uuid", OLD."version", OLD."warning_levels"); RETURN NULL;',
                    hash="bd4622a4e99d8fa398262bf15bcc0fa418eb7c3a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_0d6f4",
                    table="grants_charter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exportsettings",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "grants_exportsettingsevent" ("fec_mode", "fund_id", "journal_code", "journal_label", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scdl_legal_duty", "scdl_minimum_cents", "scdl_nature", "scdl_on", "scdl_siret") VALUES (OLD."fec_mode", OLD."fund_id", OLD."journal_code", OLD."journal_label", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."fund_id", OLD."scdl_legal_duty", OLD."scdl_minimum_cents", OLD."scdl_nature", OLD."scdl_on", OLD."scdl_siret"); RETURN NULL;',
                    hash="099cdd72a1ad38fbf1eadc3722a1dc1ee1505ba2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_32c7a",
                    table="grants_exportsettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exportsettings",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "grants_exportsettingsevent" ("fec_mode", "fund_id", "journal_code", "journal_label", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scdl_legal_duty", "scdl_minimum_cents", "scdl_nature", "scdl_on", "scdl_siret") VALUES (OLD."fec_mode", OLD."fund_id", OLD."journal_code", OLD."journal_label", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."fund_id", OLD."scdl_legal_duty", OLD."scdl_minimum_cents", OLD."scdl_nature", OLD."scdl_on", OLD."scdl_siret"); RETURN NULL;',
                    hash="da14ba25aa7d88aa489f0b3cdc0d290248fa9266",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_96f8d",
                    table="grants_exportsettings",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fundmember",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "grants_fundmemberevent" ("authority_ref", "confirmed_by_id", "confirmed_on", "deputy_for_id", "ends_on", "fund_id", "id", "limit_cents", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "role", "side", "signed_delegation_id", "starts_on", "user_id") VALUES (OLD."authority_ref", OLD."confirmed_by_id", OLD."confirmed_on", OLD."deputy_for_id", OLD."ends_on", OLD."fund_id", OLD."id", OLD."limit_cents", _pgh_attach_context(), clock_timestamp(), \'update\', OLD."id", OLD."proposed_at", OLD."proposed_by_id", OLD."role", OLD."side", OLD."signed_delegation_id", OLD."starts_on", OLD."user_id"); RETURN NULL;',
                    hash="2ed47da55a16223d22fe2b12463208d56f453f40",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a6c89",
                    table="grants_fundmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fundmember",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "grants_fundmemberevent" ("authority_ref", "confirmed_by_id", "confirmed_on", "deputy_for_id", "ends_on", "fund_id", "id", "limit_cents", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "role", "side", "signed_delegation_id", "starts_on", "user_id") VALUES (OLD."authority_ref", OLD."confirmed_by_id", OLD."confirmed_on", OLD."deputy_for_id", OLD."ends_on", OLD."fund_id", OLD."id", OLD."limit_cents", _pgh_attach_context(), clock_timestamp(), \'delete\', OLD."id", OLD."proposed_at", OLD."proposed_by_id", OLD."role", OLD."side", OLD."signed_delegation_id", OLD."starts_on", OLD."user_id"); RETURN NULL;',
                    hash="ce7aa218d29e738bf948db1805764d5423b695ce",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_388cc",
                    table="grants_fundmember",
                    when="AFTER",
                ),
            ),
        ),
    ]
