"""What only the database can promise about leases and rent calls."""

from __future__ import annotations

import pgtrigger


def landlord_is_fixed() -> pgtrigger.Trigger:
    """Nothing moves from one landlord to another: their data never meet."""
    return pgtrigger.ReadOnly(name="landlord_is_fixed", fields=["landlord"])


def lease_within_one_landlord() -> pgtrigger.Trigger:
    """A lease, its premises and its tenant belong to the same landlord."""
    return pgtrigger.Trigger(
        name="within_one_landlord",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("premises_id", "tenant_id"),
        func="""
            IF NOT EXISTS (
                SELECT FROM landlords_premises p, landlords_tenantbusiness t
                WHERE p.id = NEW.premises_id AND p.landlord_id = NEW.landlord_id
                  AND t.id = NEW.tenant_id AND t.landlord_id = NEW.landlord_id
            ) THEN
                RAISE EXCEPTION 'lease %: premises and tenant must be of the same landlord', NEW.reference
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_within_one_landlord';
            END IF;
            RETURN NEW;
        """,
    )


def no_overlapping_calls(name: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Two calls of one lease and component never cover the same day.

    Checked once per statement, so that loading many calls stays linear. The leases are locked first: two
    transactions can't each miss the other's call.
    """
    return pgtrigger.Trigger(
        name=f"no_overlap_on_{name}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(new="new_calls"),
        declare=[("overlapping", "record")],
        func="""
            PERFORM FROM landlords_lease WHERE id IN (SELECT lease_id FROM new_calls)
                ORDER BY id FOR NO KEY UPDATE;
            SELECT n.lease_id, n.component, n.period_start INTO overlapping
            FROM new_calls n
            JOIN landlords_rentcall c ON c.lease_id = n.lease_id AND c.component = n.component AND c.id <> n.id
                AND c.period_start <= n.period_end AND c.period_end >= n.period_start
            LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'lease %: calls for % overlap at %',
                    overlapping.lease_id, overlapping.component, overlapping.period_start
                    USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'rentcall_no_overlap';
            END IF;
            RETURN NULL;
        """,
    )
