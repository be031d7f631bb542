"""What a tenant is found by, kept by triggers: its names, numbers and address, its leases and its premises.

In plain SQL, so that one function makes words of what is stored and of what is looked for, whatever the collation.
"""

from typing import ClassVar

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

WORDS = r"""
CREATE FUNCTION landlords_plain(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- Lower case without accents: after the marks are gone a French text is ASCII, but for these.
    SELECT lower(translate(regexp_replace(
        normalize(replace(replace(replace(replace(replace(said,
            'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), 'ß', 'ss'), NFKD),
        '[\u0300-\u036f]', '', 'g'), 'øØłŁđĐ', 'oolldd'))
$$;

CREATE FUNCTION landlords_words(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_remove(regexp_split_to_array(public.landlords_plain(said), '[^a-z0-9]+'), '')
$$;

CREATE FUNCTION landlords_query(said text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- Each word is the beginning of one that is looked for; nothing finds nothing. Words are letters and digits only.
    SELECT coalesce(string_agg(word || ':*', ' & '), '')::tsquery FROM unnest(public.landlords_words(said)) word
$$;

ALTER TABLE landlords_tenantwords ADD CONSTRAINT tenant_words_of_a_tenant
    FOREIGN KEY (tenant_id) REFERENCES landlords_tenantbusiness ON DELETE CASCADE;

CREATE FUNCTION landlords_keep_words(tenants bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO landlords_tenantwords (tenant_id, words)
    SELECT t.id, array_to_tsvector(landlords_words(concat_ws(' ',
        t.legal_name, t.trade_name, t.siret, t.address, t.postcode, t.commune,
        (SELECT string_agg(concat_ws(' ', l.reference, p.reference, p.address, p.postcode, p.commune), ' ')
         FROM landlords_lease l JOIN landlords_premises p ON p.id = l.premises_id WHERE l.tenant_id = t.id))))
    FROM landlords_tenantbusiness t WHERE t.id = ANY(tenants)
    ON CONFLICT (tenant_id) DO UPDATE SET words = excluded.words
$$;
REVOKE ALL ON FUNCTION landlords_keep_words FROM PUBLIC;

CREATE FUNCTION landlords_words_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'landlords_tenantbusiness' THEN
        PERFORM landlords_keep_words(ARRAY[NEW.id]);
    ELSIF TG_TABLE_NAME = 'landlords_premises' THEN
        PERFORM landlords_keep_words(ARRAY(SELECT l.tenant_id FROM landlords_lease l WHERE l.premises_id = NEW.id));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM landlords_keep_words(ARRAY[OLD.tenant_id]);
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM landlords_keep_words(ARRAY[OLD.tenant_id, NEW.tenant_id]);
    ELSE
        PERFORM landlords_keep_words(ARRAY[NEW.tenant_id]);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tenant_words_added AFTER INSERT ON landlords_tenantbusiness
    FOR EACH ROW EXECUTE FUNCTION landlords_words_changed();
CREATE TRIGGER tenant_words_changed
    AFTER UPDATE OF legal_name, trade_name, siret, address, postcode, commune ON landlords_tenantbusiness
    FOR EACH ROW EXECUTE FUNCTION landlords_words_changed();
CREATE TRIGGER lease_words_added AFTER INSERT OR DELETE ON landlords_lease
    FOR EACH ROW EXECUTE FUNCTION landlords_words_changed();
CREATE TRIGGER lease_words_changed AFTER UPDATE OF reference, tenant_id, premises_id ON landlords_lease
    FOR EACH ROW EXECUTE FUNCTION landlords_words_changed();
CREATE TRIGGER premises_words_changed AFTER UPDATE OF reference, address, postcode, commune ON landlords_premises
    FOR EACH ROW EXECUTE FUNCTION landlords_words_changed();

SELECT landlords_keep_words(ARRAY(SELECT id FROM landlords_tenantbusiness));
"""

UNDO = """
DROP TRIGGER premises_words_changed ON landlords_premises;
DROP TRIGGER lease_words_changed ON landlords_lease;
DROP TRIGGER lease_words_added ON landlords_lease;
DROP TRIGGER tenant_words_changed ON landlords_tenantbusiness;
DROP TRIGGER tenant_words_added ON landlords_tenantbusiness;
DROP FUNCTION landlords_words_changed, landlords_keep_words, landlords_query, landlords_words, landlords_plain;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("landlords", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="TenantWords",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="landlords.tenantbusiness",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                # A pending list would make searches slow until the next vacuum.
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="tenant_words", fastupdate=False)
                ],
            },
        ),
        migrations.RunSQL(WORDS, UNDO),
    ]
