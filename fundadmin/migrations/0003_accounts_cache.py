"""The table of settings.CACHES, as `createcachetable` would make it; the application may not make tables."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("fundadmin", "0002_accounts_sign_in")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE fundadmin_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX fundadmin_cache_expires ON fundadmin_cache (expires);
            """,
            "DROP TABLE fundadmin_cache",
        ),
    ]
