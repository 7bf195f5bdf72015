"""Which words of a text somebody says they do *not* want: "we do not need payroll, only bookkeeping".

Finding words belongs to `words.py`, what a word is worth to the playbook.

Only a refusal counts: "we do not have a bookkeeper" and "nobody does our payroll" ask for one. So "not" or
"without" refuses what stands right behind it, and a verb of wanting has to be there for more. Who does not
want *to do* the books wants them done. But nobody asks for a deadline: who has none, has none.
"""

import re
from collections.abc import Sequence
from functools import lru_cache


def _any(*ways: str) -> str:
    return f"(?:{'|'.join(ways)})"


def _word(words: str) -> str:
    return _any(*words.split())


# A blank in these stands for any white space, and an apostrophe for both of its kinds.
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+").replace("'", "['\u2019]"), re.IGNORECASE)


_WANT = _any(
    r"(?:need|want)(?! to (?!buy|use|add|order))",
    r"(?:look|search)(?:ing)? for",
    r"interested in",
    r"ask(?:ing)? (?:for|about)",
    *("require", "after", "about", r"buy(?:ing)?", "use"),
)
# What opens a refusal that reaches to the end of its clause.
_OPENS = _compiled(
    r"(?<!\w)"
    + _any(
        rf"(?:\w+n't|not|never|no longer) (?:\w+ ){{0,2}}{_WANT}\b",
        r"no (?:need|interest|use|demand) (?:for|in|of)\b",
        r"(?:rather|other) than\b",
        r"(?:instead of|apart from|nothing to do with)\b",
        r"except(?: for)?\b",
        r"kein(?:e|en|er|es)? (?:interesse|bedarf) (?:an|für)\b",
        r"(?:außer|statt|anstatt)\b",
        r"(?:n'|ne )(?:\w+ ){1,2}pas (?:besoin d(?:e\b|')|intéressé\w* par\b)?",
        r"(?:pas besoin d(?:e\b|')|sauf\b)",
        r"no (?:necesit|busc|quer)\w+",
        r"(?:menos|salvo|excepto)\b",
        r"non (?:ci serv|cerc|abbiamo bisogno)\w*",
        r"tranne\b",
        r"(?:niet|geen) (?:op zoek naar|behoefte aan|nodig)\b",
        r"behalve\b",
    )
)
_CLAUSE_ENDS = _compiled(
    _any(
        r"[.!?;:\n]",
        r"\s[\u2013\u2014-]\s",
        rf"\b{_word('but however although only just because since so')}\b",
        rf"\b{_word('sondern aber nur mais seulement sino pero solo ma maar alleen')}\b",
        rf",\s*(?:and )?{_word('we i our my please can could would it wir ich nous je')}\b",
    )
)
_DEGREE = _word("really very that so all particularly especially terribly super currently yet exactly")
# Refuses only what stands right behind it: "not payroll", "without payroll", "keine Lohnabrechnung".
_BEFORE = _compiled(
    r"(?<!\w)"
    + _any(
        rf"(?<!why\s)(?<!if\s)(?<!or\s)not(?! only)(?: at all)?(?: {_DEGREE})?",
        rf"(?<=\w\s)(?:is|are|was|were)n't(?: {_DEGREE})?",  # not as in "Isn't payroll part of it?"
        r"kein(?:e|en|er|es)?",
        *("without", "nor", "ohne", "sans", "sin", "senza", "zonder", "geen"),
    )
    + rf"(?: {_word('any a an the our your more further just for about only')})?\s*$"
)
# "There is no payroll to do" does, too: but "we have no bookkeeper" asks for one.
_NO = _compiled(r"(?<!\w)no $")
_LACKS = _compiled(rf"\b{_word('have has had having got with is are currently')} no $")
# What people have, and do not come to be given: "we do not have a deadline" says that there is none.
_HAD = _compiled(
    rf"\b{_any('deadlines?', 'due dates?', 'penalt(?:y|ies)', 'rush', 'hurry', 'urgency', 'employees')}$"
)
_HARD = _word("real hard fixed firm set strict tight particular specific such immediate pressing")
_HAS_NONE = _compiled(
    r"(?<!\w)"
    + _any(
        rf"(?:\w+n't|dont|doesnt|not)(?: {_DEGREE})? (?:have|got|face|facing|under)(?: to meet)?",
        r"(?:haven|hasn|(?<=\w\s)isn|(?<=\w\s)aren)'t",
        *("no", "not", "without"),
    )
    + rf"(?: {_word('a an any the our my')})?(?: {_HARD}){{0,2}} $"
)
# German and Dutch put the word first: "Lohnabrechnung brauchen wir nicht".
_BEHIND = _compiled(
    _any(
        r"^[\s\w]{0,24}?\b(?:brauch|benötig|such|woll|möcht|interessier)\w*\b[^.!?;,\n]{0,24}?\bnicht\b",
        r"^[\s\w]{0,24}?\b(?:nodig|hoeft|hoeven)\b[^.!?;,\n]{0,24}?\bniet\b",
        r"^ (?:(?:is|are) not|isn't|aren't) (?:needed|required|necessary|wanted|of interest)",
    )
)
_LOOKED_AT = 60  # characters in front of a word, and behind it


@lru_cache(maxsize=256)  # each list of words is looked for in the same texts
def refused(text: str) -> Sequence[tuple[int, int]]:
    """The stretches of the text, from character to character, that say what is not wanted."""
    stretches: list[tuple[int, int]] = []
    for opened in _OPENS.finditer(text):
        end = _CLAUSE_ENDS.search(text, opened.end())
        stretches.append((opened.end(), end.start() if end else len(text)))
    return stretches


def is_refused(text: str, start: int, end: int, stretches: Sequence[tuple[int, int]]) -> bool:
    """Whether the word from `start` to `end` is not wanted. `stretches` are `refused` of the text."""
    if any(first <= start < last for first, last in stretches):
        return True
    before, behind = text[max(0, start - _LOOKED_AT) : start], text[end : end + _LOOKED_AT]
    if _HAD.fullmatch(text, start, end) and _HAS_NONE.search(before):
        return True
    if _BEFORE.search(before) or (_NO.search(before) and not _LACKS.search(before)):
        return True
    return bool(_BEHIND.match(behind))
