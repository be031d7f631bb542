"""The trigger that the models share: which changes of state pass."""

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
