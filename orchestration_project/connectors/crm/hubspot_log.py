"""What hangs on a HubSpot contact: notes, tasks, calls and sent mails, each found again by our key.

How they are kept there is `hubspot_history.py`.
"""

from functools import partial
from itertools import chain

from orchestration_project.connectors.asked_once import AskedOnce
from orchestration_project.connectors.base import EntryKind
from orchestration_project.connectors.crm.hubspot_contacts import Contacts
from orchestration_project.connectors.crm.hubspot_history import CALL, MAIL, NOTE, TASK, History, Kind
from orchestration_project.connectors.crm.hubspot_shapes import Owners
from orchestration_project.connectors.crm.interface import Entry, LoggedActivity, NewTask
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import OWNERS
from orchestration_project.model import Clock, Erased, Written


class Log:
    """`mail`: as what a sent mail is logged, a MAIL or a NOTE."""

    def __init__(self, api: Api, contacts: Contacts, mail: Kind, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._history = History(api, contacts.id_now)
        self._mail = mail
        self._owners: dict[str, AskedOnce[str | None]] = {}

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find(NOTE, contact_id, key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return await self._history.add(
            NOTE, contact_id, key, text, {"hs_timestamp": self._clock().isoformat()}
        )

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find(TASK, contact_id, key)

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        owner = await self._owner(task.assignee)
        written = await self._history.add(
            TASK,
            contact_id,
            task.key,
            task.body,
            {
                "hs_timestamp": task.due_at.isoformat(),
                "hs_task_subject": task.title,
                "hs_task_status": "NOT_STARTED",
                "hs_task_type": "TODO",
                **({"hubspot_owner_id": owner} if owner else {}),
            },
        )
        nobody = "assigned to nobody: HubSpot has no user with the owner's e-mail address"
        return written if owner else written.model_copy(update={"note": nobody})

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        there = await self._history.find(CALL, contact_id, key)
        return there or await self._history.find(self._mail, contact_id, _mail_key(key))

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        at = {"hs_timestamp": activity.at.isoformat()}
        if activity.kind == "call":
            ended = {"hs_call_title": activity.title, "hs_call_status": "COMPLETED"}
            minutes = activity.minutes
            lasted = {} if minutes is None else {"hs_call_duration": str(minutes * 60_000)}
            return await self._history.add(
                CALL, contact_id, activity.key, activity.body, {**at, **ended, **lasted}
            )
        if self._mail is MAIL:
            sent = {
                "hs_email_direction": "EMAIL",
                "hs_email_status": "SENT",
                "hs_email_subject": activity.title,
            }
            return await self._history.add(
                MAIL, contact_id, _mail_key(activity.key), activity.body, {**at, **sent}
            )
        text = f"E-mail sent: {activity.title}\n\n{activity.body}"
        return await self._history.add(NOTE, contact_id, _mail_key(activity.key), text, at)

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        found = [
            await self._history.find_all(entry, inside or "", own) for entry, own in self._kept(kind, key)
        ]
        return tuple(chain.from_iterable(found))

    def _kept(self, kind: EntryKind, key: str) -> tuple[tuple[Kind, str], ...]:
        """As what, and under which key, an entry of that kind is in HubSpot."""
        kept = {
            "note": ((NOTE, key),),
            "task": ((TASK, key),),
            "activity": ((CALL, key), (self._mail, _mail_key(key))),
        }
        return kept.get(kind, ())

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        return await self._history.erase(contact_id, *self._kept(kind, key))

    async def _owner(self, email: str) -> str | None:
        if email not in self._owners:
            self._owners[email] = AskedOnce(partial(self._owner_of, email))
        return await self._owners[email].value()

    async def _owner_of(self, email: str) -> str | None:
        found = await self._api.ask(Owners, "GET", OWNERS, params={"email": email})
        return found.results[0].id if found.results else None


def _mail_key(key: str) -> str:
    """A mail may be logged as a note, and is not to be taken for the note of that key."""
    return f"mail {key}"
