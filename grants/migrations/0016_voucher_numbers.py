"""Lines are found by their voucher's number, which is one tenant's in a year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grants", "0015_notices_and_rent_rolls")]

    operations = [
        migrations.AddIndex(
            model_name="reliefline",
            index=models.Index(
                condition=models.Q(("voucher_date__isnull", False)), fields=["voucher_ref"], name="line_by_voucher"
            ),
        ),
    ]
