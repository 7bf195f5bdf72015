"""Who is told of what is broken, how and when: the owner's say, as the program uses it.

What the owner writes is checked in `alert_shapes.py`; what is told is `watch/alerts/`.
"""

from datetime import date, datetime, time, timedelta

from pydantic import Field

from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Severity, weight

LONGEST_WINDOW = timedelta(days=1)


class Told(Frozen):
    """A line of `alerts: tell:`."""

    through: str  # chat, email, apprise
    to: tuple[str, ...] = ()
    least: Severity = "warning"  # `from` in playbook.yaml

    @property
    def name(self) -> str:
        return " ".join((self.through, *self.to))


class QuietHours(Frozen):
    """By the owner's clocks; over midnight where it ends before it starts."""

    start: time
    end: time
    but: Severity | None = None  # what is told all the same, and all that is heavier

    def hold(self, severity: Severity, local: time) -> bool:
        """Whether it has to wait until morning."""
        if self.start <= self.end:
            quiet = self.start <= local < self.end
        else:
            quiet = local >= self.start or local < self.end
        return quiet and (self.but is None or weight(severity) < weight(self.but))


class AlertRules(Frozen):
    tell: tuple[Told, ...] = (Told(through="chat"),)
    again_after: timedelta = timedelta(hours=1)
    quiet_hours: QuietHours | None = None
    digest: time | None = time(8)  # by the owner's clocks, each day
    promised: timedelta = timedelta(hours=1)  # from form to draft
    silent_after: dict[str, timedelta | None] = Field(default_factory=dict)  # None: never; else it is learned
    ends: dict[str, date] = Field(default_factory=dict)  # what the owner knows to end, such as a credential

    def holds(self, severity: Severity, local: datetime) -> bool:
        return self.quiet_hours is not None and self.quiet_hours.hold(severity, local.time())

    def window(self, tellings: int) -> timedelta:
        """So long after so many messages nothing is told again: one hour, two, four, up to a day."""
        return min(LONGEST_WINDOW, self.again_after * 2 ** min(max(tellings - 1, 0), 10))
