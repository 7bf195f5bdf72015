"""What comes in: one submission as its source delivered it, and a page of them.

Reading a source is a connector's part, keeping the bytes the ledger's; what they say is in `data`.
"""

from orchestration_project.model.common import Frozen


class Delivery(Frozen):
    """One submission as the source gave it."""

    external_id: str | None  # None: the source has no ids, the ledger makes one from the content
    raw: bytes  # byte for byte


class Page(Frozen):
    """What one look at a source brought, oldest first, and where the next look goes on."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None  # handed to the next `fetch`; the sensor keeps it only after storing the page
