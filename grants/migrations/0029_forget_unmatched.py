"""Erasing a file forgets also what a tenant's account shows on its leases and no voucher of the fund explains.

`grants_forget_booked` (0027) anew: a line of an account that matched no voucher moves to the anonymous lease too, once
the fund has no other application on the lease, drafts aside. Its amount and its day stay in the reconciliation.
"""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

FORGETTING = """
CREATE OR REPLACE FUNCTION grants_forget_booked(application bigint, leases jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
    fund bigint;
    credited text[];
BEGIN
    IF NOT EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = application) THEN
        RAISE EXCEPTION 'application %: what was booked of it is kept while the file is', application
            USING ERRCODE = 'check_violation', TABLE = 'grants_bookedcredit', CONSTRAINT = 'booked_kept';
    END IF;
    SELECT a.fund_id INTO fund FROM grants_application a WHERE a.id = application;
    SELECT array_agg(named.ref) INTO credited FROM (
        SELECT l.voucher_ref AS ref FROM grants_reliefline l WHERE l.application_id = application
        UNION ALL
        SELECT e.data ->> 'voucher' FROM grants_event e WHERE e.application_id = application AND e.action = 'credit'
    ) named;
    UPDATE grants_bookedcredit b SET
        lease_id = (leases ->> b.lease_id::text)::bigint,
        voucher_ref = CASE
            WHEN EXISTS (
                SELECT FROM grants_reliefline l
                WHERE l.application_id = application AND l.voucher_ref = b.voucher_ref
                  AND (l.id = b.relief_line_id OR (b.relief_line_id IS NULL AND l.lease_id = b.lease_id))
            ) THEN 'effacé'
            -- Of a credit that was undone it goes on saying nothing of the lines; nor does what was never one.
            WHEN b.relief_line_id IS NOT NULL OR b.voucher_ref = ANY (credited) THEN 'effacé (annulé)'
            ELSE 'effacé (inconnu)'
        END,
        digest = encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex')
    WHERE leases ? b.lease_id::text
      AND b.fund_id = fund
      AND (
        b.relief_line_id IN (SELECT l.id FROM grants_reliefline l WHERE l.application_id = application)
        OR (
            b.relief_line_id IS NULL
            AND b.voucher_ref = ANY (credited)
            AND NOT EXISTS (
                SELECT FROM grants_reliefline l
                WHERE l.lease_id = b.lease_id AND l.voucher_ref = b.voucher_ref AND l.application_id <> application
            )
        )
        OR (
            b.relief_line_id IS NULL
            AND NOT EXISTS (
                SELECT FROM grants_reliefline l JOIN grants_application a ON a.id = l.application_id
                WHERE l.lease_id = b.lease_id AND a.id <> application AND a.fund_id = fund AND a.state <> 'draft'
            )
        )
      );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
"""

BEFORE = import_module("grants.migrations.0027_forget_booked")
UNDO = f"{BEFORE.UNDO}{BEFORE.FORGETTING}"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0028_history_instants")]
    operations: ClassVar = [migrations.RunSQL(FORGETTING, UNDO)]
