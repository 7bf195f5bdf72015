"""The errors this project raises on purpose. Each is a message to a person: what, where, what to do.

Which HTTP answer means which error is decided in `connectors/http_status.py`, not here.
"""

TRIED_AGAIN = "It is tried again by itself"
"""With this begins what is to be done about a failure that passes, where somebody does try again."""

UNKNOWN_SHAPE = "answered in a shape this version does not know"
"""What is said of an answer that cannot be read."""


def without_promise(text: str) -> str:
    """The same text where nobody tries again any more, or never did: of a lead that was given up, of a look
    that a person has taken."""
    for end in (".", ", later."):
        text = text.replace(f"{TRIED_AGAIN}{end}", "")
    return text.replace(f"{TRIED_AGAIN}; if this lasts, ", "If this lasts, ").strip()


class LeadsError(Exception):
    """Anything we can explain. The CLI prints it without a traceback."""


class PlaybookError(LeadsError):
    """The playbook cannot be used as it stands; the text lists file, line and mend of each mistake."""


class InstallationError(LeadsError):
    """The machine or the environment lacks something; the text says what to do. `setting` is the variable
    that names the folder which cannot be used; empty: it is no folder's fault."""

    def __init__(self, told: str, setting: str = "") -> None:
        super().__init__(told)
        self.setting = setting


class SettingError(LeadsError):
    """A connector lacks what it needs from the environment; `said` is what, `mend` where to get it."""

    def __init__(self, said: str, mend: str) -> None:
        super().__init__(f"{said} {mend}")
        self.said = said
        self.mend = mend


class ServiceError(LeadsError):
    """An outside service did not do what was asked.

    `service` is its name as a person knows it, `said` what it said, `mend` what to do now.
    """

    effect_unknown = False
    """True: what was asked may have been done all the same. Look before it is asked again."""

    def __init__(self, service: str, said: str, mend: str = "") -> None:
        end = "." if mend and said[-1:].isalnum() else ""  # a service's own words often have none
        super().__init__(f"{service}: {said}{end}" + (f" {mend}" if mend else ""))
        self.service = service
        self.said = said
        self.mend = mend


class TransientServiceError(ServiceError):
    """Passes by itself: time-out, rate limit, server error, network. `retry_after` is in seconds.

    `answered` tells that the service itself said so. Its silence leaves open whether it does what was asked
    later on.
    """

    effect_unknown = True
    own_pace = False
    """We ask so much that our own queue is too long; nothing is wrong with the service."""

    def __init__(
        self,
        service: str,
        said: str,
        mend: str = "",
        *,
        retry_after: float | None = None,
        answered: bool = False,
    ) -> None:
        super().__init__(service, said, mend)
        self.retry_after = retry_after
        self.answered = answered


class RefusedForNow(TransientServiceError):  # noqa: N818 - its family is named so above
    """The service did nothing, being out of reach or over its rate limit. Any request may be repeated."""

    effect_unknown = False


class PermanentServiceError(ServiceError):
    """Will not get better by itself: refused request, changed schema."""


class UnknownAnswerError(PermanentServiceError):
    """The service took a write and answered in a shape this version does not know: it is most likely done."""

    effect_unknown = True


class SetupError(PermanentServiceError):
    """The connection as a whole is set up wrongly: a channel that is gone, a list that does not exist, a
    property the account lacks. Every lead would meet it; a person mends it once, and the leads wait."""


class LeadRefusedError(PermanentServiceError):
    """The service refuses this one person or record: forgotten, bounced, a role address, one that cannot be
    invited. `said` says which. The action is skipped with that reason; nobody else is concerned."""


class CredentialError(PermanentServiceError):
    """The service does not accept our credential (401, 403): a person has to renew it."""
