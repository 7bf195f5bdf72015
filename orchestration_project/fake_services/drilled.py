"""Stand-ins for a drill: the office's, those that it does without, and the line of connections.yaml to each.

What is played with them, and what is told of it, is the command line's.
"""

from collections.abc import Mapping
from typing import Any

from orchestration_project.fake_services import brevo, pipedrive
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.brevo import FakeBrevo
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.fake_services.office import CONNECTIONS, Office
from orchestration_project.fake_services.pipedrive import FakePipedrive

LINES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    **{(kind, line["connector"]): line for kind, line in CONNECTIONS.items()},
    ("crm", "pipedrive"): {"connector": "pipedrive"},
    ("mail", "microsoft"): {"connector": "microsoft"},
}
"""By kind and connector, with the ids that the stand-in knows. Brevo's lists only the owner's line names."""
BREVO = ("sequence", "brevo")


class DrilledOffice(Office):
    def __init__(self) -> None:
        super().__init__()
        self.pipedrive = FakePipedrive()
        self.microsoft = MicrosoftService()
        self.brevo = FakeBrevo()

    @property
    def services(self) -> dict[str, FakeService]:
        more = {"Pipedrive": self.pipedrive, "Microsoft 365": self.microsoft, "Brevo": self.brevo}
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
        }

    def behind(self, kind: str, connector: str) -> FakeService:
        """The stand-in of that line."""
        return {
            ("crm", "hubspot"): self.hubspot,
            ("crm", "pipedrive"): self.pipedrive,
            ("company", "peopledatalabs"): self.directory,
            ("ai", "openai"): self.openai,
            ("mail", "gmail"): self.gmail,
            ("mail", "microsoft"): self.microsoft,
            ("chat", "slack"): self.slack,
            ("calendar", "google"): self.calendar,
            ("folder", "drive"): self.drive,
            ("sequence", "mailchimp"): self.mailchimp,
            BREVO: self.brevo,
        }[kind, connector]


def line_of(kind: str, connector: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """That line for the stand-ins; `given` is the owner's. None: there is no stand-in for it."""
    if (kind, connector) == BREVO and given.get("lists"):
        return {"connector": connector, "lists": dict.fromkeys(given["lists"], 7)}
    known = LINES.get((kind, connector))
    return dict(known) if known is not None else None
