"""Honest tests of a form, in several languages: somebody of the business tries out whether it works.

"We want to test a new payroll provider" is none: a text counts only if less is left without the words of a
test than there are such words.
"""

import re

from orchestration_project.decision.words import distinct_phrases, without_phrases
from orchestration_project.model import Lead
from orchestration_project.playbook.model import Junk

_TESTS = """
    test tests testing tested tester test123 testtest dummy foobar asdf qwerty qwertz lorem ipsum
    disregard smoke staging teste testen testet testnachricht testmail testeintrag testformular probe
    probelauf testlauf ignorieren beachten essai essais ignorer d'ignorer prueba pruebas probando
    ignorar prova prove provo ignorare proef proefbericht negeren testando testowa testowy testowe
    formularza próba próbna zignorować testar testmeddelande provar ignorera prøve prøver kokeilu testi
    testataan тест тестовое тестовая тестирование проверка проверяю проигнорируйте тестуємо перевірка
    deneme denemesi dikkate zkouška testovací teszt dokimi δοκιμή テスト 테스트 اختبار تجربة परीक्षण בדיקה
"""
_PHRASES = (
    "hello world", "lorem ipsum", "please ignore", "ignore this", "submission ignore", "foo bar",
    "form works", "form still works", "contact form works", "please disregard", "qa check", "smoke test",
    "sample submission",
    "bitte ignorieren", "nicht beachten", "merci d'ignorer", "ne pas tenir compte", "por favor ignorar",
    "si prega di ignorare", "graag negeren", "proszę zignorować", "test ediyorum", "dikkate almayın",
)  # fmt: skip
_WORDS = tuple(_TESTS.split())
_FILLER_TEXT = """
    a an and are check checking checked contact do does email mail entry form forms from hello here hey
    still after update updated hi i if im is it just lead message my me name no not of on one only ok
    our person please reply need needed required submission submit that the this to try trying user
    website web site page works work working again new sure see whether you your we dolor sit amet
    consectetur adipiscing elit sed eiusmod tempor incididunt ut labore et dolore magna aliqua number
    first second by developer admin team was sent das der die dies ein eine ist nur ob von vom fur für
    ich wir formular kontakt kontaktformular nachricht bitte geht funktioniert neuen hallo guten tag mal
    wieder neue neues seite antwort nicht notig nötig hier ankommt ceci cest c'est est un une le la les
    du de des pour formulaire bonjour si marche fonctionne seulement svp esto este es una el los del
    para formulario mensaje hola funciona solo contacto por favor questo questa è e il lo uno per modulo
    messaggio ciao se funziona contatto di prego dit deze het een van voor formulier bericht werkt
    alleen even contactformulier isto é um uma o da formulário mensagem olá apenas contato jest tylko
    formularz formularza wiadomość czy działa kontaktowy proszę dzień dobry formuläret kontaktformuläret
    skjemaet formularen det här är bara ett en formulär meddelande fungerar om hej kontaktformulär dette
    er bare skjema melding virker это просто сообщение форма формы сайта сайт работает ли обратной связи
    привет здравствуйте пожалуйста не отвечайте bu bir mesaj mesajı merhaba çalışıyor mu iletişim toto
    je zpráva formulář ez egy üzenet űrlap
"""
_FILLER = frozenset(_FILLER_TEXT.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NO_SPACES = re.compile(r"测试|測試|试试|テスト|테스트|اختبار|تجربة|परीक्षण|בדיקה")
_SHORT = 4  # characters beside a test word in a script without spaces
_SAYS_LITTLE = 3  # words


def form_test(lead: Lead, junk: Junk) -> str | None:
    """Why it is one, in a sentence; None: it is none."""
    words = (*junk.test_words, *_WORDS, *_PHRASES)
    full_name = lead.person.full_name or lead.person.given_name or ""
    local_part = (lead.person.email or "").partition("@")[0]
    said, left = _counts(lead.message, words, ignoring=full_name)
    if said and left < said:
        hits = ", ".join(f'"{word}"' for word in sorted(distinct_phrases(lead.message, words)))
        return f"The message is little more than a test: it says {hits}."
    if (found := _NO_SPACES.search(lead.message)) and len(lead.message) <= len(found.group()) * 3 + _SHORT:
        return f'The message is little more than a test: it says "{found.group()}".'
    if _is_only(full_name, words):
        return "The name is a test word."
    # somebody at a test centre may have such an address: then the message says what they want
    if _is_only(local_part, words) and len(_WORD.findall(lead.message)) - said <= _SAYS_LITTLE:
        return "The e-mail address is a test word, and the message says little."
    return None


def _is_only(text: str, words: tuple[str, ...]) -> bool:
    # as words, since "_" and digits would join a test word to its neighbours: test_user1
    said, left = _counts(" ".join(_WORD.findall(text)), words)
    return said > 0 and left == 0


def _counts(text: str, words: tuple[str, ...], ignoring: str = "") -> tuple[int, int]:
    """How many words are of a test, and how many others say something."""
    rest = _WORD.findall(without_phrases(text, words).casefold())
    meaningless = _FILLER.union(_WORD.findall(ignoring.casefold()))
    said = len(_WORD.findall(text.casefold())) - len(rest)
    return said, sum(word not in meaningless for word in rest)
