"""Triggers that the models share: which state changes pass, and what never changes again."""

from collections.abc import Iterable

import pgtrigger


def moves_only(name: str, start: str, moves: Iterable[tuple[str, str]]) -> pgtrigger.Trigger:
    """Rows begin in `start`, and `state` changes only along `moves`; from SQL and `QuerySet.update` too."""
    pairs = ", ".join(f"('{source}', '{target}')" for source, target in moves)
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
        func=f"""
            IF TG_OP = 'INSERT' THEN
                IF NEW.state <> '{start}' THEN
                    RAISE EXCEPTION '% starts as {start}, not as %', TG_TABLE_NAME, NEW.state
                        USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
                END IF;
            ELSIF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({pairs}) THEN
                RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.state, NEW.state
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,
    )


def immutable_once(name: str, column: str) -> pgtrigger.Trigger:
    """A row can't be changed or deleted any more once `column` is filled."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        condition=pgtrigger.Q(**{f"old__{column}__isnull": False}),
        func=f"""
            RAISE EXCEPTION '% % is final', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
        """,
    )


def frozen_with_charter(name: str) -> pgtrigger.Trigger:
    """Rows of a charter version can't be added, changed or removed once the version is confirmed."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("version_id", "bigint")],
        func=f"""
            version_id := CASE WHEN TG_OP = 'DELETE' THEN OLD.charter_id ELSE NEW.charter_id END;
            IF EXISTS (SELECT FROM grants_charter WHERE id = version_id AND confirmed_at IS NOT NULL) THEN
                RAISE EXCEPTION 'charter version % is confirmed: its terms are final', version_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,
    )
