"""Larkfield Bookkeeping, the business of the tests, and a lead that writes to it.

Only what more than one layer needs; what a layer adds to it stands beside its own tests.
"""

from datetime import UTC, datetime, time
from typing import Any

from orchestration_project.model import Company, Lead, Person, Ref
from orchestration_project.playbook.business import Business, Owner, WorkingHours

BUSINESS = Business(
    name="Larkfield Bookkeeping",
    owner=Owner(name="Hannah Lark", email="hannah@larkfield.example"),
    region="GB",
    time_zone="Europe/London",
    currency="GBP",
    language="en",
    working_hours=WorkingHours(days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17)),
)

_LEAD: dict[str, Any] = {
    "ref": Ref("L-abcdefghij"),
    "source": "inbox",
    "external_id": "1",
    "submitted_at": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    "person": Person(),
    "company": Company(),
}


def a_lead(**fields: Any) -> Lead:
    return Lead(**_LEAD | fields)
