"""Counting at the sources that can be asked again: what a cursor missed, or somebody deleted, is taken in.

The source's own cursor, with which its sensor reads, is neither used nor moved.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.connectors.form_source.interface import FormSource, ReadsAgain
from orchestration_project.connectors.opened import FormSources
from orchestration_project.data.own_ids import with_own_id
from orchestration_project.errors import LeadsError
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Delivery, Ref
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.prove.model import Mismatch, SourceCount

MOST_PAGES = 1_000
"""A source that never comes to an end is left at that."""


async def count_at_sources(
    ledger: Ledger,
    playbook: Playbook,
    sources: FormSources,
    counts: Sequence[SourceCount],
    since: datetime,
) -> tuple[list[SourceCount], list[Mismatch], list[str]]:
    """The counts with what the sources say; what was missing and is taken in now; who could not be asked."""
    by_source = {count.source: count for count in counts}
    found: list[Mismatch] = []
    silent: list[str] = []
    for name in sources:
        try:
            source = sources[name]
            if not isinstance(source, ReadsAgain):
                continue
            delivered = [delivery async for delivery in _all_since(source, source, since)]
        except LeadsError as error:
            silent.append(f"source {name}: {error}")
            continue
        refs = {_ref(name, with_own_id(delivery)): delivery for delivery in delivered}
        missing = _missing(ledger, name, refs)
        if missing:
            take_in(ledger, playbook, name, [refs[ref] for ref in missing])
        found += [
            Mismatch(about=ref, says=f"is at {name} and was not here: it is taken in now", mended=True)
            for ref in missing
        ]
        if not isinstance(source, Inbox):  # its files are a part of what it took in
            known = by_source.get(name, SourceCount(source=name, taken_in=0, standing={}))
            by_source[name] = known.model_copy(update={"at_source": len(refs)})
    return [by_source[name] for name in sorted(by_source)], found, silent


def _missing(ledger: Ledger, source: str, refs: dict[Ref, Delivery]) -> list[Ref]:
    """What was taken in before its sender's own id was known is kept by its content."""
    by_content = {ref: _ref(source, delivery) for ref, delivery in refs.items()}
    known = ledger.books.known([*{*refs, *by_content.values()}])
    return [ref for ref in refs if ref not in known and by_content[ref] not in known]


def _ref(source: str, delivery: Delivery) -> Ref:
    return make_ref(source, external_id_of(delivery))


async def _all_since(source: FormSource, again: ReadsAgain, since: datetime) -> AsyncGenerator[Delivery]:
    if isinstance(source, Inbox):
        for delivery in source.delivered_since(since):
            yield delivery
        return
    cursor = again.cursor_since(since)
    for _ in range(MOST_PAGES):
        page = await source.fetch(cursor)
        for delivery in page.deliveries:
            yield delivery
        if not page.deliveries or page.cursor == cursor:
            return
        cursor = page.cursor
