"""Is what somebody wrote into a field for names a company? By its legal form, its trade, the way firms join
names.

What follows from it (nobody is greeted so) is in `names.py`.
"""

import re

from orchestration_project.text import words

_FORMS = words(
    """
    ltd limited llc llp lllp plc inc incorporated corp corporation pty pte pvt gmbh kgaa mbh ohg gbr sarl
    sàrl sasu eurl scop snc sapa srl s.r.l s.p.a s.a.s s.n.c s.a s.l s.l.u s.c.p s.c s.coop a.c eirl e.i.r.l
    ltda lda eireli b.v n.v vof v.o.f bvba sprl vzw asbl aps a/s i/s p/s k/s oyj tmi osk sp.z o.o zoo s.k.a
    sp.k sp.j s.r.o spol v.o.s a.s k.s d.o.o d.d s.p j.d.o.o kft zrt nyrt kkt bt eood ood ead oü sia osaühing
    a.ş şti ltd.şti sdn bhd tbk jsc ojsc cjsc pjsc k.k aktiengesellschaft gesellschaft handelsgesellschaft
    aktiebolag handelsbolag kommanditgesellschaft genossenschaft stiftung verein koop e.v ppuh fpuh phu zpu
    pfa rfh tic mmc asc qsc ооо оао зао пао ао ип тов чп фоп еоод оод ад еад доо дооел јп групп группа
    компания фирма лтд α.ε ο.ε ε.ε ε.π.ε υιοί սպը փբը բբը หจก จำกัด গ্রুপ লিমিটেড ব্যাংক شركة مؤسسة مجمع شرکت
    گروه صنایع بانک בע"מ בעמ holding holdings group groupe gruppe grupo gruppo groep grupa gruppen bros
    brothers company companies enterprises industries ventures partners associates partnership hnos hermanos
    hijos asociados associados irmãos fratelli figli filhos zonen söhne sönner fils frères
    """
)
_SHORT_FORMS = words(
    """
    AG KG SE SA AS AB AD OY KY EK UG SL SRL SAS SNC SPA NV BV CV HB KB KS DD PLC LP CO RL SCI UD SCA SCS AFJ
    CON RA BA ANS DA ET URL OC1 OC2 OC3 OHG ED ΑΕ ΟΕ ЕТ ЕД СД АД ИП BC
    """
)
"""Which are surnames, too: forms only where they are in capitals and the rest is not."""
_BEFORE_THE_NAME = frozenset({"PT", "UD", "CV", "PD", "Perum"})
_TRADE_BEFORE = words(
    """
    agence agencia agenzia apotheke autohaus bäckerei bakkerij bistro boulangerie brasserie cabinet café
    clínica clinique despacho entreprise estudio estúdio garage hotel hôtel kanzlei metzgerei pizzeria
    praxis restaurant restaurante ristorante salon schreinerei sociedade société spedition steuerberatung
    studio tischlerei trattoria
    """
)
"""Of which no surname is known: `Boulangerie Martin`."""
_TRADES = words(
    """
    accountancy accountants accounting agency architects architekten architecture agentur agence agencia
    agenzia apotheke autohaus automotive autoservice bakery bäckerei bakkerij boulangerie bistro bookkeeping
    brasserie brewery builders building cabinet café carpentry catering charity cleaning clinic clínica
    clinique club college communications computers computing construction construções consultancy consultants
    consulting consultores consultoria contractors corporación corporacion dental dentistry despacho designs
    developers development digital distribution electric electrical electronics energy engineering engineers
    entertainment entreprise estates events express fabrik finance financial fitness flooring foods
    foundation franchise furniture gallery garage gardening graphics handel handwerk hospital hotel
    immobilien immobilier importers industrias innovation innovations institute institut insurance interiors
    international investments it-service joinery kanzlei klinik laboratories laboratorios labs landscapes
    landscaping lawyers legal leisure lettings logistics logistik maintenance management manufacturing
    marketing metzgerei ministries motors museum nursery optics optik painting partyservice pharmacy pharma
    photography physio physiotherapy pizzeria plumbing practice praxis printing productions products profil
    properties property proyectos publishing realtors recruitment rentals repairs research resort restaurant
    restaurante ristorante roofing salon schreinerei security seguros services servicios serviços servizi
    société sociedade società software solar solicitors solutions spedition steuerberatung steuerberater
    steuerkanzlei studio studios supermarket supplies supply surveyors systems systeme tech technik
    technologies technology telecom tischlerei tours trading trainings transport transporte transports travel
    trust trucking université universität university veterinary waste wealth webdesign werkstatt werke
    wholesale workshop yoga zahnarztpraxis
    """
)
_JOINS = re.compile(r"\s(?:&|\+|and|und|et|y|e|og|och|en|i|и|και|և|và)\s", re.IGNORECASE)
_TWO_PEOPLE = frozenset({"&", "+", "and", "und", "et", "og", "och", "και", "և", "và"})
_ANYWHERE = re.compile(
    "株式会社|有限会社|合同会社|合資会社|有限公司|股份|集团|集團|公司|주식회사|\\(주\\)|(株)|（株）|유한회사|研究所|事務所|医院|病院|学校"
    "|บริษัท|หจก\\.|ห้างหุ้นส่วน|[Cc]ông ty|[Dd]oanh nghiệp|سرمايه|سرمایه|ش\\.|م\\.ع|م\\.ذ|ՍՊԸ|ԲԲԸ|ՓԲԸ|GmbH"
)
_FAMILY = re.compile(
    r"^(?:the \w+s|famil(?:ie|y|ia)|famille|famiglia|fam\.|rodzina|семья)\b(?= |$)|\s(?:family|家族)$",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2


def looks_like_company(name: str) -> bool:
    """Rather too seldom than too often: a person's name may hold a word that is a trade's, too."""
    if _ANYWHERE.search(name):
        return True
    parts = [word.strip("()\"'“”„,;").replace("’", "'") for word in name.split()]
    if len(parts) < _FEWEST_WORDS:  # of one word nothing can be told
        return False
    shouted = name.isupper()
    for number, word in enumerate(parts):
        plain = word.rstrip(".,")
        folded = plain.casefold()
        if folded in _FORMS or (
            folded in (_TRADES if number > 0 or len(parts) > _FEWEST_WORDS else _TRADE_BEFORE)
        ):
            return True
        if shouted:
            continue
        if (
            number > 0
            and plain.replace(".", "").upper() in _SHORT_FORMS
            and (plain.isupper() or plain == "Oy")
        ):
            return True
        if number == 0 and plain in _BEFORE_THE_NAME:
            return True
    # `Smith, Jones and Brown`; a name with titles behind it has no such word
    return "," in name and _JOINS.search(name) is not None


def several_people(name: str) -> bool:
    """`Anna & Tom Meyer`, `Smith and Jones`, `Anna/Tom Meyer`, `The Smiths`: of whom nobody is greeted
    alone."""
    if _FAMILY.search(name) or re.search(r"\w/\w", re.sub(r"\([^)]*\)", "", name)):
        return True
    joined = _JOINS.search(name)
    return joined is not None and joined[0].strip().casefold() in _TWO_PEOPLE
