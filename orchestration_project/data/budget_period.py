"""How many months a budget is for: "a year", "p.a.", "im Quartal", "per week"; and "one-off", for none.

Which number of the text is the money is found in `budget.py`.
"""

import re
from decimal import Decimal

_A_WEEK = Decimal(12) / 52
_UNITS: tuple[tuple[str, Decimal, str, str], ...] = (
    # its name, how many months it has, its words as a noun, and as an adverb
    (
        "half_year",
        Decimal(6),
        r"half[\s-]?year|halbjahr|semestre",
        r"half[\s-]?yearly|six[\s-]?monthly|semi-?annual(?:ly)?|halbjährlich|semestriel\w*|semestral\w*",
    ),
    (
        "quarter",
        Decimal(3),
        r"quarter|qtr|quartal|trimestre|kwartaal|kvartal",
        r"quarterly|vierteljährlich|quartalsweise|trimestriel\w*|trimestral\w*",
    ),
    (
        "year",
        Decimal(12),
        r"year|yr|annum|jahr|an|année|año|ano|anno|jaar|år|rok|год|年",
        (
            r"yearly|annual(?:ly)?|p\.\s?a\b\.?|jährlich|jährl|jahresbudget|annuel\w*|anual\w*|annuo|annual[ei]|"
            r"annualmente|jaarlijks|årlig\w*|rocznie|ежегодно|年間|年額"
        ),
    ),
    ("fortnight", _A_WEEK * 2, r"fortnight|two\sweeks|2\sweeks|quinzaine|zwei\swochen", r"fortnightly"),
    (
        "week",
        _A_WEEK,
        r"week|wk|woche|semaine|semana|settimana|vecka|uge|неделю|週",
        r"weekly|p\.\s?w\b\.?|wöchentlich|hebdomadaire\w*|semanal\w*|settimanal\w*|wekelijks",
    ),
    (
        "month",
        Decimal(1),
        r"month|mth|mo|monat|mois|mese|mes|mês|maand|månad|måned|mies(?:iąc|\.)|мес\w*|月",
        (
            r"monthly|pcm|p\.\s?c?\.?\s?m\b\.?|monatlich|mtl|mensuel\w*|mensual\w*|mensil[ei]|mensilmente|mensal\w*|"
            r"maandelijks|月額|毎月"
        ),
    ),
)
_BARE = {"year": r"p/?a\b|/\s?a(?!\s*\w)|", "week": r"p/?w\b|", "month": r"p/?m\b|"}
"""Short for a period behind a number only: who needs a PA means no year."""
_EACH = (
    r"(?:(?<![^\W\d_])(?:per|a|each|every|pro|im|in\sder|die|je|jeden?|par|à\sl['\u2019]|al|alla|all['\u2019]|"
    r"por|cada|ao|om|om\shet|på|pr|for\s(?:a|one|the(?:\swhole|\sfull)?)|over\s(?:a|one|the)|в|за)|/)\.?\s*(?:1\s)?\s*"
)
_FORMS = {
    name: re.compile(rf"{_EACH}(?:{noun})(?![^\W\d_])|(?<![^\W\d_])(?:{adverb})(?![^\W\d_])", re.IGNORECASE)
    for name, _months, noun, adverb in _UNITS
}
_MONTHS = {name: months for name, months, _noun, _adverb in _UNITS}
_WORD = (
    r"(?:budget|spend|of|is|about|around|approx|circa|ca|c|roughly|maximum|max|from|between|up\sto|gross|net|"
    r"or\sso|or\smore|total|in\stotal|altogether|all\sin|plus\svat|ex\svat|vat|pounds?|quid|euros?|dollars?|"
    r"bucks|francs?|franken|gbp|eur|usd|chf|sek|nok|dkk|pln|czk|huf|aud|cad|nzd|inr|zar|jpy|kr|kč|zł|ft|lei|"
    r"rs)"
)
_GAP = rf"[^\w.;!?]*(?:\.-)?[^\w.;!?]*(?:{_WORD}\b\.?[^\w;!?]*){{0,3}}?"
_OF_SOMETHING = (
    r"(?!\s+(?:accounts?|returns?|reports?|filings?|statements?|tax|turnover|revenue|meetings?|reviews?|vat\sreturns?|"
    r"payroll)\b)"
)
_BEHIND = {
    name: re.compile(
        rf"{_GAP}(?:{_EACH})?(?:{_BARE.get(name, '')}(?:{noun}|{adverb})(?![^\W\d_])){_OF_SOMETHING}",
        re.IGNORECASE,
    )
    for name, _months, noun, adverb in _UNITS
}
_BEFORE = {
    name: re.compile(
        rf"(?:{_EACH}(?:{noun})|(?<![^\W\d_])(?:{adverb}))(?![^\W\d_]){_GAP}[^\w;!?]*$", re.IGNORECASE
    )
    for name, _months, noun, adverb in _UNITS
}
_EVERY = re.compile(rf"{_GAP}(?:per|every|each|/|alle)\s*(\d{{1,2}})\s*(?:months?|monate)\b", re.IGNORECASE)
_SEVERAL = (
    r"(?:\d+|two|three|four|six|nine|twelve|zwei|drei|sechs|zwölf|deux|trois|six|douze|dos|tres|seis|doce)"
)
_SPANS = (
    r"(?:months?|years?|yrs?|weeks?|quarters?|monate?n?|jahren?|wochen|mois|ans|semaines|meses|años|anos|"
    r"semanas)"
)
_ALL_OF = re.compile(
    rf"{_GAP}(?:for|over|across|during|für|über|pour|sur|por|durante)\s(?:the\s)?(?:next\s|first\s)?{_SEVERAL}\s*{_SPANS}\b",
    re.IGNORECASE,
)
_THINGS = (
    r"(?:employee|person|people|head|user|seat|staff(?:\smember)?|member|location|site|office|invoice|payslip|"
    r"transaction|page|client|customer|company|project|unit|item|piece|post|video|vehicle|session|licen[cs]e|account|"
    r"director|return|kopf|mitarbeiter(?:in)?|beleg|rechnung|projekt|stück|salarié|personne|tête|facture|projet|"
    r"empleado|persona|factura|proyecto|dipendente|fattura|progetto|medewerker|persoon)s?\b"
)
_FOR_EACH = re.compile(
    rf"(?:\b(?:per|each|every|pro|je|par|por|cada)\s|(?<=\d)\sa\s|/\s?){_THINGS}|\bp\.?p\.?(?!\w)|(?<=\d)\s+each\b(?!\s*\w)",
    re.IGNORECASE,
)
_NO_PERIOD: tuple[tuple[re.Pattern[str], str], ...] = (
    (_FOR_EACH, "is for each one of something, and not for a month"),
    (
        re.compile(
            r"(?:\b(?:per|an?|each|pro|par|por|à\sl['\u2019]|de\sl['\u2019]|all['\u2019]|al)\s|/\s?)(?:hours?|hrs?|h|days?|stunde|std|tag|"
            r"heure|jour|hora|día|dia|ora|giorno|uur|dag)\b|\b(?:hourly|daily|day\srate|stündlich|täglich|tagessatz|"
            r"stundensatz)\b|\b\d+\s*(?:hours?|hrs?|days?|weeks?|years?|stunden|tage)\s*(?:at|x|×|\*|@|à|zu)|"
            r"(?:x|×|\*)\s*\d+\s*(?:hours?|hrs?|days?|weeks?|years?|stunden|tage)\b",
            re.IGNORECASE,
        ),
        "is for an hour, a day or so many of them, and not for a month",
    ),
    (
        re.compile(r"\bbi-?(?:weekly|monthly|annual(?:ly)?|yearly)\b|\bevery\sother\b", re.IGNORECASE),
        "is for a time that can be read in two ways",
    ),
)
_ONCE = re.compile(
    r"\bone[\s-]?(?:off|time)\b|\bonce\b(?!\s(?:an?|per|we|you|i|it|the|they|every)\b)|\bsingle\spayment\b|"
    r"\blump[\s-]?sum\b|\bup[\s-]?front\b|\btotal\b|\baltogether\b|\b(?:whole|entire|for\sthe|for\sthis)\sproject\b|"
    r"\beinmal(?:ig\w*)?\b|\binsgesamt\b|\bgesamt\w*|\bpauschal\w*|\bponctuel\w*|\bune\s(?:seule\s)?fois\b|"
    r"\ben\stout\b|\buna\s(?:sola\s)?vez\b|\bpago\súnico\b|\buna\stantum\b|\bin\stotale\b|\beenmalig\w*|"
    r"\bengångs\w*|\bjednorazow\w*|\bразов\w*",
    re.IGNORECASE,
)
_THAT_YEAR = re.compile(
    r"\b(?:1st|first|2nd|second|this|next|coming)\s(?:financial\s|fiscal\s|tax\s)?(?:year|quarter)\b|"
    r"\bbudget\s(?:for|in)\s(?:fy\s?)?20\d\d\b|\b20\d\d\sbudget\b|\bfy\s?(?:20)?\d\d\b",
    re.IGNORECASE,
)


def months_told(text: str, amounts: tuple[tuple[int, int], ...], question: str = "") -> Decimal | str:
    """For how many months the money at these places of the text is; without a word of it, as the question
    says, else for one. As words: why nobody can tell."""
    no_period = next((why for told, why in _NO_PERIOD if told.search(text)), None)
    if no_period is not None:
        return no_period
    ends = [text[end:] for _start, end in amounts]
    every = next((found for rest in ends if (found := _EVERY.match(rest)) and int(found[1])), None)
    if every is not None:
        return Decimal(every[1])
    beside = {name for name, form in _BEHIND.items() if any(form.match(rest) for rest in ends)}
    beside |= {name for name, form in _BEFORE.items() if form.search(text[: amounts[0][0]])}
    if len(beside := _whole(beside)) == 1:
        return _MONTHS[beside.pop()]
    return _from_afar(text, ends, question)


def _from_afar(text: str, ends: list[str], question: str) -> Decimal | str:
    named = _whole({name for name, form in _FORMS.items() if form.search(text)})
    if _ONCE.search(text):
        return "is one sum, and not so much a month"
    if named - {"month"} or _THAT_YEAR.search(text):
        return "may be for another time than a month"
    if not named and any(_ALL_OF.match(rest) for rest in ends):
        return "may be for several months at once, or for each of them"
    return _MONTHS["month"] if named else _as_asked(question.replace("_", " "))


def _as_asked(question: str) -> Decimal | str:
    named = _whole({name for name, form in _FORMS.items() if form.search(question)})
    if not named or "month" in named:
        return _MONTHS["month"]
    return _MONTHS[named.pop()] if len(named) == 1 else "may be for another time than a month"


def _whole(named: set[str]) -> set[str]:
    """Half-yearly is not yearly."""
    return named - {"year", "month"} if "half_year" in named else named
