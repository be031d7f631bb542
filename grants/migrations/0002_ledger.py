"""The ledger's guarantees, in plain SQL: a trigger library can be switched off by a session, these can't.

Functions that write run as the owner of the tables (SECURITY DEFINER), since the application's role may not move a
position. Each names its search path, with `pg_temp` last, so that a temporary table can't stand in for a real one.
"""

from typing import ClassVar

from django.db import migrations

# What is hashed for one row. `concat` writes NULL as nothing, and the line break keeps fields apart. STABLE and
# without a search path of its own, so that the planner inlines it. grants/ledger/canonical.py says the same in Python.
CANONICAL = r"""
CREATE FUNCTION grants_ledger_canonical(
    number bigint, kind text, source text, target text, amount_cents bigint,
    event_id bigint, application_id bigint, relief_line_id bigint, charter_version bigint,
    value_date date, posted_at timestamptz, reverses_number bigint,
    available_after bigint, reserved_after bigint, committed_after bigint, credited_after bigint
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN concat(
    number, E'\n', kind, E'\n', source, E'\n', target, E'\n', amount_cents, E'\n',
    event_id, E'\n', application_id, E'\n', relief_line_id, E'\n', charter_version, E'\n',
    to_char(value_date::timestamp, 'YYYY-MM-DD'), E'\n', extract(epoch FROM posted_at), E'\n', reverses_number, E'\n',
    available_after, E'\n', reserved_after, E'\n', committed_after, E'\n', credited_after, E'\n'
);

CREATE FUNCTION grants_ledger_digest(canonical text, previous_digest text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN encode(sha256(convert_to(canonical || previous_digest, 'UTF8')), 'hex');

CREATE FUNCTION grants_ledger_genesis(code text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN encode(sha256(convert_to('fundadmin:ledger:v1:' || code, 'UTF8')), 'hex');
"""

# The only values a position may hold: the fund's last ledger row and its current charter's ceiling. Without
# `enable_seqscan = off`, a session that planned this while the ledger was small would go on reading all of it.
POSITION_SAID = """
CREATE FUNCTION grants_position_said(
    fund bigint,
    OUT last_number bigint, OUT last_digest text, OUT last_value_date date, OUT endowed_cents bigint,
    OUT available_cents bigint, OUT reserved_cents bigint, OUT committed_cents bigint, OUT credited_cents bigint,
    OUT ceiling_cents bigint
) LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
    SELECT e.number, e.digest, e.value_date, e.available_after + e.reserved_after + e.committed_after + e.credited_after,
        e.available_after, e.reserved_after, e.committed_after, e.credited_after
    INTO last_number, last_digest, last_value_date, endowed_cents,
        available_cents, reserved_cents, committed_cents, credited_cents
    FROM grants_ledgerentry e WHERE e.fund_id = fund ORDER BY e.number DESC LIMIT 1;
    IF NOT FOUND THEN
        last_number := 0;
        last_digest := (SELECT grants_ledger_genesis(f.code) FROM grants_fund f WHERE f.id = fund);
        endowed_cents := 0;
        available_cents := 0;
        reserved_cents := 0;
        committed_cents := 0;
        credited_cents := 0;
    END IF;
    ceiling_cents := coalesce((
        SELECT c.ceiling_cents FROM grants_charter c
        WHERE c.fund_id = fund AND c.confirmed_at IS NOT NULL ORDER BY c.version DESC LIMIT 1
    ), 0);
END $$;
"""

# Checks every row that one statement added, in order, then moves each fund's position once. Set-based, so that a bulk
# post is linear; its sort stays in memory up to some 400,000 rows, and compiling the query would cost small posts more
# than it saves large ones. A refusal's CONSTRAINT name is what grants/ledger/posting.py turns into a sentence.
CHECK_POSTED = """
CREATE FUNCTION grants_ledger_check_posted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off SET work_mem = '128MB' AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date;
    refused record;
BEGIN
    -- Raw SQL holds no lock yet: with it, the next statement sees every row posted before ours.
    PERFORM FROM grants_position WHERE fund_id IN (SELECT fund_id FROM posted) ORDER BY fund_id FOR NO KEY UPDATE;

    WITH followed AS (
        SELECT n.*,
            row_number() OVER following AS place,
            lag(n.digest) OVER following AS last_digest,
            lag(n.value_date) OVER following AS last_value_date,
            lag(n.available_after) OVER following AS available_before,
            lag(n.reserved_after) OVER following AS reserved_before,
            lag(n.committed_after) OVER following AS committed_before,
            lag(n.credited_after) OVER following AS credited_before,
            CASE WHEN n.reverses_id IS NOT NULL THEN (
                SELECT r.number FROM grants_ledgerentry r
                WHERE r.id = n.reverses_id AND r.kind = 'credit' AND r.fund_id = n.fund_id
                    AND r.relief_line_id = n.relief_line_id AND r.amount_cents = n.amount_cents
            ) END AS reverses_number
        FROM posted n WINDOW following AS (PARTITION BY n.fund_id ORDER BY n.number)
    ), checked AS (
        SELECT e.fund_id, e.number, CASE
            WHEN e.number IS DISTINCT FROM p.last_number + e.place THEN 'ledger_number_follows'
            WHEN v.fund_id IS DISTINCT FROM e.fund_id THEN 'ledger_event_of_fund'
            WHEN c.fund_id IS DISTINCT FROM e.fund_id OR c.confirmed_at IS NULL THEN 'ledger_charter_of_fund'
            WHEN e.kind = 'endow' AND EXISTS (
                SELECT FROM grants_charter later
                WHERE later.fund_id = e.fund_id AND later.confirmed_at IS NOT NULL AND later.version > c.version
            ) THEN 'ledger_charter_current'
            WHEN e.relief_line_id IS NOT NULL AND (a.fund_id, a.id) IS DISTINCT FROM (e.fund_id, e.application_id)
                THEN 'ledger_line_of_application'
            WHEN e.reverses_id IS NOT NULL AND coalesce(e.reverses_number >= e.number, true)
                THEN 'ledger_reverses_credit'
            WHEN e.value_date < coalesce(e.last_value_date, p.last_value_date) THEN 'ledger_value_date_order'
            WHEN e.value_date > today THEN 'ledger_value_date_future'
            WHEN e.value_date <= f.closed_until THEN 'ledger_books_closed'
            WHEN e.available_after <> coalesce(e.available_before, p.available_cents)
                    + CASE 'available' WHEN e.target THEN e.amount_cents WHEN e.source THEN -e.amount_cents ELSE 0 END
                OR e.reserved_after <> coalesce(e.reserved_before, p.reserved_cents)
                    + CASE 'reserved' WHEN e.target THEN e.amount_cents WHEN e.source THEN -e.amount_cents ELSE 0 END
                OR e.committed_after <> coalesce(e.committed_before, p.committed_cents)
                    + CASE 'committed' WHEN e.target THEN e.amount_cents WHEN e.source THEN -e.amount_cents ELSE 0 END
                OR e.credited_after <> coalesce(e.credited_before, p.credited_cents)
                    + CASE 'credited' WHEN e.target THEN e.amount_cents WHEN e.source THEN -e.amount_cents ELSE 0 END
                THEN 'ledger_balances'
            WHEN e.available_after + e.reserved_after + e.committed_after + e.credited_after > p.ceiling_cents
                THEN 'position_within_ceiling'
            WHEN e.digest <> grants_ledger_digest(grants_ledger_canonical(
                    e.number, e.kind, e.source, e.target, e.amount_cents,
                    e.event_id, e.application_id, e.relief_line_id, c.version,
                    e.value_date, e.posted_at, e.reverses_number,
                    e.available_after, e.reserved_after, e.committed_after, e.credited_after
                ), coalesce(e.last_digest, p.last_digest)) THEN 'ledger_digest'
        END AS broken
        FROM followed e
        LEFT JOIN grants_position p ON p.fund_id = e.fund_id
        LEFT JOIN grants_fund f ON f.id = e.fund_id
        LEFT JOIN grants_event v ON v.id = e.event_id
        LEFT JOIN grants_charter c ON c.id = e.charter_id
        LEFT JOIN (grants_reliefline l JOIN grants_application a ON a.id = l.application_id) ON l.id = e.relief_line_id
    )
    -- No LIMIT: it would make the planner bet on finding a broken row early, and a bulk post has none.
    SELECT fund_id, number, broken INTO refused FROM checked WHERE broken IS NOT NULL ORDER BY fund_id, number;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger of fund %, entry %: refused by %', refused.fund_id, refused.number, refused.broken
            USING ERRCODE = 'check_violation', TABLE = 'grants_ledgerentry', CONSTRAINT = refused.broken;
    END IF;

    UPDATE grants_position p SET (
        last_number, last_digest, last_value_date, endowed_cents,
        available_cents, reserved_cents, committed_cents, credited_cents
    ) = (
        SELECT s.last_number, s.last_digest, s.last_value_date, s.endowed_cents,
            s.available_cents, s.reserved_cents, s.committed_cents, s.credited_cents
        FROM grants_position_said(p.fund_id) s
    ) WHERE p.fund_id IN (SELECT fund_id FROM posted);
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_check_posted AFTER INSERT ON grants_ledgerentry
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION grants_ledger_check_posted();
"""

POSITION = """
CREATE FUNCTION grants_position_check() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said record;
BEGIN
    said := grants_position_said(NEW.fund_id);
    IF (NEW.last_number, NEW.last_digest, NEW.last_value_date, NEW.endowed_cents, NEW.available_cents,
            NEW.reserved_cents, NEW.committed_cents, NEW.credited_cents, NEW.ceiling_cents)
        IS DISTINCT FROM (said.last_number, said.last_digest, said.last_value_date, said.endowed_cents,
            said.available_cents, said.reserved_cents, said.committed_cents, said.credited_cents, said.ceiling_cents)
    THEN
        RAISE EXCEPTION 'position of fund %: it may only say what the ledger and the charter say', NEW.fund_id
            USING ERRCODE = 'check_violation', TABLE = 'grants_position', CONSTRAINT = 'position_is_the_ledgers';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER position_check BEFORE INSERT OR UPDATE ON grants_position
    FOR EACH ROW EXECUTE FUNCTION grants_position_check();

CREATE FUNCTION grants_position_create() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO grants_position (
        fund_id, last_number, last_digest, last_value_date, endowed_cents,
        available_cents, reserved_cents, committed_cents, credited_cents, ceiling_cents
    )
    SELECT NEW.id, last_number, last_digest, last_value_date, endowed_cents,
        available_cents, reserved_cents, committed_cents, credited_cents, ceiling_cents
    FROM grants_position_said(NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER position_create AFTER INSERT ON grants_fund
    FOR EACH ROW EXECUTE FUNCTION grants_position_create();

CREATE FUNCTION grants_position_set_ceiling() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Locked first: the next statement then sees every charter confirmed before ours.
    PERFORM FROM grants_position WHERE fund_id IN (OLD.fund_id, NEW.fund_id) ORDER BY fund_id FOR NO KEY UPDATE;
    UPDATE grants_position p SET ceiling_cents = (SELECT s.ceiling_cents FROM grants_position_said(p.fund_id) s)
    WHERE p.fund_id IN (OLD.fund_id, NEW.fund_id);
    RETURN NULL;
END $$;

CREATE TRIGGER position_set_ceiling AFTER INSERT OR UPDATE OR DELETE ON grants_charter
    FOR EACH ROW EXECUTE FUNCTION grants_position_set_ceiling();
"""

KEPT = r"""
CREATE FUNCTION grants_ledger_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- The test runner empties its own databases between tests.
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on %: what was posted stays', lower(TG_OP), TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ledger_append_only';
END $$;

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION grants_ledger_refuse();

CREATE TRIGGER position_kept BEFORE DELETE OR TRUNCATE ON grants_position
    FOR EACH STATEMENT EXECUTE FUNCTION grants_ledger_refuse();

CREATE FUNCTION grants_fund_code_fixed() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'fund %: its code starts its chain and never changes', OLD.code
        USING ERRCODE = 'restrict_violation', TABLE = 'grants_fund', CONSTRAINT = 'fund_code_fixed';
END $$;

CREATE TRIGGER fund_code_fixed BEFORE UPDATE ON grants_fund
    FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION grants_fund_code_fixed();
"""

UNDO = """
DROP TRIGGER fund_code_fixed ON grants_fund;
DROP TRIGGER position_kept ON grants_position;
DROP TRIGGER ledger_append_only ON grants_ledgerentry;
DROP TRIGGER position_set_ceiling ON grants_charter;
DROP TRIGGER position_create ON grants_fund;
DROP TRIGGER position_check ON grants_position;
DROP TRIGGER ledger_check_posted ON grants_ledgerentry;
DROP FUNCTION grants_fund_code_fixed, grants_ledger_refuse, grants_position_set_ceiling, grants_position_create,
    grants_position_check, grants_ledger_check_posted, grants_position_said, grants_ledger_genesis,
    grants_ledger_digest, grants_ledger_canonical;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("grants", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(CANONICAL + POSITION_SAID + CHECK_POSTED + POSITION + KEPT, UNDO),
    ]
