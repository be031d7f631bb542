"""A large file of the landlord's is read by the worker; those there are were read when they were handed in."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def read_when_handed_in(apps: Any, _editor: Any) -> None:
    apps.get_model("grants", "LandlordFile").objects.update(read_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("grants", "0030_letters_set_aside")]

    operations = [
        migrations.AddField("landlordfile", "content", models.BinaryField(blank=True, default=b"")),
        migrations.AddField("landlordfile", "lines_done", models.PositiveIntegerField(default=0)),
        migrations.AddField("landlordfile", "lines_expected", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("landlordfile", "read_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(read_when_handed_in, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            "landlordfile", models.Index(fields=["at"], condition=Q(read_at=None), name="landlord_file_unread")
        ),
        migrations.AddConstraint(
            "landlordfile",
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, confirmed_at__isnull=True) | Q(read_at__isnull=False, content=b""),
                name="landlord_file_read_then_confirmed",
            ),
        ),
    ]
