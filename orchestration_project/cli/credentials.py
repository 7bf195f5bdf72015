"""What `leads doctor` says of credentials: which to renew, what they lack, and when they end.

Whether each connection works is `findings.py`; all rights of each credential, `doctor --scopes`.
"""

from collections.abc import Iterator, Sequence

import anyio

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.credential_ends import ALWAYS_END, WARN_BEFORE, known_ends
from orchestration_project.connectors.opened import Line, credentials_of, lines_of
from orchestration_project.errors import without_promise
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import zone
from orchestration_project.watch.scopes import look_at_rights

GIVE = "Give it what it lacks, then run `leads doctor`; docs/connectors lists what each service needs."


def renewal(line: Line, health: Health, given: ConnectorContext) -> str:
    """Of a credential that is refused: what is to be done, with the names of its variables."""
    names, mend = credentials_of(line, given), without_promise(health.mend)
    if not names or any(name in mend for name in names):
        return mend
    named = " or ".join(names)
    return mend.replace("the credential", named, 1) if "the credential" in mend else f"Renew {named}. {mend}"


def lacking_rights(lines: Sequence[Line], given: ConnectorContext) -> dict[tuple[str, str], str]:
    """By kind and name of the line, the rights that its credential lacks, where the service tells them: the
    first write would be refused."""

    async def ask() -> dict[str, str]:
        try:
            rights = await look_at_rights(lines, given)
        finally:
            await given.aclose()
        return {
            name: f"{one.credential} lacks {', '.join(one.missing)}."
            for one in rights
            if one.missing
            for name in one.lines
        }

    lacks = anyio.run(ask)
    named = {(line.kind, line.name): f"{line.name} ({line.connection.connector})" for line in lines}
    return {key: lacks[name] for key, name in named.items() if name in lacks}


def unlisted(line: Line, playbook: Playbook) -> str:
    """Of a line that names its lists one by one: the sequences of tracks that it has none for."""
    lists = line.connection.options.get("lists")
    if line.kind != "sequence" or not isinstance(lists, dict):
        return ""
    names = {track.sequence for track in playbook.tracks if track.sequence} - set(lists)
    return f"Its `lists:` lacks {', '.join(sorted(names))}, which playbook.yaml names." if names else ""


def ending(playbook: Playbook, given: ConnectorContext) -> Iterator[tuple[str, str, str]]:
    """The variable, what there is to say of it, and what to do: of those that end soon by what they say
    themselves, and of those whose end only the owner can look up, while it is not stated."""
    today = given.clock().astimezone(zone(playbook.business.time_zone)).date()
    found: dict[str, tuple[str, str]] = {}
    for line in lines_of(playbook.connections):
        for name, on in known_ends(line, given).items():
            if on - today <= WARN_BEFORE:
                found[name] = f"It ends on {on}.", "Renew it before: leads wait from that day on."
        for name in credentials_of(line, given):
            if name in ALWAYS_END and name not in playbook.alerts.ends:
                stated = f"Write its day under `alerts: ends: {{{name}: 2027-05-01}}` in playbook.yaml."
                found[name] = f"It ends {ALWAYS_END[name]}.", f"{stated} It is told sixty days before."
    yield from ((name, *words) for name, words in found.items())
