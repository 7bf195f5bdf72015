"""A small firm's accounts in memory, one of each kind of service, that fit together.

What one service answers is its own module's part; who runs leads through them is the command line's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, Self

from orchestration_project.fake_services import company, hubspot, mailchimp, openai, slack
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.fake_services.google_drive import FOLDER_TYPE, GoogleDriveService

CONNECTIONS: Mapping[str, Mapping[str, str]] = {
    "crm": {"connector": "hubspot"},
    "company": {"connector": "peopledatalabs"},
    "ai": {"connector": "openai"},
    "mail": {"connector": "gmail"},
    "chat": {"connector": "slack", "channel": slack.CHANNEL},
    "calendar": {"connector": "google"},
    "folder": {"connector": "drive"},
    "sequence": {"connector": "mailchimp", "audience": mailchimp.AUDIENCE},
}
"""The lines of connections.yaml that name this office's services."""


class Office:
    """Serves on loopback while it is entered as a context."""

    def __init__(self) -> None:
        self.hubspot = hubspot.FakeHubSpot()
        self.directory = company.FakePeopleDataLabs()
        self.openai = openai.FakeOpenAi()
        self.gmail = GmailService()
        self.slack = slack.SlackService()
        self.calendar = GoogleCalendarService()
        self.drive = GoogleDriveService()
        self.mailchimp = mailchimp.FakeMailchimp()
        # one sign-in for all three, as with the real ones: Gmail's stand-in gives the tokens out
        self.calendar.tokens = self.drive.tokens = self.gmail.tokens
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            for service in self.services.values():
                starting.enter_context(service)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def services(self) -> dict[str, FakeService]:
        return {
            "HubSpot": self.hubspot,
            "People Data Labs": self.directory,
            "OpenAI": self.openai,
            "Gmail": self.gmail,
            "Slack": self.slack,
            "Google Calendar": self.calendar,
            "Google Drive": self.drive,
            "Mailchimp": self.mailchimp,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What leads every connector of `CONNECTIONS` here, and no real credential anywhere."""
        return {
            "HUBSPOT_TOKEN": hubspot.TOKEN,
            "HUBSPOT_BASE_URL": self.hubspot.base_url,
            "PEOPLEDATALABS_API_KEY": company.KEY,
            "PEOPLEDATALABS_BASE_URL": self.directory.base_url,
            "OPENAI_API_KEY": openai.KEY,
            "OPENAI_BASE_URL": self.openai.base_url,
            **self.gmail.environment,
            # a person's own ones would be in the way of those above
            "GOOGLE_SERVICE_ACCOUNT_FILE": "",
            "GOOGLE_SUBJECT": "",
            "GOOGLE_CALENDAR_ID": "",
            "GMAIL_BASE_URL": self.gmail.base_url,
            "GOOGLE_CALENDAR_BASE_URL": self.calendar.base_url,
            "GOOGLE_DRIVE_BASE_URL": self.drive.base_url,
            **self.slack.environment,
            "MAILCHIMP_API_KEY": mailchimp.KEY,
            "MAILCHIMP_BASE_URL": self.mailchimp.base_url,
        }

    def know(self, contacts: Iterable[Mapping[str, str]]) -> None:
        """People who are in the CRM before the first lead comes."""
        for contact in contacts:
            first, _, last = contact["name"].partition(" ")
            told = {key: value for key, value in contact.items() if key != "name" and value}
            self.hubspot.enter_contact(firstname=first, lastname=last, **told)

    def holdings(self) -> dict[str, Mapping[str, int]]:
        """What exists in each service, by its name there."""
        in_hubspot: Mapping[str, Mapping[str, Any]] = self.hubspot.things
        kinds = Counter(
            "folder" if item.kind == FOLDER_TYPE else "file" for item in self.drive.items.values()
        )
        return {
            "HubSpot": {kind: len(things) for kind, things in in_hubspot.items() if things},
            "People Data Labs": {"credits left": self.directory.credits},
            "OpenAI": {"answers": len(self.openai.asked("POST /v1/chat/completions"))},
            "Gmail": {"drafts": len(self.gmail.drafts)},
            "Slack": {"messages": len(self.slack.messages)},
            "Google Calendar": {"events": len(self.calendar.events)},
            "Google Drive": {"folders": kinds["folder"], "files": kinds["file"]},
            "Mailchimp": {"members": len(self.mailchimp.members)},
        }
