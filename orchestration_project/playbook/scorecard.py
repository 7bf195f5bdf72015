"""The frozen types of `scorecard:` in playbook.yaml: the conditions whose points the offline scorer adds up.

How it is read and checked is `scorecard_shapes.py`; the arithmetic is `decision/offline.py`.
"""

from decimal import Decimal
from typing import Literal

from orchestration_project.model import Frozen


class Numbers(Frozen):
    """From one number to another; both ends belong to it, and an end that is left out is open."""

    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def are_asked(self) -> bool:
        return self.least is not None or self.most is not None

    def __contains__(self, number: Decimal | int) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


class FormField(Numbers):
    """What is asked of a field of the form that the playbook knows by name only: that it is filled in, says
    one of these words, or a number between these ends."""

    name: str
    any_of: tuple[str, ...] = ()


Seniority = Literal["owner", "c_level", "vp", "director", "head", "manager", "staff", "student"]


class Signal(Frozen):
    """One line of the offline scorer's arithmetic: `points` if the one condition given holds."""

    points: int
    why: str
    any_of: tuple[str, ...] = ()
    category: str | None = None
    budget_from: Decimal | None = None
    service_known: bool | None = None
    company_domain: bool | None = None
    known_contact: bool | None = None
    phone: bool | None = None
    message_words_from: int | None = None
    employees: Numbers | None = None
    industry: tuple[str, ...] = ()  # words
    job_title: tuple[str, ...] = ()  # words
    seniority: tuple[Seniority, ...] = ()
    source: tuple[str, ...] = ()  # of ours, or utm_source
    campaign: tuple[str, ...] = ()  # utm_campaign
    region: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    website_says: tuple[str, ...] = ()  # words
    field: FormField | None = None


class Scorecard(Frozen):
    """What the offline scorer counts. The AI reads `ideal_customer.md` instead."""

    start: int
    signals: tuple[Signal, ...]
