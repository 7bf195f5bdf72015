"""Does an answer agree to marketing mail? Only what says so is a yes; what cannot be read is told.

A reply to an inquiry needs no consent; what consent is for, the playbook's tracks say.
"""

import re

from orchestration_project.model import Problem
from orchestration_project.text import one_line, words

_MAX_CHARACTERS = 300
YES = words(
    """
    true yes y 1 on ok okay checked accepted agreed agree accept granted subscribed subscribe opted-in optin
    sure yep yeah ja jawohl jep oui si sí sì sim tak ano áno igen da kyllä kylla joo jah jā taip evet так да
    όχι-δεν ναι はい 是 是的 同意 예 네 동의 نعم כן ya có vâng ใช่ ยินยอม हाँ हां einverstanden
    akzeptiert zugestimmt
    absolutely certainly definitely gladly gerne natürlich selbstverständlich volontiers claro certo
    certamente graag gärna gjerne
    accepté d'accord acepto accetto aceito concordo akkoord godkänner godkender samtykker zgadzam súhlasím
    souhlasím elfogadom agréé
    """
) - {"όχι-δεν"}
NO = words(
    """
    false no n 0 off none never unchecked declined denied refused nope nah unsubscribed opt-out optout nein
    nö non nee nej nei ei nie ne nem nu não nao hayır нет ні не όχι いいえ 否 不 不同意 아니요
    아니오 لا לא tidak không ไม่
    नहीं null undefined
    """
)
_TICKS = frozenset({"x", "[x]"})
_AGREES = re.compile(
    r"\b(?:i|we)\s+(?:agree|consent|accept|would like|want|wish|opt in|give my consent|confirm|am happy|"
    r"have read)|\bagree to\b|\bopt(?:ed|ing)?[- ]in\b|\bof course\b|\bbien s[uû]r\b|\bsign me up\b|"
    r"\bsubscribe me\b|\bkeep me (?:updated|posted|informed)\b|\bsend me\b"
    r"|\bich (?:stimme|willige|möchte|bin einverstanden|akzeptiere|bin damit einverstanden)|"
    r"\bj['’]accepte|\bje (?:souhaite|consens|donne mon accord|veux)"
    r"|\b(?:yo )?acepto\b|\bquiero recibir|\bdeseo recibir|\bautorizo\b|\baccetto\b|\bacconsento\b|"
    r"\bautorizzo\b|\baceito\b|\bconcordo\b|\bautorizo\b"
    r"|\bik (?:ga akkoord|wil|geef toestemming)|\bjag (?:godkänner|samtycker|vill)|\bjeg (?:accepterer|"
    r"samtykker|vil|ønsker|godtar)"
    r"|\bwyrażam zgodę|\bzgadzam się|\bsouhlasím|\bsúhlasím|\bhozzájárulok|\bsunt de acord|\bhyväksyn|"
    r"\bsuostun|\bkabul ediyorum|\bonaylıyorum|\bсогласен|\bсогласна|\bдаю согласие|\bзгоден|\bзгодна|"
    r"\bσυμφωνώ|同意します|同意する|동의합니다|أوافق",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|don'?t|do not|no|never|without|but|only|unless|except|except for|if|maybe|perhaps|later|"
    r"unsure|nicht|kein\w*|aber|nur|vielleicht|pas|jamais|mais|seulement"
    r"|peut-être|sin|pero|nunca|solo|quizás|senza|ma|mai|forse|sem|mas|talvez|niet|geen|maar|alleen|"
    r"misschien|inte|ej|men|ikke|kanske|måske|nie|ale|может|не|но|нет)\b|[?？]|ません|しない|아니|않",
    re.IGNORECASE,
)
_OF_MAILS = re.compile(
    r"news|marketing|mail|promo|offer|update|inform\w* (?:me|us)|angebot|werb|offre|oferta|offert|aanbied|"
    r"erbjud|tilbud|рассыл|новост",
    re.IGNORECASE,
)
_OF_SOMETHING_ELSE = re.compile(
    r"privacy|\bterms\b|conditions|cookie|\bstor(?:e|ing|age)\b|process(?:ed|ing)\b|datenschutz|\bagb\b"
    r"|nutzungsbedingungen|confidentialité|mentions légales|privacidad|privacidade|términos|condiciones|"
    r"termos|condizioni|trattamento|voorwaarden|integritet|villkor|vilkår|polityk|regulamin|osobních údajů|"
    r"конфиденциальн|персональн",
    re.IGNORECASE,
)
"""What else a form has people agree to. It says nothing of mails."""
_NO_TO_IT = re.compile(
    r"(?:not (?:interested|now|checked|ticked|selected|subscribed|given|granted)"
    r"|i (?:disagree|decline|refuse)|[-–]|n/?a|not applicable)$"
)
_WORD = re.compile(r"[^\s,.!;:()]+")
_UNCLEAR = Problem(
    field="consent",
    code="unclear",
    message="Whether this agrees to marketing mail cannot be told, so it counts as a no. Ask, or "
    "correct the form: a box that is ticked or not says it best.",
)


def read_consent(text: str) -> tuple[bool, Problem | None]:
    """`Yes please`, `Ja, gerne`, `I agree to receive the newsletter`: yes. `yes but not by mail`: nobody
    knows."""
    said = one_line(text, _MAX_CHARACTERS)
    whole = said.casefold().strip(" .!,;:\"'“”✓✔☑✅")
    if whole in YES or whole in _TICKS or (not whole and any(mark in said for mark in "✓✔☑✅")):
        return True, None
    if not whole or whole in NO or _NO_TO_IT.fullmatch(whole):
        return False, None
    if _OF_SOMETHING_ELSE.search(whole) and not _OF_MAILS.search(whole):
        return False, _UNCLEAR
    first = next(iter(_WORD.findall(whole)), "")
    denied = _NOT.search(whole)
    if first in NO and not _AGREES.search(whole):
        return False, None
    if denied is None and (first in YES or _AGREES.search(whole)):
        return True, None
    # several answers that say the same, as `Yes, Yes`
    return False, _UNCLEAR
