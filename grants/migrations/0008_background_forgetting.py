"""How history is erased when its time is over, in plain SQL like the rest of what always holds.

For the application's role history only grows. It shrinks through `grants_forget` alone, which runs as the owner: for a
file that was erased, and `grants_erasure_check` refuses an erasure that comes too early or against a legal hold; or
for a draft whose deletion is on record.
"""

from typing import ClassVar

from django.db import migrations

FORGETTING = """
CREATE FUNCTION grants_erasure_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM grants_application a
        WHERE a.id = NEW.application_id AND a.closed_on < current_date - 180
          AND a.state IN ('credited', 'reversed', 'cancelled', 'rejected', 'withdrawn', 'lapsed')
    ) THEN
        RAISE EXCEPTION 'application %: only a file closed for 180 days or more is erased', NEW.application_id
            USING ERRCODE = 'check_violation', TABLE = 'grants_erasure', CONSTRAINT = 'erasure_too_early';
    END IF;
    IF EXISTS (
        SELECT FROM grants_legalhold h JOIN grants_application a ON a.fund_id = h.fund_id
        WHERE a.id = NEW.application_id AND h.lifted_on IS NULL
          AND (h.application_id IS NULL OR h.application_id = a.id)
    ) THEN
        RAISE EXCEPTION 'application %: a legal hold keeps it', NEW.application_id
            USING ERRCODE = 'check_violation', TABLE = 'grants_erasure', CONSTRAINT = 'erasure_on_hold';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER erasure_check BEFORE INSERT OR UPDATE ON grants_erasure
    FOR EACH ROW EXECUTE FUNCTION grants_erasure_check();

CREATE FUNCTION grants_forget(application bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM grants_erasure e WHERE e.application_id = application)
        AND (
            EXISTS (SELECT FROM grants_application a WHERE a.id = application)
            OR NOT EXISTS (SELECT FROM grants_event e WHERE e.application_id = application AND e.action = 'discard')
        )
    THEN
        RAISE EXCEPTION 'application %: its history is kept while the file is', application
            USING ERRCODE = 'check_violation', TABLE = 'grants_applicationevent', CONSTRAINT = 'history_kept';
    END IF;
    DELETE FROM grants_applicationevent h WHERE h.pgh_obj_id = application;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
"""

UNDO = """
DROP FUNCTION grants_forget;
DROP TRIGGER erasure_check ON grants_erasure;
DROP FUNCTION grants_erasure_check;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0007_background_records")]
    operations: ClassVar = [migrations.RunSQL(FORGETTING, UNDO)]
