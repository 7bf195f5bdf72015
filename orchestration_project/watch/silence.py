"""Notices that the watch itself is silent, and tells of it: for `leads dev`, and for a cron elsewhere.

It needs the ledger's database and nothing of Dagster: whichever of its processes died, the mark grows old.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from orchestration_project.ledger import Ledger
from orchestration_project.model.alerts import Trouble
from orchestration_project.watch.alerts.teller import Round, Teller
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.opening import MARK

CAUSE = "silence"
SILENT_AFTER = timedelta(seconds=100)
"""The watch looks every half minute, and a look may take some seconds."""
DAEMON_DEAD_AFTER = timedelta(seconds=90)
"""Its parts tell every half minute that they live."""
_HEARTBEAT = text("SELECT max(timestamp) FROM dagster.daemon_heartbeats WHERE daemon_type = 'SENSOR'")


@dataclass(frozen=True)
class Silence:
    trouble: Trouble | None
    told: Round


def look_for_silence(seen: Seen) -> Silence:
    """Tells that the watch has not looked for so long, or does again. What else is due is told, too: nobody
    else does."""
    trouble = silence(seen.ledger, seen.now)
    seen.ledger.alerts.observe(CAUSE, [trouble] if trouble else [])
    return Silence(trouble, Teller(seen.ledger, seen.audience, seen.given).tell())


def tell_end(seen: Seen, words: str) -> None:
    """Dagster has ended otherwise than by somebody's wish, which `leads dev` sees at once."""
    what = f"Dagster has ended, and no lead goes on: {words}"
    seen.ledger.alerts.observe(CAUSE, [_trouble(what, seen.now)])
    Teller(seen.ledger, seen.audience, seen.given).tell()


def silence(ledger: Ledger, now: datetime) -> Trouble | None:
    """What is dead, as far as the database knows."""
    mark = ledger.marks.read().get(MARK)
    if mark is not None and abs(now - mark.at) <= SILENT_AFTER:
        return None
    heard = _last_of_daemon(ledger.engine)
    if mark is None:
        what, since = "The watch has never looked: sensors do not tick.", None
    elif heard is not None and now - heard <= DAEMON_DEAD_AFTER:
        what, since = "Dagster's code server does not answer, or the sensor `watch` is off.", mark.at
    else:
        what, since = "Dagster's daemon is dead, or its machine: no sensor ticks.", mark.at
    return _trouble(what, since)


def _trouble(what: str, since: datetime | None) -> Trouble:
    return Trouble(
        cause=CAUSE,
        severity="urgent",
        what=what,
        since=since,
        service="Dagster",
        mend="Look at the machine, and start Dagster there; no lead is read or worked on meanwhile. In the "
        "Dagster UI the sensor `watch` has to be on.",
        command="leads dev",
    )


def _last_of_daemon(engine: Engine) -> datetime | None:
    """When the part of the daemon that has sensors tick was heard last; None: its records are elsewhere."""
    try:
        with engine.connect() as connection:
            if connection.execute(text("SELECT to_regclass('dagster.daemon_heartbeats')")).scalar() is None:
                return None
            found = connection.execute(_HEARTBEAT).scalar()
    except DBAPIError:
        return None
    # Dagster writes UTC into a column without a zone
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
