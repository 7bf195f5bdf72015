"""Contact Form 7 with a webhook plugin: `your-name`, `your-email`, and what the plugin puts around them.

As the form's default template and the plugin `cf7-to-zapier` (CF7 to Webhook) send it.
"""

import re
from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, answer, others
from orchestration_project.model import JsonObject

_PLUGIN = re.compile(r"_wpcf7\w*|_wpnonce|g-recaptcha-response")
_NUMBERED = re.compile(
    r"(?:text|email|tel|url|textarea|menu|checkbox|radio|acceptance|number|date|quiz|file)-\d+"
)
_KIND = {"email": "email", "tel": "phone", "textarea": "message"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    usual = sum(key.startswith("your-") for key in payload)
    if usual > 1 or any(key.startswith("_wpcf7") for key in payload):
        return _read(payload)
    return None


def _read(payload: JsonObject) -> Iterator[Answer]:
    around = {key for key in payload if _PLUGIN.fullmatch(key)}
    for key, value in payload.items():
        if key in around:
            continue
        # a field that nobody has named says at least what kind it is of
        meant = _KIND.get(key.partition("-")[0]) if _NUMBERED.fullmatch(key) else None
        yield from answer(key, value, key, meant=meant)
    yield from others(payload, payload.keys() - around)
