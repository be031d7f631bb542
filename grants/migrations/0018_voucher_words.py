"""The words of a voucher's number, for `grants.desk.search`: the lines that have none are not in the index."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0017_upload_links_once"), ("landlords", "0002_tenant_words")]
    operations: ClassVar = [
        # No pending list, as in landlords 0002.
        migrations.RunSQL(
            "CREATE INDEX voucher_words ON grants_reliefline"
            " USING gin (array_to_tsvector(landlords_words(voucher_ref))) WITH (fastupdate = off)"
            " WHERE voucher_ref <> ''",
            "DROP INDEX voucher_words",
        ),
    ]
