import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0023_letters"),
        ("landlords", "0004_letterhead"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LandlordFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("credit_notes", "posted credit notes"), ("account", "extract of tenants' accounts")],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("key", models.CharField(max_length=200)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("credit_note", "credit note"),
                            ("deduction", "deduction on the next rent call"),
                            ("waiver", "waiver agreement"),
                            ("rent_free_rider", "rent-free rider"),
                            ("exit_balance", "exit balance of a lease that ended"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "schedules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("faults", models.JSONField(blank=True, default=list)),
                ("warnings", models.JSONField(blank=True, default=list)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "confirmed_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="landlord_files", to="grants.fund"
                    ),
                ),
            ],
            options={
                "verbose_name": "landlord's file",
                "verbose_name_plural": "landlord's files",
            },
        ),
        migrations.CreateModel(
            name="BookedCredit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voucher_ref", models.CharField(max_length=60)),
                ("booked_on", models.DateField()),
                ("gross_cents", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="booked_credits", to="grants.fund"
                    ),
                ),
                (
                    "lease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="landlords.lease"
                    ),
                ),
                (
                    "relief_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grants.reliefline",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="booked", to="grants.landlordfile"
                    ),
                ),
            ],
            options={
                "verbose_name": "booked credit",
                "verbose_name_plural": "booked credits",
            },
        ),
        migrations.CreateModel(
            name="LandlordFileRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                ("told", models.JSONField(default=dict)),
                (
                    "lines",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "matches exactly"),
                            ("fault", "to be settled"),
                            ("known", "nothing to do"),
                            ("aside", "not examined"),
                            ("done", "recorded"),
                            ("refused", "refused"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list, size=None
                    ),
                ),
                (
                    "sentences",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="grants.landlordfile"
                    ),
                ),
            ],
            options={
                "ordering": ("file", "line"),
            },
        ),
        migrations.AddIndex(
            model_name="landlordfile",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", False), ("finished_at", None)),
                fields=["confirmed_at"],
                name="landlord_file_unfinished",
            ),
        ),
        migrations.AddConstraint(
            model_name="landlordfile",
            constraint=models.UniqueConstraint(fields=("fund", "by", "key"), name="landlord_file_once"),
        ),
        migrations.AddConstraint(
            model_name="landlordfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", True), ("confirmed_by__isnull", True), ("finished_at__isnull", True)
                    ),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="landlord_file_confirmed_by",
            ),
        ),
        migrations.AddIndex(
            model_name="bookedcredit",
            index=models.Index(fields=["fund", "voucher_ref"], name="booked_credit_voucher"),
        ),
        migrations.AddConstraint(
            model_name="bookedcredit",
            constraint=models.UniqueConstraint(fields=("fund", "digest"), name="booked_credit_once"),
        ),
        migrations.AddIndex(
            model_name="landlordfilerow",
            index=models.Index(fields=["file", "state", "line"], name="landlord_file_row_state"),
        ),
        migrations.AddConstraint(
            model_name="landlordfilerow",
            constraint=models.UniqueConstraint(fields=("file", "line"), name="landlord_file_row_once"),
        ),
    ]
