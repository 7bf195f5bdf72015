"""A ledger of schema version 0005 in the middle of its work: which leads it holds, and how to load it.

It was made by the code of that version (`make_mid_flight.py`), so that a newer one can be shown to take over.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy

from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Ref

HERE = Path(__file__).parent
DUMP = HERE / "mid_flight_0005.sql"
FILES = HERE / "mid_flight_0005"
"""What LEADS_HOME held: drafts, folders, calendar, chat. The embedded CRM is in the dump."""
HOME_IN_DUMP = "file:///LEADS_HOME"
STARTED = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
"""When the first of its leads came in; all of it happened within a minute."""

ALL = ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat")


@dataclass(frozen=True)
class MidFlightLead:
    id: str  # the submission's own; its source is `inbox`
    status: str
    was: str
    becomes: str

    @property
    def ref(self) -> Ref:
        return make_ref("inbox", self.id)


LEADS = (
    MidFlightLead(
        "imported",
        "imported",
        "History, taken in by `leads import`.",
        "Stays as it is: no run takes it, nothing is written outside.",
    ),
    MidFlightLead(
        "stopped",
        "failed",
        "A person stopped its run in the UI before it had done anything.",
        "Waits for that person; after `leads replay` it is done like a new lead.",
    ),
    MidFlightLead(
        "planned",
        "done",
        "Priority; all done but the calendar hold, which autonomy held back: its receipt is `planned`.",
        "Stays; nothing more is written by itself. With the autonomy raised and a replay: one hold, no other "
        "action again.",
    ),
    MidFlightLead(
        "duplicate",
        "quarantined",
        "The person of `planned` wrote again a moment later.",
        "Stays in quarantine as its duplicate: that lead is through.",
    ),
    MidFlightLead("spam", "quarantined", "Spam by its words.", "Stays in quarantine; nothing outside."),
    MidFlightLead(
        "away",
        "failed",
        "Priority; the CRM was away when the task was to be made (three tries in seconds). Contact, draft, "
        "folder and hold are done, the task's receipt is `failed` and says that it is tried again by itself; "
        "chat has no receipt.",
        "Goes on by itself: exactly one task and one chat line, nothing else again.",
    ),
    MidFlightLead(
        "wrote-again",
        "quarantined",
        "The person of `away` wrote again after that one had failed, and was set aside as its duplicate.",
        "Its original goes on by itself now, so both are heard of: the second message reaches a person, in "
        "the story of the first or as a lead of its own; never a second contact.",
    ),
    MidFlightLead(
        "refused",
        "failed",
        "Priority; the mail program refused the draft for good, and its receipt is `failed`. Contact, task, "
        "folder and hold are done; chat has no receipt.",
        "Needs a person, who sees what was refused; after `leads replay`: one draft and one chat line.",
    ),
    MidFlightLead(
        "begun-not-acted",
        "running",
        "Priority, a run of its own, killed after the folder was marked `begun` and before it was made. "
        "Contact, task, draft and hold are done, chat has no receipt.",
        "Goes on by itself: one folder, one chat line, nothing else again.",
    ),
    MidFlightLead(
        "begun-acted",
        "running",
        "Priority, in a company of four, killed after its draft was saved and before that was recorded: the "
        "receipt says `begun`, the file is there. Contact, task, folder and hold are done; chat has no "
        "receipt.",
        "Goes on by itself: the draft is found and not made again; one chat line.",
    ),
    MidFlightLead(
        "chat-begun",
        "running",
        "Nurture, of the same company: contact and draft done, chat `begun` and not written.",
        "Goes on by itself: one chat line, nothing else again.",
    ),
    MidFlightLead(
        "through",
        "done",
        "Not a fit, of the same company: it was through before the run was killed.",
        "Stays; nothing is written again.",
    ),
    MidFlightLead(
        "given-back",
        "pending",
        "Of the same company: the CRM asked for half an hour's patience (Retry-After), so the lead was given "
        "back, to go alone at `not_before`. It has no decision and no receipt.",
        "Waits until `not_before`, then is done like a new lead (nurture), in whatever company.",
    ),
    MidFlightLead(
        "queued",
        "queued",
        "Claimed; the process ended before Dagster had a run for the claim.",
        "Goes on by itself like a new lead (priority): all six actions, once.",
    ),
    MidFlightLead("pending", "pending", "Fresh, claimed by nobody.", "Done like a new lead (nurture)."),
    MidFlightLead(
        "not-introduced",
        "pending",
        "Its bytes were stored, and the process died before it was said whose they are: no person_key.",
        "Done like a new lead (nurture).",
    ),
)


def move(file: Path, old: str, new: str) -> None:
    """Rewrites the links to LEADS_HOME in a file."""
    file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))


_MOMENTS = """SELECT format('UPDATE %I.%I SET %3$I = %3$I + %%s', table_schema, table_name, column_name)
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema IN ('leads', 'local_crm') AND table_type = 'BASE TABLE'
        AND data_type LIKE 'timestamp%'"""


def bring_to(engine: sqlalchemy.Engine, started: datetime) -> None:
    """Moves all moments of the dump, as if it had been taken a minute after `started`."""
    with engine.begin() as connection:
        for statement in connection.exec_driver_sql(_MOMENTS.replace("%", "%%")).scalars().all():
            connection.exec_driver_sql(statement, (started - STARTED,))


def load(engine: sqlalchemy.Engine, home: Path) -> None:
    """Puts the dump into an empty database, and what LEADS_HOME held into `home`. Does not migrate."""
    shutil.copytree(FILES, home, dirs_exist_ok=True)
    for file in (path for path in home.rglob("*") if path.is_file()):
        move(file, HOME_IN_DUMP, home.absolute().as_uri())
    statements = DUMP.read_text(encoding="utf-8").replace(HOME_IN_DUMP, home.absolute().as_uri())
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(statements)
        connection.commit()
    finally:
        connection.detach()  # the dump has changed the session's settings
        connection.close()
