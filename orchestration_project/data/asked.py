"""What a form asks for in a sentence: `What's the best number to reach you on?`, `How can we help?`.

Single words and short labels are in `labels.py`; which answer counts is decided in `fields.py`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

_BEFORE = r"""
    \d{1,2}[.)]\s+
    \W+
    (?:hi|hi there|hello|hey|great|thanks|thank you|okay)\s*[!,.:…-]+
    (?:first things first|to start|finally|first)\s*[!,.:…-]+
    (?:and|so|now|also|please|kindly|bitte|s'il vous plaît|por favor|per favore)\b[\s,:]+
    (?:what(?: is|'s| are)|which|(?:may|can|could) (?:i|we) (?:have|ask)|do you have a(?= budget))\s+
    (?:enter|provide|write|leave|share|type|add|insert|specify|confirm|select|choose|pick)\s+
    (?:give us|tell us|let us know)\s+
    (?:wie lautet|wie ist|was ist|nennen sie uns)\s+
    (?:quel(?:le)? est|indiquez|cuál es|indica|qual [èé]|inserisci|scrivi)\s+
    (?:wat is|vul in|schrijf|vad är|hv(?:ad|a) er)\s+
"""
_AFTER = r"""
    \s*[(\[（][^)\]）]*[)\]）]
    [\s*:?？!.]+
    \s+(?:please|here|below|to us|bitte|für rückfragen|nr)
    \s+(?:professionnel(?:le)?|pro|profesional|aziendale|de contacto?|di contatto)
    \s+(?:to|(?:where )?we can|can we) (?:best )?(?:reach|contact|call) you(?: (?:on|at|by))?
"""
_MAILS = r"(?:newsletter|mailing list|infolettre|boletín|nieuwsbrief|nyhets?brev|nyhedsbrev|biuletyn)"
_WANTS = (
    r"(?:agree|consent|accepts?|subscribe|receive|opt(?:ed)?[- ]?in|sign (?:me )?up|join|get"
    r"|möchte|abonn\w*|anmeld\w*|erhalten|stimme|souhaite|recevoir|quiero|recibir|suscrib\w*|voglio|ricevere|is?n?scri\w*|wil|vill|vil"
    r"|ønsker|ontvangen|aanmelden|receber)"
)
_OUR_FIRM = r"(?:unternehmens|firma|entreprise|société|empresa|azienda|ditta|bedrijf)"
_SENTENCES: Mapping[str, str] = {
    "name": r"""
        ^wie hei(?:ß|ss)(?:en sie|t du)
        ^comment (?:vous appelez-vous|t'appelles-tu)
        ^cómo (?:te llamas|se llama)
        ^come (?:ti chiami|si chiama)
        ^como (?:você )?se chama
        ^hoe heet (?:je|u)
        ^(?:vad|hva|hvad) (?:heter|hedder) du
        ^jak (?:się nazywasz|se jmenuj)
        ^как вас зовут
    """,
    "phone": r"""
        ^(?:best |your )*(?:contact )?number\b.*\b(?:reach|call|contact) you
    """,
    "company": rf"""
        ^(?:your |the )?(?:company|business|organi[sz]ation|firm) called
        ^(?:name|nom|nombre|nome|naam) (?:ihre[sr]|deine[sr]|des|der|de|della|del|da|van)\b.*\b{_OUR_FIRM}$
    """,
    "employees": r"""
        ^(?:how many|number of|no\.? of) (?:full[- ]time )?(?:employees|staff|team members)\b
        ^(?:how many|number of|no\.? of) people\b.*\b(?:work|employ)
        ^(?:how many|number of|no\.? of) people\b.*\b(?:company|team|business|organi[sz]ation)$
    """,
    "industry": r"""
        ^(?:what |which )?(?:industry|sector) (?:are|is|do)\b
    """,
    "budget": r"""
        \b(?:budget|presupuesto|orçamento)\b
        ^how much (?:do|would|can|are|could) you .*\b(?:spend|invest|pay)\b
    """,
    "consent": rf"""
        \b{_WANTS}\b.*\b{_MAILS}
        \b{_WANTS}\b.*\b(?:marketing|promotion\w*|news|offers)\b(?! (?:help|services|support|leads))
        \bsend me\b.*\b(?:news|offers|updates)\b
        \b(?:marketing|e-?mail|newsletter|gdpr)[\s_]+(?:consent|opt[\s_-]?in|permission|marketing)$
        ^keep me (?:updated|posted|informed)
    """,
    "service": r"""
        ^(?:(?:what|which)(?: of our| kind of| type of)?|type of|of our) (?:\w+ )?services?\b
        ^(?:\w+ )?services? (?:required|needed|type|of interest|requested|wanted|do you|are you)
        ^(?:\w+ )?services? you (?:need|want|require)
        ^(?:i'm|i am|you are|you're|are you|what are you)(?: most)? interested in
        ^(?:areas?|services?|products?|topics?)(?:/\w+)? of interest
        ^(?:welche[rsn]? (?:dienst)?leistung|quels? (?:service|prestation))
        ^(?:qué servicio|quali? servizi|welke dienst)
    """,
    "message": r"""
        ^how (?:can|may|could) (?:we|i) (?:best )?(?:help|assist|support)
        ^what can we (?:help|do|assist)
        ^what (?:do you (?:need|want)|are you looking for|would you like (?:to|us|help))
        ^what (?:brings you|is this about)
        ^(?:us )?(?:a (?:bit|little) |more|briefly )?(?:more )?about (?:your|the|you)\b
        ^(?:us )?(?:a (?:bit|little) )?(?:more|what you)\b
        ^(?:in your own words|briefly |in detail )*describe\b
        ^(?:is there )?anything (?:else|we should|(?:that )?(?:will|would|could|can|may) help)
        ^(?:any )?(?:additional|other|further|special) (?:info\w*|comment|detail|note)
        ^(?:any )?(?:additional|other|further|special) (?:question|remark|request|requirement)
        ^(?:project|request|enquiry|inquiry|case|job)[\s_]+(?:details?|description|brief|summary|info\w*)
        ^(?:brief |short )?(?:description|summary|overview|details) of\b
        ^(?:brief|short) description$
        ^(?:a |your )?(?:message|text ?area)(?: (?:to us|here)|\W*\d+)?$
        ^(?:the )?(?:reason|purpose) (?:for|of) (?:your |the )?(?:contact|enquiry|inquiry|visit|message|call)
        ^why are you (?:contacting|reaching)
        ^(?:wie|womit|wobei|was) (?:können|kann|dürfen|darf) (?:wir|ich)\b.*(?:helfen|tun|unterstützen)
        ^(?:beschreiben|schildern|erzählen) sie\b
        ^(?:worum geht|nachricht an|was (?:suchen|benötigen|brauchen) sie)
        ^(?:weitere|sonstige|zusätzliche) (?:informationen|angaben|anmerkungen|hinweise|wünsche)
        ^(?:projektbeschreibung|projektdetails)$
        ^(?:comment|en quoi) (?:pouvons|puis)-(?:nous|je)\b.*aider
        ^(?:décrivez|parlez-nous|dites-nous|votre (?:besoin|projet)$)
        ^(?:informations?|précisions?) (?:complémentaires?|supplémentaires?)
        ^(?:description (?:du|de votre)|objet de (?:votre|la)) (?:projet|besoin|demande)
        ^(?:cómo|en qué) (?:te |le |os |les )?(?:podemos|puedo) ayud
        ^(?:cuéntanos|cuéntenos|describ[ea]|qué (?:necesitas?|buscas?))\b
        ^(?:información|comentarios) adicional
        ^(?:come|in (?:che )?cosa) (?:possiamo|posso) aiut
        ^(?:descrivi|descriva|raccontaci|parlaci)\b
        ^(?:hoe|waarmee|waar) (?:kunnen|kan) (?:we|wij|ik)\b.*help
        ^(?:omschrijf|beschrijf|vertel)\b
        ^(?:como|em que) (?:podemos|posso)\b.*ajud
        ^(?:descreva|conte-nos|fale-nos)\b
        ^(?:hur|hvordan|vad|hva|hvad) kan (?:vi|jeg|jag) hj[äæe]lp
        ^(?:w czym możemy\b.*pomóc|opisz\b)
        ^(?:чем (?:мы )?(?:можем|могу)\b.*помочь|опишите\b)
        ^s čím\b.*pomoci
    """,
}
"""Lead field, then how sentences begin that ask for it. The first field that fits counts: whose answer is of
a kind of its own stands before the message."""


def _any_of(patterns: str, frame: str = "{}") -> re.Pattern[str]:
    lines = [line.strip() for line in patterns.strip().splitlines()]
    return re.compile(frame.format(f"(?:{'|'.join(lines)})"), re.IGNORECASE)


@cache
def _around() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is said before and after. Made when a label is met that the words do not know: most commands meet
    none, and it takes them some hundredths of a second."""
    return _any_of(_BEFORE, "^{}"), _any_of(_AFTER, "{}$")


@cache
def _asks() -> Mapping[str, re.Pattern[str]]:
    return {field: _any_of(patterns) for field, patterns in _SENTENCES.items()}


_COPY = re.compile(r"[\s_-]+\d{1,2}$")
"""Builders number the fields of a form that was copied: `Email 2`."""
_COPIED = frozenset(
    {"email", "phone", "name", "first_name", "last_name", "company", "website", "budget", "service"}
)
_WHICH_ONE = re.compile(
    r"^(?:your )?(?:best|primary|main|contact|work|business|personal|professional|corporate|company|direct|"
    r"daytime|whatsapp|geschäftliche|numéro de)\s+(?!mail\b)",
    re.IGNORECASE,
)
"""Mail of some kind may be letters."""
_SEVERAL_WAYS = frozenset({"email", "phone"})
_WHOSE = re.compile(
    r"^(?:respondent|submitter|customer|client|lead|contact|visitor|sender|applicant|enquirer)(?:'s)?\s+(?!mail\b)",
    re.IGNORECASE,
)
_THEIR_OWN = frozenset({"email", "phone", "name", "first_name", "last_name", "company"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_WHAT = re.compile(
    r"^(?:the )?(?P<what>name|url|address|link) (?:of|to) (?:your |the )?(?P<whose>company|business|"
    r"organi[sz]ation|firm|website|site)(?: called)?$",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:not|no|don'?t|never|unsubscribe|opt[- ]?out|stop|kein\w*|nicht|ne|pas|non|niet|geen|nie|inte|"
    r"ikke)\b",
    re.IGNORECASE,
)
"""What stands in a question whose yes is a no."""
_ANOTHERS = re.compile(
    r"\b(?:who|whom|whose|approv\w*|holders?|owners?|already|current(?:ly)?|previous(?:ly)?|before|did|wer|"
    r"qui)\b",
    re.IGNORECASE,
)
"""What stands in a question about somebody else, or another time."""


def short_forms(label: str) -> Iterable[tuple[str, frozenset[str] | None]]:
    """The words that count in a sentence, each with the fields that it may ask for; None for any."""
    bare = _stripped(_HUMP.sub(" ", label).replace("_", " "))
    if (named := _OF_WHAT.match(bare)) is not None:
        if named["whose"].casefold() in {"website", "site"}:
            return (("website", None),)
        return ((f"{named['whose']} name", None),) if named["what"].casefold() == "name" else ()
    one = _WHICH_ONE.sub("", bare)
    return (
        (bare, None),
        (_COPY.sub("", bare), _COPIED),
        (one, _SEVERAL_WAYS),
        (_WHICH_ONE.sub("", one), _SEVERAL_WAYS),
        (_WHOSE.sub("", bare), _THEIR_OWN),
    )


def by_sentence(label: str) -> str | None:
    """The lead field that a whole sentence asks for."""
    said = label.replace("_", " ").replace("’", "'")
    forms = _stripped(said), said.strip(" ¿¡?!*:.")
    for field, asks in _asks().items():
        if any(map(asks.search, forms)):
            refused = _AGAINST if field == "consent" else _ANOTHERS
            return None if field != "message" and refused.search(said) else field
    return None


def _stripped(label: str) -> str:
    """Without what is said around: `Hi! What's your name, please?` is `your name`."""
    begin, end = _around()
    text, before = label.replace("’", "'").strip(), ""
    while text != before:
        before = text
        text = end.sub("", begin.sub("", text)).strip()
    return text
