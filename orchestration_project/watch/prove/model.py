"""What a proof found: counts that have to agree, and the exceptions by ref. No person is in it.

How each is found out is in the modules beside this one.
"""

from pydantic import AwareDatetime

from orchestration_project.model import Frozen

SHOWN = 20
MARK = "prove"
"""Under which the ledger keeps the line of the newest proof."""


class Mismatch(Frozen):
    """One thing that does not add up."""

    about: str  # a ref, or a source
    says: str
    mended: bool = False  # it was put right by the proof itself

    def __str__(self) -> str:
        return f"{self.about}: {self.says}"


class SourceCount(Frozen):
    """What a source has brought, as it was counted when it came, and where all of that stands."""

    source: str
    taken_in: int
    standing: dict[str, int]
    at_source: int | None = None  # as the source itself counts; None: it cannot be asked again

    @property
    def adds_up(self) -> bool:
        return self.taken_in == sum(self.standing.values())


class TrackCount(Frozen):
    """The receipts that the leads of a track owe, and how they stand."""

    track: str
    leads: int
    owed: int
    standing: dict[str, int]


class Looked(Frozen):
    """How many things were looked for in a service, and how many of them are there, once."""

    service: str
    action: str
    looked: int
    there: int


class Proof(Frozen):
    at: AwareDatetime
    since: AwareDatetime
    sources: tuple[SourceCount, ...]
    tracks: tuple[TrackCount, ...]
    looked: tuple[Looked, ...]
    mismatches: tuple[Mismatch, ...]
    not_asked: tuple[str, ...] = ()  # what could not be looked at, and why
    by_other_rules: int = 0  # leads that other rules than those of now decided: what they owe is not counted

    @property
    def adds_up(self) -> bool:
        return not self.mismatches

    @property
    def line(self) -> str:
        """For the digest."""
        leads = sum(each.taken_in for each in self.sources)
        looked = sum(each.looked for each in self.looked)
        if self.adds_up:
            what = f"{leads} lead(s) add up, and {looked} thing(s) outside are there, once"
        else:
            what = f"{len(self.mismatches)} thing(s) do not add up; `leads prove` shows them"
        asked = f"; not asked: {len(self.not_asked)}" if self.not_asked else ""
        other = f"; {self.other_rules_words}" if self.by_other_rules else ""
        return f"Proved since {self.since:%Y-%m-%d %H:%M} UTC: {what}{asked}{other}."

    @property
    def other_rules_words(self) -> str:
        were = "1 lead was" if self.by_other_rules == 1 else f"{self.by_other_rules} leads were"
        return f"{were} decided by other rules than those of now, and what they owe is not counted"
