"""Samples of auditors, and what the database holds of them by itself, in plain SQL: no session can switch it off."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = """
CREATE FUNCTION grants_sample_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'a sample starts open, not %', NEW.state
                USING ERRCODE = 'check_violation', TABLE = 'grants_sample', CONSTRAINT = 'sample_starts_open';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'open' THEN
        RAISE EXCEPTION 'sample %: what is drawn stays, what is signed off is frozen', OLD.id
            USING ERRCODE = 'restrict_violation', TABLE = 'grants_sample', CONSTRAINT = 'sample_frozen';
    END IF;
    IF to_jsonb(NEW) - ARRAY['state', 'closed_by_id', 'closed_at', 'conclusion']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'closed_by_id', 'closed_at', 'conclusion']
    THEN
        RAISE EXCEPTION 'sample %: what was drawn, and of what, never changes', OLD.id
            USING ERRCODE = 'restrict_violation', TABLE = 'grants_sample', CONSTRAINT = 'sample_drawn_once';
    END IF;
    IF NEW.state = 'signed' AND NEW.item_count <> (
        SELECT count(*) FROM grants_sampleitem i WHERE i.sample_id = NEW.id AND i.outcome <> ''
    ) THEN
        RAISE EXCEPTION 'sample %: it is signed off once each of its % files has a finding', NEW.id, NEW.item_count
            USING ERRCODE = 'check_violation', TABLE = 'grants_sample', CONSTRAINT = 'sample_finished';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER sample_kept BEFORE INSERT OR UPDATE OR DELETE ON grants_sample
    FOR EACH ROW EXECUTE FUNCTION grants_sample_kept();

CREATE FUNCTION grants_sampleitem_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    drawn record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'sample %: what is drawn stays', OLD.sample_id
            USING ERRCODE = 'restrict_violation', TABLE = 'grants_sampleitem', CONSTRAINT = 'sample_frozen';
    END IF;
    -- Shared with other findings, and not with a sign-off: it waits for this one, or this one sees it.
    SELECT s.state, s.item_count INTO drawn FROM grants_sample s WHERE s.id = NEW.sample_id FOR SHARE;
    IF TG_OP = 'INSERT' THEN
        -- Positions are unique, so once all are taken nothing can be added.
        IF drawn.state <> 'open' OR NEW.position > drawn.item_count OR NEW.outcome <> '' THEN
            RAISE EXCEPTION 'sample %: nothing is added to what was drawn', NEW.sample_id
                USING ERRCODE = 'restrict_violation', TABLE = 'grants_sampleitem', CONSTRAINT = 'sample_drawn_once';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - ARRAY['outcome', 'at_risk_cents', 'note', 'found_by_id', 'found_at']
        IS DISTINCT FROM to_jsonb(OLD) - ARRAY['outcome', 'at_risk_cents', 'note', 'found_by_id', 'found_at']
    THEN
        RAISE EXCEPTION 'sample %: what was drawn never changes', OLD.sample_id
            USING ERRCODE = 'restrict_violation', TABLE = 'grants_sampleitem', CONSTRAINT = 'sample_drawn_once';
    END IF;
    IF drawn.state <> 'open' AND NOT (
        -- Retention takes the words of an erased file, and nothing else.
        NEW.note = 'effacé' AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note'
        AND EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = OLD.application_id)
    ) THEN
        RAISE EXCEPTION 'sample %: its findings are frozen', OLD.sample_id
            USING ERRCODE = 'restrict_violation', TABLE = 'grants_sampleitem', CONSTRAINT = 'sample_frozen';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER sampleitem_kept BEFORE INSERT OR UPDATE OR DELETE ON grants_sampleitem
    FOR EACH ROW EXECUTE FUNCTION grants_sampleitem_kept();
"""

UNDO = """
DROP TRIGGER sampleitem_kept ON grants_sampleitem;
DROP TRIGGER sample_kept ON grants_sample;
DROP FUNCTION grants_sampleitem_kept, grants_sample_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0021_export_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "side",
                    models.CharField(
                        choices=[("landlord", "landlord"), ("chamber", "chamber"), ("external", "external")],
                        max_length=8,
                        verbose_name="side",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[("file", "applications"), ("line", "relief lines")],
                        max_length=4,
                        verbose_name="sample of",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("credited", "credited in the period"), ("approved", "approved in the period")],
                        max_length=8,
                        verbose_name="population",
                    ),
                ),
                ("since", models.DateField(verbose_name="from")),
                ("until", models.DateField(verbose_name="until")),
                (
                    "method",
                    models.CharField(
                        choices=[("random", "random"), ("stratified", "stratified by amount")],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("seed", models.CharField(max_length=64, verbose_name="seed")),
                ("strata", models.JSONField(verbose_name="strata")),
                ("population_count", models.PositiveIntegerField(verbose_name="population")),
                ("population_cents", models.BigIntegerField(verbose_name="population (cents)")),
                ("undone_cents", models.BigIntegerField(verbose_name="undone of earlier periods (cents)")),
                ("population_digest", models.CharField(max_length=64)),
                ("head_number", models.PositiveBigIntegerField()),
                ("head_digest", models.CharField(max_length=64)),
                ("item_count", models.PositiveIntegerField(verbose_name="drawn")),
                ("made_at", models.DateTimeField(verbose_name="drawn at")),
                ("key", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Under way"), ("signed", "Signed off"), ("abandoned", "Abandoned")],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("conclusion", models.TextField(blank=True, verbose_name="conclusion")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="samples", to="grants.fund"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "sample",
                "verbose_name_plural": "samples",
            },
        ),
        migrations.CreateModel(
            name="SampleItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="number")),
                ("stratum", models.PositiveSmallIntegerField(verbose_name="stratum")),
                ("cents", models.BigIntegerField(verbose_name="amount (cents)")),
                ("digest", models.CharField(max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "nothing to report"),
                            ("minor", "minor anomaly, no amount"),
                            ("at_risk", "amount at risk"),
                        ],
                        max_length=7,
                        verbose_name="finding",
                    ),
                ),
                ("at_risk_cents", models.BigIntegerField(default=0, verbose_name="amount at risk (cents)")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("found_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="grants.application"
                    ),
                ),
                (
                    "found_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grants.reliefline",
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="grants.sample"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of a sample",
                "verbose_name_plural": "files of a sample",
                "ordering": ("sample_id", "position"),
            },
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.UniqueConstraint(fields=("fund", "number"), name="sample_number_once"),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.UniqueConstraint(fields=("made_by", "key"), name="sample_once"),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.CheckConstraint(
                condition=models.Q(("since__lte", models.F("until"))), name="sample_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.CheckConstraint(
                condition=models.Q(("item_count__gt", 0), ("item_count__lte", models.F("population_count"))),
                name="sample_within_population",
            ),
        ),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True), ("closed_by__isnull", True), ("conclusion", ""), ("state", "open")
                    ),
                    models.Q(
                        models.Q(("state", "open"), _negated=True),
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        models.Q(("conclusion", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sample_closed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.UniqueConstraint(fields=("sample", "position"), name="sample_position_once"),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.UniqueConstraint(
                fields=("sample", "application", "line"), name="sample_draws_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("cents__gt", 0), ("position__gt", 0)), name="sample_item_is_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("at_risk_cents__gt", 0), ("at_risk_cents__lte", models.F("cents")), ("outcome", "at_risk")
                    ),
                    models.Q(models.Q(("outcome", "at_risk"), _negated=True), ("at_risk_cents", 0)),
                    _connector="OR",
                ),
                name="sample_risk_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "none"]), models.Q(("note", ""), _negated=True), _connector="OR"
                ),
                name="sample_anomaly_is_explained",
            ),
        ),
        migrations.AddConstraint(
            model_name="sampleitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("found_at__isnull", True), ("found_by__isnull", True), ("note", ""), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True),
                        ("found_at__isnull", False),
                        ("found_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="sample_finding_whole",
            ),
        ),
        migrations.RunSQL(KEPT, UNDO),
    ]
