"""The frozen types of `business:` in playbook.yaml: whose rules they are, where, and when they work.

How it is read and checked is `shapes.py`.
"""

from datetime import time
from typing import Literal
from urllib.parse import urlsplit

from orchestration_project.model import Frozen

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WorkingHours(Frozen):
    days: tuple[Weekday, ...]
    start: time
    end: time


class Owner(Frozen):
    name: str
    email: str
    role: str = ""


class Business(Frozen):
    name: str
    owner: Owner
    region: str  # ISO 3166 code; national phone numbers are read as this country's
    time_zone: str  # IANA name
    currency: str  # ISO 4217 code of budgets
    language: str  # ISO 639-1, the language of the draft templates
    website: str | None = None
    working_hours: WorkingHours

    @property
    def own_domain(self) -> str:
        """The domain that ids of our making end in: the website's, or else that of the owner's address."""
        website = self.website or ""
        host = urlsplit(website if "//" in website else f"//{website}").hostname
        domain = host.removeprefix("www.") if host else self.owner.email.rpartition("@")[2]
        return domain.encode("idna").decode("ascii").lower()
