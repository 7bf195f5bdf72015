"""The frozen types of the playbook: what the owner's documents say once they have been checked.

Reading and checking files is `load.py`; applying the rules to a lead belongs to the layers.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Literal

from pydantic import Field, JsonValue

from orchestration_project.errors import PlaybookError
from orchestration_project.model import Frozen
from orchestration_project.playbook.alerts import AlertRules, Told
from orchestration_project.playbook.business import Business
from orchestration_project.playbook.gate import Gate
from orchestration_project.playbook.records import Records
from orchestration_project.playbook.retention import Retention
from orchestration_project.playbook.scorecard import Scorecard
from orchestration_project.playbook.tracks import Track
from orchestration_project.prices import public_price


class Autonomy(IntEnum):
    """How much the system may do by itself; each level includes the ones before it."""

    OBSERVE = 0  # decide, plan, write nothing outside
    INTERNAL = 1  # CRM and chat
    DRAFT = 2  # also tasks, folders, calendar holds, sequences and mail drafts
    SEND = 3  # the mail goes without review


class Topic(Frozen):
    """A service or a category: what the AI may answer, and the words the offline scorer looks for."""

    name: str
    title: str
    description: str = ""
    words: tuple[str, ...] = ()
    answer: bool = True  # of a category: whoever is of it gets a draft, or a sequence
    look: bool = False  # of a category: a person looks before anything is done


SPAM = "spam"
"""The category of what nobody means for us: where the AI says so, a person looks before anything is done."""


class Junk(Frozen):
    """What the owner never wants to see: words of spam and of test submissions."""

    spam_words: tuple[str, ...] = ()
    test_words: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    hold_from: float = 0.9  # how likely unwanted a submission must be to be set aside
    check_from: float = 0.5  # and to wait for a look
    burst: int = 3  # so many others who write nearly the same within a day are no coincidence


class ModelPrice(Frozen):
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal


Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How long a reasoning model may think. Which of these it knows, each model's page says."""


class AiRules(Frozen):
    model: str = "gpt-6.1-terra"
    reasoning_effort: Effort | None = "low"  # None: as the model likes; more may outlast the time-out
    prices: dict[str, ModelPrice] = Field(default_factory=dict)
    daily_limit_usd: Decimal | None = None  # in the owner's time zone; above it the scorecard scores
    trials_daily_limit_usd: Decimal | None = None  # re-scoring by itself; None: as much as live
    timeout_seconds: float = 12.0
    fields: tuple[str, ...] = ()  # of the form, by its own names, that the model reads beside the lead's
    samples: int = 1  # so often each lead is asked about; above 1 the confidence is how far the answers agree

    def price(self, *models: str) -> ModelPrice | None:
        """Of the first of these names that has one: the owner's own price, or else the public one."""
        own = next((self.prices[model] for model in models if model in self.prices), None)
        if own is not None:
            return own
        public = next((price for model in models if (price := public_price(model))), None)
        return ModelPrice(input=public.input, output=public.output) if public else None


class Limits(Frozen):
    max_leads_per_run: int = 250
    duplicate_window: timedelta = timedelta(hours=24)
    keep_trying: timedelta = timedelta(days=3)  # then a lead that waits for something needs a person
    max_message_characters: int = 50_000
    max_budget: Decimal = Decimal(10_000_000)


class Connection(Frozen):
    """One line of connections.yaml: which connector serves a kind, and how far it may go."""

    connector: str
    autonomy: Autonomy | None = None
    fields: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # lead field: names in the form
    options: dict[str, JsonValue] = Field(default_factory=dict)


class Connections(Frozen):
    form_sources: dict[str, Connection]
    crm: Connection
    company: Connection
    website: Connection
    ai: Connection
    mail: Connection
    chat: Connection
    calendar: Connection
    folder: Connection
    sequence: Connection


class Template(Frozen):
    """A draft of drafts/: front matter `subject:`, then the text in Markdown, both in Jinja."""

    file: str
    subject: str
    body: str


class Playbook(Frozen):
    version: str  # hash of the rules: ideal_customer.md, playbook.yaml and drafts/, not connections.yaml
    ideal_customer: str
    business: Business
    services: tuple[Topic, ...]
    categories: tuple[Topic, ...]
    scorecard: Scorecard
    junk: Junk
    required: tuple[str, ...]  # lead fields without which a submission waits in quarantine
    tracks: tuple[Track, ...]
    fallback_track: str | None = None  # for leads that the AI could not score; None: the scorecard decides
    autonomy: Autonomy
    action_autonomy: dict[str, Autonomy]
    ai: AiRules
    limits: Limits
    gate: Gate = Gate()
    alerts: AlertRules = AlertRules()
    weekly_report: tuple[Told, ...] = ()  # who gets it
    retention: Retention = Retention()
    records: Records = Records()
    history_from: date | None = None  # where history begins; None: with the oldest lead
    templates: dict[str, Template]
    connections: Connections
    files: dict[str, bytes] = Field(default_factory=dict, repr=False)  # what `version` is the hash of

    def field_names(self, source: str) -> dict[str, tuple[str, ...]]:
        """How the forms of a source name the lead's fields, beyond the usual names."""
        connection = self.connections.form_sources.get(source)
        return connection.fields if connection else {}

    def track(self, name: str) -> Track:
        """The track of that name. Raises PlaybookError: a decision never names an unknown track."""
        for track in self.tracks:
            if track.name == name:
                return track
        known = ", ".join(track.name for track in self.tracks)
        raise PlaybookError(f"The playbook has no track {name!r}; it has {known}.")


TEMPLATE_NAMES = frozenset(
    {
        "given_name",  # "" when unknown
        "full_name",
        "company",
        "service",  # title of the recommended service, "" when there is none
        "opening",  # one personal sentence, "" when there is none
        "returning",  # true for somebody we already know
        "last_wrote",  # the month in which they wrote before, such as "March 2026"; "" when they did not
        "business",
        "business_website",
        "owner_name",
        "owner_role",
    }
)
"""What a draft template may use. Values that come from a form are made harmless before they get here."""
