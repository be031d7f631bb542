"""What makes a ceiling binding is checked in plain SQL, like the ledger it bounds: no setting switches it off.

A charter version is confirmed only by a proposal that two people settled, and a confirmed one, with its criteria,
never changes. Books once closed stay closed.
"""

from typing import ClassVar

from django.db import migrations

CHARTERS = """
CREATE FUNCTION grants_charter_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.confirmed_at IS NOT NULL THEN
        RAISE EXCEPTION 'charter version % is confirmed: it never changes', OLD.version
            USING ERRCODE = 'check_violation', TABLE = 'grants_charter', CONSTRAINT = 'charter_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.confirmed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM grants_fundproposal p
        WHERE p.charter_id = NEW.id AND p.fund_id = NEW.fund_id AND p.action IN ('open', 'amend')
          AND p.state = 'confirmed' AND p.settled_by_id <> p.proposed_by_id
    ) THEN
        RAISE EXCEPTION 'charter version %: two people confirm it, by a proposal', NEW.version
            USING ERRCODE = 'check_violation', TABLE = 'grants_charter', CONSTRAINT = 'charter_confirmed_by_two';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER charter_check BEFORE INSERT OR UPDATE OR DELETE ON grants_charter
    FOR EACH ROW EXECUTE FUNCTION grants_charter_check();

CREATE FUNCTION grants_criterion_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM grants_charter c
        WHERE c.confirmed_at IS NOT NULL
          AND (TG_OP <> 'INSERT' AND c.id = OLD.charter_id OR TG_OP <> 'DELETE' AND c.id = NEW.charter_id)
    ) THEN
        RAISE EXCEPTION 'the criteria of a confirmed charter never change'
            USING ERRCODE = 'check_violation', TABLE = 'grants_chartercriterion', CONSTRAINT = 'criterion_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER criterion_check BEFORE INSERT OR UPDATE OR DELETE ON grants_chartercriterion
    FOR EACH ROW EXECUTE FUNCTION grants_criterion_check();

CREATE FUNCTION grants_books_stay_closed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the books of fund % are closed until %', OLD.code, OLD.closed_until
        USING ERRCODE = 'check_violation', TABLE = 'grants_fund', CONSTRAINT = 'books_stay_closed';
END $$;

CREATE TRIGGER books_stay_closed BEFORE UPDATE ON grants_fund
    FOR EACH ROW WHEN (OLD.closed_until IS NOT NULL AND (NEW.closed_until IS NULL OR NEW.closed_until < OLD.closed_until))
    EXECUTE FUNCTION grants_books_stay_closed();
"""

UNDO = """
DROP TRIGGER books_stay_closed ON grants_fund;
DROP TRIGGER criterion_check ON grants_chartercriterion;
DROP TRIGGER charter_check ON grants_charter;
DROP FUNCTION grants_books_stay_closed, grants_criterion_check, grants_charter_check;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0002_ledger")]
    operations: ClassVar = [migrations.RunSQL(CHARTERS, UNDO)]
