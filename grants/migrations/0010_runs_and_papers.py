import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The signed papers of what nobody confirmed are the landlord's own.
UNCONFIRMED_PAPERS = """
UPDATE grants_document SET visibility = 'landlord'
WHERE id IN (SELECT signed_pdf_id FROM grants_fundproposal WHERE state <> 'confirmed')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("grants", "0009_event_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("request_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "action", "key"), name="bulk_key_once")],
            },
        ),
        migrations.RunSQL(UNCONFIRMED_PAPERS, migrations.RunSQL.noop),
    ]
