"""Which system is right about each kind of data: `records:` of playbook.yaml, as the program uses it.

What the owner writes is checked in `record_shapes.py`; what follows from it is `data/records.py`.
"""

from orchestration_project.model import Frozen
from orchestration_project.model.records import KIND_OF, DataKind, Item, System


class Records(Frozen):
    """By kind the system that is right; all others read from it."""

    person: System = "crm"
    phone: System = "crm"
    company: System = "crm"
    consent: System = "sequence"
    owner: System = "crm"
    deal_stage: System = "crm"
    task: System = "crm"
    meeting: System = "calendar"
    conversation: System = "mail"

    def of(self, kind: DataKind) -> System:
        return getattr(self, kind)

    def of_item(self, item: Item) -> System | None:
        """None: what is made of other values has no record of its own."""
        kind = KIND_OF.get(item)
        return self.of(kind) if kind is not None else None
