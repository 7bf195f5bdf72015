"""Stand-ins for a drill: the office's, those that it does without, and the line of connections.yaml to each.

What is played with them, and what is told of it, is the command line's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from orchestration_project.fake_services import brevo, claude, company, pipedrive, tally, typeform
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.brevo import FakeBrevo
from orchestration_project.fake_services.claude import FakeClaude
from orchestration_project.fake_services.company import FakeApollo
from orchestration_project.fake_services.forms import (
    JSON_LIST,
    Fields,
    Form,
    hubspot_form,
    json_form,
    tally_form,
    typeform_form,
)
from orchestration_project.fake_services.json_list import FakeJsonList
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.fake_services.office import CONNECTIONS, Office
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project.fake_services.tally import FakeTally
from orchestration_project.fake_services.typeform import FakeTypeform

LINES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    **{(kind, line["connector"]): line for kind, line in CONNECTIONS.items()},
    ("crm", "pipedrive"): {"connector": "pipedrive"},
    ("company", "apollo"): {"connector": "apollo"},
    ("ai", "claude"): {"connector": "claude"},
    ("mail", "microsoft"): {"connector": "microsoft"},
    ("sequence", "brevo"): {"connector": "brevo"},
}
"""By kind and connector, with the ids that the stand-in knows."""
FORMS = ("typeform", "tally", "hubspot_forms", "json_list")
"""The form services; `DrilledOffice.form` has the line of each."""


class DrilledOffice(Office):
    def __init__(self) -> None:
        super().__init__()
        self.pipedrive = FakePipedrive()
        self.microsoft = MicrosoftService()
        self.brevo = FakeBrevo()
        self.apollo = FakeApollo()
        self.claude = FakeClaude()
        self.typeform = FakeTypeform()
        self.tally = FakeTally()
        self.json_list = FakeJsonList()

    @property
    def services(self) -> dict[str, FakeService]:
        more = {
            "Pipedrive": self.pipedrive,
            "Microsoft 365": self.microsoft,
            "Brevo": self.brevo,
            "Apollo": self.apollo,
            "Claude": self.claude,
            "Typeform": self.typeform,
            "Tally": self.tally,
            "a JSON list": self.json_list,
        }
        return super().services | more

    @property
    def environment(self) -> dict[str, str]:
        return {
            **super().environment,
            "PIPEDRIVE_TOKEN": pipedrive.TOKEN,
            "PIPEDRIVE_BASE_URL": self.pipedrive.base_url,
            **self.microsoft.environment,
            "MS_REFRESH_TOKEN": "",  # a person's own
            "BREVO_API_KEY": brevo.KEY,
            "BREVO_BASE_URL": self.brevo.base_url,
            "APOLLO_API_KEY": company.KEY,
            "APOLLO_BASE_URL": self.apollo.base_url,
            "ANTHROPIC_API_KEY": claude.KEY,
            "ANTHROPIC_BASE_URL": self.claude.base_url,
            "TYPEFORM_TOKEN": typeform.TOKEN,
            "TYPEFORM_BASE_URL": self.typeform.base_url,
            "TALLY_API_KEY": tally.KEY,
            "TALLY_BASE_URL": self.tally.base_url,
            **JSON_LIST,
        }

    def behind(self, kind: str, connector: str) -> FakeService:
        """The stand-in of that line."""
        return {
            ("crm", "hubspot"): self.hubspot,
            ("crm", "pipedrive"): self.pipedrive,
            ("company", "peopledatalabs"): self.directory,
            ("company", "apollo"): self.apollo,
            ("ai", "openai"): self.openai,
            ("ai", "claude"): self.claude,
            ("mail", "gmail"): self.gmail,
            ("mail", "microsoft"): self.microsoft,
            ("chat", "slack"): self.slack,
            ("calendar", "google"): self.calendar,
            ("folder", "drive"): self.drive,
            ("sequence", "mailchimp"): self.mailchimp,
            ("sequence", "brevo"): self.brevo,
        }[kind, connector]

    def form(self, connector: str, fields: Fields) -> Form:
        """A new form at that service, which has to be started. `fields` are those of the owner's line."""
        match connector:
            case "typeform":
                return typeform_form(self.typeform, fields)
            case "tally":
                return tally_form(self.tally, fields)
            case "hubspot_forms":
                return hubspot_form(self.hubspot, fields)
            case _:
                return json_form(self.json_list)


def line_of(kind: str, connector: str, lists: Iterable[str]) -> dict[str, Any] | None:
    """That line for the stand-ins. `lists` are the sequences of the owner's tracks, which Brevo's line names
    one by one. None: there is no stand-in for it."""
    known = LINES.get((kind, connector))
    if known is None:
        return None
    return {**known, "lists": dict.fromkeys(lists, 7)} if connector == "brevo" else dict(known)
