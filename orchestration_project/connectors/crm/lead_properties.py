"""The custom fields that `action/crm_contact.py` writes, as a CRM has to know them before it takes them.

What stands in them is decided in `action/`; how a CRM makes a custom field, in its connector.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from orchestration_project.model import Frozen


class LeadProperty(Frozen):
    label: str  # as people see it in the CRM
    kind: Literal["text", "number"] = "text"
    about: str = ""


LEAD_PROPERTIES: Mapping[str, LeadProperty] = MappingProxyType(
    {
        "lead_ref": LeadProperty(label="Lead ref", about="Public id of the newest lead."),
        "lead_score": LeadProperty(label="Lead fit score", kind="number", about="0 to 10; empty: no score."),
        "lead_service": LeadProperty(label="Lead service", about="The service recommended to the lead."),
        "lead_track": LeadProperty(label="Lead track", about="Where the decision sent the lead."),
        "lead_first_source": LeadProperty(label="Lead first source", about="UTM source of the first visit."),
        "lead_first_medium": LeadProperty(label="Lead first medium", about="UTM medium of the first visit."),
        "lead_first_campaign": LeadProperty(
            label="Lead first campaign", about="UTM campaign of the first visit."
        ),
        "lead_written": LeadProperty(
            label="Lead record of writes",
            about="Fingerprints of what the lead intake wrote, so that it leaves your changes alone.",
        ),
    }
)


def property_of(name: str) -> LeadProperty:
    """A name that is not in the table becomes a text field of that name."""
    return LEAD_PROPERTIES.get(name) or LeadProperty(label=name.replace("_", " ").capitalize())
