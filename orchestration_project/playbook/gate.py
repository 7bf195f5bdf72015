"""What a candidate has to keep to before it goes live: the live playbook's say, as the owner writes it.

Whether one keeps to it is judged in `history/releasing/`.
"""

from typing import Annotated

from pydantic import Field

from orchestration_project.model import Frozen

Share = Annotated[float, Field(ge=0, le=1)]


class Gate(Frozen):
    """Shares are from 0 to 1. A difference counts where it is one beyond chance."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90  # of leads that are compared, up to now
    least_leads: Annotated[int, Field(ge=0)] = 20
    moved_at_most: Share = 0.3  # of the leads, to another track
    agreement_may_fall: Share = 0.0  # of people's corrections that it agrees with
    cost_may_grow: Annotated[float, Field(ge=0)] = 0.5  # of a score, as a share of what one costs now
    segment_may_lose: Share = 0.05  # AUC, of any source, service or language
