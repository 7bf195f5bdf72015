"""What may stand on the `company:` line of connections.yaml: how old an answer may be, how many a day.

The connectors only check it; `data/enrichment.py` keeps to it.
"""

from pydantic import BaseModel, Field


class CompanyOptions(BaseModel, extra="forbid"):
    fresh_days: int = Field(default=90, ge=0)  # an answer of this age is not paid for again
    daily_limit: int = Field(default=100, ge=0)  # paid questions a day, in the owner's time zone
