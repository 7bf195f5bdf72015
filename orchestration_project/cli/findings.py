"""What `leads doctor` finds out about the connections: each one is asked once, and none hides another.

The command itself, and what it says of the machine, is in `care.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

import anyio

from orchestration_project.action.autonomy import connection_autonomy
from orchestration_project.action.registry import WRITTEN_TO
from orchestration_project.cli.credentials import GIVE, ending, lacking_rights, renewal, unlisted
from orchestration_project.cli.session import Session, here
from orchestration_project.clock import utc_now
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.base import Connector, ConnectorContext, Health
from orchestration_project.connectors.form_source.interface import FormHealth, PicksByPath
from orchestration_project.connectors.form_source.questions import LONGEST_NAME, listed
from orchestration_project.connectors.opened import Line, lines_of, open_line
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.decision.purse import daily_purse
from orchestration_project.errors import LeadsError, SettingError, without_promise
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.model import Frozen, JsonObject, Lead
from orchestration_project.model.decision import dollars
from orchestration_project.playbook.mistakes import Mistake
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import one_line, so_many
from orchestration_project.watch.scopes import CAUSE as SCOPES
from orchestration_project.watch.scopes import Rights, look_at_rights, troubles

NEWEST = 50
"""Submissions of a source that are looked at for what no lead field takes."""
_KEPT = "or leave it: it is kept with the lead."


class Finding(Frozen):
    """One line of the doctor's report."""

    what: str
    state: Literal["ok", "remark", "broken"]  # after remarks alone, doctor ends well
    says: str
    mend: str = ""
    service: str = ""  # of a connection: which, and how far it may go


@dataclass(frozen=True)
class Opened:
    """A line of connections.yaml with the connector that it opened."""

    line: Line
    connector: Connector


def connection_findings(desk: Session, playbook: Playbook) -> list[Finding]:
    """A line for every line of connections.yaml, and remarks on what they do not take or may not spend."""
    given = connector_context(playbook, desk.installation.home, desk.ledger)
    lines = lines_of(playbook.connections)
    opened: list[Opened] = []
    found: dict[str, Finding] = {}
    for line in lines:
        try:
            opened.append(Opened(line, open_line(line, given)))
        except LeadsError as error:
            lacks = isinstance(error, SettingError)
            found[_key(line)] = Finding(
                what=line.name,
                service=line.connection.connector,
                state="broken",
                says=error.said if lacks else str(error),
                mend=error.mend if lacks else "",
            )
    healths = anyio.run(_check_all, given, [one.connector for one in opened])
    rights = lacking_rights(
        [one.line for one in opened], connector_context(playbook, desk.installation.home, desk.ledger)
    )
    for one, health in zip(opened, healths, strict=True):
        lacking = rights.get((one.line.kind, one.line.name), "") or unlisted(one.line, playbook)
        missing = lacking if health.ok else ""
        mend = renewal(one.line, health, given) if health.refused else without_promise(health.mend)
        found[_key(one.line)] = Finding(
            what=one.line.name,
            service=_service(one, playbook),
            state="broken" if missing or not health.ok else "remark" if health.mend else "ok",
            says=f"{health.says} {missing}".strip(),
            mend=GIVE if missing else mend,
        )
    return [
        *(found[_key(line)] for line in lines),
        *(
            Finding(what=what, state="remark", says=says, mend=mend)
            for what, says, mend in ending(playbook, given)
        ),
        *_spent(desk, playbook, opened),
        *_unmapped(desk, opened, healths),
        *_unmapped_history(desk, playbook),
    ]


def missing_settings(playbook: Playbook) -> tuple[Mistake, ...]:
    """What the services that connections.yaml names lack from the environment. Asks nobody."""
    nowhere = open_engine("postgresql://127.0.0.1:1/nowhere", pool_size=1)  # opening a connector does no I/O
    given = connector_context(playbook, here().home, open_ledger(nowhere, utc_now))
    found: list[Mistake] = []
    for line in lines_of(playbook.connections):
        try:
            open_line(line, given)
        except LeadsError as error:
            lacks = isinstance(error, SettingError)
            found.append(
                Mistake(
                    file="connections.yaml",
                    line=None,
                    what=(error.said if lacks else str(error))
                    .removeprefix("connections.yaml says ")
                    .replace("`, but ", "`: ", 1),
                    mend=error.mend if lacks else "",
                )
            )
    return tuple(found)


def scope_findings(desk: Session, playbook: Playbook) -> tuple[Finding, ...]:
    """A line for each credential: what it may do, against what its lines of connections.yaml need."""
    given = connector_context(playbook, desk.installation.home, desk.ledger)

    async def ask() -> tuple[Rights, ...]:
        async with aclosing(given):
            return await look_at_rights(lines_of(playbook.connections), given)

    rights = anyio.run(ask)
    found = {trouble.subject: trouble for trouble in troubles(rights)}
    desk.ledger.alerts.observe(SCOPES, list(found.values()))  # what was mended is told now, and not tomorrow
    return tuple(
        Finding(
            what=one.credential,
            service=", ".join(one.lines),
            state="broken" if one.missing else "remark" if one.too_many else "ok",
            says=_rights_of(one),
            mend=found[one.credential].mend if one.credential in found else "",
        )
        for one in rights
    )


def _rights_of(one: Rights) -> str:
    if not one.told:
        return "The service does not say what it may do."
    parts = [f"It lacks {', '.join(one.missing)}."] if one.missing else []
    parts += [f"It has more than is needed: {', '.join(one.too_many)}."] if one.too_many else []
    return " ".join(parts) or "It has what is needed, and no more."


def _key(line: Line) -> str:
    """A form source may be called like a kind, such as `website`."""
    return f"{line.kind} {line.name}"


def _service(one: Opened, playbook: Playbook) -> str:
    """`hubspot, observe`: how far a service may go is what people forget first."""
    connector = one.line.connection.connector
    if one.connector.embedded or one.line.kind not in WRITTEN_TO:
        return connector
    autonomy = connection_autonomy(one.line.kind, playbook.connections, embedded=False)
    return f"{connector}, {autonomy.name.lower()}"


async def _check_all(given: ConnectorContext, connectors: Sequence[Connector]) -> list[Health]:
    healths: dict[int, Health] = {}

    async def check(number: int, connector: Connector) -> None:
        healths[number] = await connector.check()

    try:
        async with anyio.create_task_group() as group:
            for number, connector in enumerate(connectors):
                group.start_soon(check, number, connector)
    finally:
        await given.aclose()
    return [healths[number] for number in range(len(connectors))]


def _spent(desk: Session, playbook: Playbook, opened: Sequence[Opened]) -> Iterator[Finding]:
    """What the AI has cost today, where it costs anything."""
    if not any(one.line.kind == "ai" and not one.connector.embedded for one in opened):
        return
    purse = daily_purse(playbook, desk.ledger.spend)
    spent = purse.spent_today()
    limit = "without a limit" if purse.limit is None else f"of {dollars(purse.limit)}"
    says = f"{dollars(spent)} spent today {limit}."
    if purse.limit is not None and spent >= purse.limit:
        mend = "Until tomorrow the scorecard scores. Raise `daily_limit_usd` in playbook.yaml for more."
        yield Finding(what="ai", state="remark", says=says, mend=mend)
    else:
        yield Finding(what="ai", state="ok", says=says)


def _unmapped(desk: Session, opened: Sequence[Opened], healths: Sequence[Health]) -> Iterator[Finding]:
    """The questions that no lead field is mapped to: of the form where its service lists them, else of
    what came in."""
    for one, health in zip(opened, healths, strict=True):
        if one.line.kind != "form_source" or not health.ok:
            continue
        name, fields = one.line.name, one.line.connection.fields
        if isinstance(health, FormHealth):
            from orchestration_project.data.unmapped import unmapped_questions  # noqa: PLC0415 - takes a while

            names = unmapped_questions(health.asks, fields)
            says = f"No lead field is mapped to these questions of the form: {listed(names)}."
        else:
            payloads = _newest(desk, name)
            if isinstance(one.connector, PicksByPath):
                payloads = [one.connector.not_picked(payload) for payload in payloads]
            if not payloads:
                continue
            from orchestration_project.data.unmapped import unmapped_fields  # noqa: PLC0415 - as above

            names = unmapped_fields(payloads, fields)
            says = _carried(names, len(payloads))
        if names:
            mend = f"Add `fields: {{...}}` on its line in connections.yaml, {_KEPT}"
            yield Finding(what=name, state="remark", says=says, mend=mend)


def _unmapped_history(desk: Session, playbook: Playbook) -> Iterator[Finding]:
    for source in desk.ledger.submissions.imported_sources():
        page = desk.ledger.lists.page(LeadFilter(sources=(source,)), limit=NEWEST)
        # as they were read: a later import of the file may have named its columns
        leads = desk.ledger.facts.read(Lead, [line.ref for line in page])
        from orchestration_project.data.unmapped import left_over  # noqa: PLC0415 - as above

        names = left_over(leads.values())
        if names and source not in playbook.connections.form_sources:
            yield Finding(
                what=one_line(source, LONGEST_NAME),
                state="remark",
                says=_carried(names, len(leads)),
                mend=f'Name it at the next import with `--map FIELD="Column"`, {_KEPT}',
            )


def _carried(names: Sequence[str], submissions: int) -> str:
    newest = so_many(submissions, "submission")
    return f"No lead field is mapped to what its newest {newest} call {listed(names)}."


def _newest(desk: Session, source: str) -> list[JsonObject]:
    payloads: list[JsonObject] = []
    for raw in desk.ledger.submissions.newest(source, NEWEST):
        try:
            payloads.append(parse_payload(raw))
        except UnreadableSubmission:
            continue  # in quarantine, with its reason
    return payloads
