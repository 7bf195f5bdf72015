"""Which language a message is written in.

What follows from it (a track's condition, the language of a draft) is decided by the playbook.
"""

from array import array
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_FEWEST_LETTERS = 10
_ENOUGH_CHARACTERS = 2_000  # more text makes the answer slower, not surer
_SURE = 0.6  # on real inquiries right answers are nearly all above, wrong ones all below 0.2
_ISO_639_1_LETTERS = 2


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    # numpy and the model take half a second and 100 MB; leads without a message do without
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # as numbers and not as objects, each of which a forked process would have to copy when it looks at it
    made.tk_output = array("i", made.tk_output)
    made._rowbase = array("i", made._rowbase)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    return made


def detect_language(text: str) -> str | None:
    """ISO 639-1, or None when the text is too short or too odd to be sure."""
    sample = text[:_ENOUGH_CHARACTERS]
    # no further than until it is told
    letters = islice(filter(str.isalpha, sample), _FEWEST_LETTERS)
    if sum(1 for _letter in letters) < _FEWEST_LETTERS:
        return None
    language, confidence = _identifier().classify(sample)
    return str(language) if confidence >= _SURE and len(language) == _ISO_639_1_LETTERS else None
