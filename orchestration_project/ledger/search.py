"""Looks for words in every column of every table. What is done about it is for others to say.

It reads all that there is, so it takes its time: it is for a person who wants to be sure.
"""

import json
from collections.abc import Collection

from sqlalchemy import Engine, text

from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen

_TEXTS = ("text", "character varying", "character", "jsonb", "json", "ARRAY", "bytea", "xml")
_COLUMNS = text(
    "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
    "JOIN information_schema.tables USING (table_schema, table_name) "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' "
    "AND data_type = ANY(:types) ORDER BY 1, 2, 3"
)


class Hit(Frozen):
    """Rows of one column in which one of the words stands."""

    table: str  # with its schema
    column: str
    rows: int


def spelled(words: Collection[str]) -> list[str]:
    """Each in small letters, as it is, as JSON writes it in ASCII, and as PostgreSQL shows its bytes."""
    found: set[str] = set()
    for word in words:
        small = word.lower()
        escaped = "".join(_as_bytes(byte) for byte in small.encode())
        found |= {small, json.dumps(word)[1:-1].lower(), escaped}
    return sorted(found)


def _as_bytes(byte: int) -> str:
    return chr(byte) if chr(byte).isascii() else f"\\{byte:o}"


def find_everywhere(engine: Engine, words: Collection[str]) -> tuple[Hit, ...]:
    """Where the words stand, in all schemas of this database: the ledger's, the embedded CRM's, Dagster's."""
    hits: list[Hit] = []
    if not words:
        return ()
    with reading(engine) as connection:
        for schema, table, column, kind in connection.execute(_COLUMNS, {"types": list(_TEXTS)}).all():
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            query = (
                f'SELECT count(*) FROM "{schema}"."{table}" WHERE EXISTS (SELECT FROM unnest('  # noqa: S608 - names of the database's own
                f"CAST(:words AS text[])) AS word WHERE strpos(lower({shown}), word) > 0)"
            )
            rows = connection.execute(text(query), {"words": spelled(words)}).scalar_one()
            if rows:
                hits.append(Hit(table=f"{schema}.{table}", column=column, rows=rows))
    return tuple(hits)
