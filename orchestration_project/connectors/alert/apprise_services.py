"""Tells by whatever Apprise speaks: ntfy, Telegram, Teams, Pushover, Matrix, SMS … by an address each.

The addresses hold secrets, so they stand in the environment. Whether a letter arrived twice nobody can ask.
"""

from typing import TYPE_CHECKING, Self

from orchestration_project.connectors.alert.interface import Destination
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.settings import setting
from orchestration_project.errors import LeadsError, RefusedForNow
from orchestration_project.model.alerts import Letter, Severity

if TYPE_CHECKING:
    import apprise

SERVICE = "Apprise"
_LINE = "alerts: {tell: [{through: apprise}]}"
_KINDS: dict[Severity, str] = {"note": "info", "warning": "warning", "urgent": "failure"}


class AppriseSender:
    def __init__(self, addresses: "dict[str, apprise.Apprise]") -> None:
        self._addresses = addresses

    @classmethod
    def open(cls, destination: Destination, given: ConnectorContext) -> Self:
        # a third of a second, for those who use it
        import apprise  # noqa: PLC0415

        opened: dict[str, apprise.Apprise] = {}
        for variable in [f"LEADS_APPRISE_{name.upper()}" for name in destination.to] or ["LEADS_APPRISE_URL"]:
            opened[variable] = apprise.Apprise()
            if not all(opened[variable].add(url) for url in setting(given, variable, _LINE).split()):
                raise LeadsError(
                    f"{variable} holds an address that Apprise does not know. "
                    "github.com/caronc/apprise lists them; several are parted by blanks."
                )
        return cls(opened)

    async def send(self, letter: Letter) -> None:
        body = "\n".join(filter(None, (letter.body, letter.link))) or letter.title
        for variable, notifier in self._addresses.items():
            # each is tried by itself; which of several addresses failed, Apprise does not say
            if not await notifier.async_notify(
                body=body, title=letter.title, notify_type=_KINDS[letter.severity]
            ):
                mend = f"Try the address in {variable} with the command `apprise`, which says more."
                raise RefusedForNow(SERVICE, "did not deliver the message.", mend)
