"""How long what grows is kept, and how many backups: the section `retention:` of playbook.yaml.

What is kept for ever (submissions, decisions, receipts, the story) is not among it; a person goes on request.
"""

from typing import Annotated

from pydantic import Field

from orchestration_project.model import Frozen

Days = Annotated[int, Field(ge=1, le=3650)]


class Retention(Frozen):
    """Days, and a number of files."""

    run_days: Days = 30  # Dagster's records of a run that is over
    event_days: Days = 3  # of its events, those that only tell of steps; what went wrong stays with the run
    log_days: Days = 14  # what runs printed
    backups: Annotated[int, Field(ge=0, le=1000)] = 7  # daily ones; 0: none is made by itself
