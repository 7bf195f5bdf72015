"""Whether what a source delivers still has the shape that it had: fields that vanished, came, were renamed.

Which field means what is the playbook's and the data layer's part; here only names are looked at, no values.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from orchestration_project.connectors.crm.interface import TellsFields
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.opened import Connected
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.model import Frozen, JsonObject
from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.playbook.model import Playbook

CAUSE = "shape"
NEWEST, BEFORE = 20, 100
"""Submissions that are looked at, and those before them that they are held against."""
LEAST = 10
"""With fewer on either side nothing is said: one person may leave a field blank."""
USUAL = 0.8
"""A field that stood in so many of them is expected in the next ones."""


_MEND = (
    "Where a field was renamed, name it on the source's line in connections.yaml under `fields:`. It ends by "
    "itself once it has been like that for a week or two."
)
_MEND_CRM = (
    "Where we write into it, give it back its name; one of ours the next write makes anew (leads doctor)."
)


class Change(Frozen):
    source: str
    vanished: tuple[str, ...]
    new: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]  # from, to: the one went when the other came

    @property
    def words(self) -> str:
        told = [f"{before} is now {after}" for before, after in self.renamed]
        told += [f"{name} is gone" for name in self.vanished]
        told += [f"{name} is new" for name in self.new]
        return "; ".join(told)


def look_at_shapes(ledger: Ledger, playbook: Playbook) -> tuple[Change, ...]:
    """Of every source, what has changed of late."""
    found = (change_of(name, _payloads(ledger, name)) for name in playbook.connections.form_sources)
    return tuple(change for change in found if change is not None)


async def look_at_definitions(
    ledger: Ledger, playbook: Playbook, connected: Connected
) -> tuple[tuple[Change, ...], frozenset[str]]:
    """What the services themselves say: the questions of forms, and the fields of the CRM's contacts, before
    a submission or a write misses one. And the names that we write in the CRM. Who does not answer, or does
    not tell, is passed over: that it is away is told elsewhere."""
    changes: list[Change] = []
    used: frozenset[str] = frozenset()
    for name in playbook.connections.form_sources:
        with suppress(LeadsError):
            health = await connected.form_sources[name].check()
            if isinstance(health, FormHealth) and health.ok and health.asks:
                changed = ledger.field_names.saw(name, frozenset(health.asks))
                changes += _as_change(name, changed.vanished, changed.new)
    with suppress(LeadsError):
        crm = connected.of_kind("crm")
        if isinstance(crm, TellsFields):
            fields = await crm.contact_fields()
            used = fields.used
            changed = ledger.field_names.saw(CRM_SOURCE, fields.names)
            # what an owner adds to the CRM concerns nobody here, unless it takes another's place
            changes += _as_change(CRM_SOURCE, changed.vanished, changed.new if changed.vanished else ())
    return tuple(changes), used


def _as_change(source: str, vanished: tuple[str, ...], new: tuple[str, ...]) -> list[Change]:
    if not vanished and not new:
        return []
    if len(vanished) == len(new) == 1:
        return [Change(source=source, vanished=(), new=(), renamed=((vanished[0], new[0]),))]
    return [Change(source=source, vanished=vanished, new=new, renamed=())]


def change_of(source: str, newest_first: Sequence[JsonObject]) -> Change | None:
    """None: nothing, or too little to tell."""
    now, before = newest_first[:NEWEST], newest_first[NEWEST:]
    if len(now) < LEAST or len(before) < LEAST:
        return None
    shares_now, shares_before = _shares(now), _shares(before)
    vanished = [name for name, share in shares_before.items() if share >= USUAL and name not in shares_now]
    new = [name for name, share in shares_now.items() if share >= USUAL and name not in shares_before]
    # a field that goes when one other comes, and nothing else: very likely the same question
    renamed = tuple(zip(vanished, new, strict=True)) if len(vanished) == len(new) == 1 else ()
    if not (vanished or new):
        return None
    return Change(
        source=source,
        vanished=() if renamed else tuple(vanished),
        new=() if renamed else tuple(new),
        renamed=renamed,
    )


def report_shapes(ledger: Ledger, changes: Iterable[Change], names: Mapping[str, Sequence[str]]) -> None:
    """A trouble a source, while its newest submissions look otherwise than those before. `names` are those
    that the playbook maps, by source: what is gone of them is missed in every lead."""
    ledger.alerts.observe(CAUSE, [_trouble(change, names.get(change.source, ())) for change in changes])


def _trouble(change: Change, mapped: Sequence[str]) -> Trouble:
    crm = change.source == CRM_SOURCE
    lost = {*change.vanished, *(before for before, _ in change.renamed)} & {*mapped}
    return Trouble(
        cause=CAUSE,
        subject=change.source,
        severity="warning" if lost else "note",
        what=f"{'Contacts in the CRM have' if crm else f'The form of {change.source} delivers'} other fields "
        f"than {'they' if crm else 'it'} did: {change.words}.",
        mend=_MEND_CRM if crm else _MEND,
        command="leads doctor",
    )


def _payloads(ledger: Ledger, source: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    for raw in ledger.submissions.newest(source, NEWEST + BEFORE):
        try:
            found.append(parse_payload(raw))
        except UnreadableSubmission:
            continue  # in quarantine with its reason, or erased
    return found


def _shares(payloads: Sequence[JsonObject]) -> dict[str, float]:
    """Of each field, in how many of the submissions it stands, blank or not."""
    counts = Counter(name for payload in payloads for name in payload)
    return {name: number / len(payloads) for name, number in sorted(counts.items())}
