"""Searches Dagster's event log for what tells who somebody is: names, addresses, numbers, messages.

Whose words to look for, the ledger says; what is done about it, `findings.py`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

import dagster as dg

from orchestration_project.model import Ref

MOST = 5_000
"""Events of one look, the newest runs first."""
PAGE = 1_000
SHORTEST = 6
_WORD = re.compile(r"\w+")


def scan(
    instance: dg.DagsterInstance, people: Mapping[Ref, Mapping[str, str]], since: datetime
) -> tuple[dict[str, list[str]], int]:
    """The kinds of data that were found, by the lead they are of, and how many events were looked at."""
    by_word = _by_rarest_word(people)
    found: dict[str, list[str]] = defaultdict(list)
    looked_at = 0
    for text in _texts(instance, since):
        looked_at += 1
        folded = text.casefold()
        for word in by_word.keys() & set(_WORD.findall(folded)):
            for term, ref, kind in by_word[word]:
                if term in folded and kind not in found[ref]:
                    found[ref].append(kind)
    return {ref: kinds for ref, kinds in found.items() if kinds}, looked_at


def _by_rarest_word(
    people: Mapping[Ref, Mapping[str, str]],
) -> dict[str, list[tuple[str, Ref, str]]]:
    """What to look for, by its longest word: most events hold none of them, and need no closer look."""
    terms: dict[str, list[tuple[str, Ref, str]]] = defaultdict(list)
    for ref, words in people.items():
        for kind, value in words.items():
            if len(value) < SHORTEST or (kind == "name" and " " not in value):
                continue
            # as it stands, and as JSON writes what is not ASCII
            for spelled in {value.casefold(), json.dumps(value)[1:-1].casefold()}:
                if longest := max(_WORD.findall(spelled), key=len, default=None):
                    terms[longest].append((spelled, ref, kind))
    return terms


def _texts(instance: dg.DagsterInstance, since: datetime) -> Iterator[str]:
    """Each event as it is kept, and each run with its tags and config."""
    left = MOST
    for record in instance.get_run_records(dg.RunsFilter(updated_after=since)):
        run = record.dagster_run
        yield json.dumps([dict(run.tags), run.run_config], default=str)
        cursor: str | None = None
        while left > 0:
            page = instance.get_records_for_run(run.run_id, cursor=cursor, limit=min(PAGE, left))
            for entry in page.records:
                yield dg.serialize_value(entry.event_log_entry)
            left -= len(page.records)
            cursor = page.cursor
            if not page.has_more:
                break
