"""What one sign is, that a submission is unwanted. Which there are is in `signs.py` and `sender_signs.py`.

How they are added up is in `judge.py`.
"""

from typing import Literal

from orchestration_project.model import Frozen

Kind = Literal[
    "words", "pitch", "playbook", "gibberish", "links", "disguise", "disposable", "burst", "speed", "refused",
    "sender", "unfilled",
]  # fmt: skip


class Sign(Frozen):
    kind: Kind
    says: str
    weight: float  # added to the log odds
