"""How what the landlord's books said of an erased file loses its tenant, in plain SQL beside `grants_forget`.

The application's role only adds booked credits. `grants_forget_booked` runs as the owner, for a file with an erasure on
record: its rows move to the anonymous leases (`leases`: real id -> anonymous id) and lose voucher and digest, which a
guess of lease and voucher would confirm. To be called while the lines are on their real leases yet. A line of a tenant's
account that a living file has too stays until that one goes.
"""

from typing import ClassVar

from django.db import migrations

FORGETTING = """
CREATE FUNCTION grants_forget_booked(application bigint, leases jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = application) THEN
        RAISE EXCEPTION 'application %: what was booked of it is kept while the file is', application
            USING ERRCODE = 'check_violation', TABLE = 'grants_bookedcredit', CONSTRAINT = 'booked_kept';
    END IF;
    UPDATE grants_bookedcredit b SET
        lease_id = (leases ->> b.lease_id::text)::bigint,
        -- Of a credit that was undone it goes on saying nothing of the lines.
        voucher_ref = CASE WHEN EXISTS (
            SELECT FROM grants_reliefline l
            WHERE l.application_id = application AND l.voucher_ref = b.voucher_ref
              AND (l.id = b.relief_line_id OR (b.relief_line_id IS NULL AND l.lease_id = b.lease_id))
        ) THEN 'effacé' ELSE 'effacé (annulé)' END,
        digest = encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex')
    WHERE leases ? b.lease_id::text
      AND b.fund_id = (SELECT a.fund_id FROM grants_application a WHERE a.id = application)
      AND (
        b.relief_line_id IN (SELECT l.id FROM grants_reliefline l WHERE l.application_id = application)
        OR (
            b.relief_line_id IS NULL
            AND b.voucher_ref IN (
                SELECT l.voucher_ref FROM grants_reliefline l WHERE l.application_id = application
                UNION ALL
                SELECT e.data ->> 'voucher' FROM grants_event e
                WHERE e.application_id = application AND e.action = 'credit'
            )
            AND NOT EXISTS (
                SELECT FROM grants_reliefline l
                WHERE l.lease_id = b.lease_id AND l.voucher_ref = b.voucher_ref AND l.application_id <> application
            )
        )
      );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
"""

UNDO = "DROP FUNCTION grants_forget_booked;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0026_document_notices")]
    operations: ClassVar = [migrations.RunSQL(FORGETTING, UNDO)]
