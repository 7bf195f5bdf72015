"""The rights of each credential against what its lines of connections.yaml need: too few, and too many.

What a service says of its credential, and what is needed, each connector tells.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import anyio

from orchestration_project.connectors.base import ConnectorContext, Scopes, TellsScopes
from orchestration_project.connectors.opened import Line, credentials_of, open_line
from orchestration_project.errors import LeadsError
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Trouble

CAUSE = "scopes"
_SECONDS = 20.0
_MOST = 8


class Rights(Frozen):
    """Of one credential, for all the lines that use it."""

    credential: str  # the variable
    lines: tuple[str, ...]  # `crm (hubspot)`
    missing: tuple[str, ...] = ()
    too_many: tuple[str, ...] = ()
    told: bool = True  # the service says what it may do


async def look_at_rights(lines: Sequence[Line], given: ConnectorContext) -> tuple[Rights, ...]:
    """One cheap question a line; a line that does not answer, or lacks its credential, is told elsewhere."""
    answers: list[tuple[str, Scopes | None, tuple[str, ...]]] = []

    async def ask(line: Line, connector: object) -> None:
        scopes: Scopes | None = None
        if isinstance(connector, TellsScopes):
            try:
                with anyio.fail_after(_SECONDS):
                    scopes = await connector.scopes()
            except (LeadsError, TimeoutError):
                return
        name = f"{line.name} ({line.connection.connector})"
        answers.append((name, scopes, credentials_of(line, given)))

    async with anyio.create_task_group() as group:
        for line in lines:
            if line.connector_class.embedded:
                continue
            try:
                group.start_soon(ask, line, open_line(line, given))
            except LeadsError:
                continue
    return tuple(_of_all(sorted(answers, key=lambda answer: answer[0])))


def _of_all(answers: Sequence[tuple[str, Scopes | None, tuple[str, ...]]]) -> Iterator[Rights]:
    by_credential: Mapping[str, list[tuple[str, Scopes]]] = defaultdict(list)
    for name, scopes, credentials in answers:
        if scopes is not None:
            by_credential[scopes.credential].append((name, scopes))
        elif credentials:
            yield Rights(credential=" and ".join(credentials), lines=(name,), told=False)
    for credential, found in by_credential.items():
        granted, needed, may = (
            frozenset[str]().union(*(getattr(scopes, which) for _, scopes in found))
            for which in ("granted", "needed", "may")
        )
        yield Rights(
            credential=credential,
            lines=tuple(name for name, _ in found),
            missing=tuple(sorted(needed - granted)),
            too_many=tuple(sorted(granted - needed - may)),
        )


def troubles(rights: Sequence[Rights]) -> Iterator[Trouble]:
    """A missing right is a warning, before a lead meets it; one too many a note: nothing breaks of it."""
    for one in rights:
        if not one.missing and not one.too_many:
            continue
        parts = [f"lacks {_listed(one.missing)}"] if one.missing else []
        parts += [f"has more than is needed: {_listed(one.too_many)}"] if one.too_many else []
        mends = ["Give it what it lacks"] if one.missing else []
        mends += ["take away what nothing here needs"] if one.too_many else []
        mend = f"{' and '.join(mends)}; docs/connectors lists what each service needs."
        yield Trouble(
            cause=CAUSE,
            subject=one.credential,
            severity="warning" if one.missing else "note",
            what=f"{one.credential}, for {', '.join(one.lines)}, {'; it '.join(parts)}.",
            mend=mend[:1].upper() + mend[1:],
            command="leads doctor --scopes",
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
