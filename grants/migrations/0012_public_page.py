"""The page of a fund that anybody may read: off until the landlord's manager switches it on."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0011_comments_and_search")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="fund",
            name="is_public",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Anybody may read what the fund is, by its link.",
                verbose_name="public page",
            ),
        ),
    ]
