"""The words that people see beside a box, in the languages of the world: lead field by lead field.

How a label is compared with them is in `labels.py`; whole sentences are in `asked.py`.
"""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "name": """
        name | full name | contact name | contact person | your full name | name and surname |
        first and last name | lead name | vor- und nachname | vor und nachname | vollständiger name |
        ansprechpartner | ansprechpartnerin | kontaktperson | nom complet | nom et prénom |
        prénom et nom | nom & prénom | nombre completo | nombre y apellidos | nombre y apellido | nombre |
        nome completo | nome e cognome | nome e sobrenome | nome | naam | volledige naam |
        voor- en achternaam | namn | fullständigt namn | för- och efternamn | navn | fulde navn |
        fullt navn | nimi | koko nimi | etu- ja sukunimi | imię i nazwisko | jméno a příjmení |
        meno a priezvisko | celé jméno | név | teljes név | nume | numele | nume complet |
        nume și prenume | numele complet | име | име и фамилия | ime i prezime |
        ime in priimek | όνομα | ονοματεπώνυμο | ad soyad | adı soyadı |
        adınız soyadınız | isim | имя | фио | имя и фамилия | ім'я |
        ім'я та прізвище | піб | täisnimi | vārds uzvārds | vārds, uzvārds |
        vardas pavardė | vardas, pavardė | お名前 | 名前 | 氏名 | 姓名 | 您的姓名 | 이름 | 성함 | 성명 |
        الاسم | الاسم الكامل | שם | שם מלא | nama | nama lengkap | họ và tên | họ tên | ชื่อ |
        ชื่อ-นามสกุล | नाम | पूरा नाम | nom | nom i cognoms | izena | nama penuh | pangalan
    """,
    "first_name": """
        first name | first | given name | given name(s) | forename | fname | vorname | prénom |
        primer nombre | prenome | primeiro nome | voornaam | förnamn | fornavn | etunimi | imię | jméno |
        křestní jméno | meno | krstné meno | keresztnév | utónév | prenume | prenumele | eesnimi |
        vārds | vardas | adı | ad | adınız | ім’я | собствено име | ime |
        μικρό όνομα | 名 | 이름(명) | الاسم الأول | שם פרטי | nama depan | tên | नाम पहला | ชื่อจริง
    """,
    "last_name": """
        last name | last | family name | surname | lname | second name | nachname | familienname | zuname |
        nom de famille | apellidos | apellido | cognome | sobrenome | apelido | último nome | achternaam |
        familienaam | efternamn | etternavn | efternavn | sukunimi | nazwisko | příjmení | priezvisko |
        vezetéknév | családnév | nume de familie | perekonnanimi | uzvārds | pavardė | soyadı |
        soyad | soyadınız | фамилия | прізвище | prezime | priimek | επώνυμο | 姓 |
        苗字 | 성 | اسم العائلة | اللقب | שם משפחה | nama belakang | họ | นามสกุล | उपनाम | cognoms
    """,
    "email": """
        email | e-mail | email address | e-mail address | mail | mail address | email id | work email |
        business email | company email | e-mail-adresse | e-mail adresse | email-adresse | emailadresse |
        mailadresse | courriel | adresse e-mail | adresse email | adresse mail | adresse courriel |
        adresse électronique | correo | correo electrónico | email profesional | dirección de correo |
        dirección de correo electrónico | indirizzo email | indirizzo e-mail | posta elettronica |
        endereço de e-mail | endereço de email | correio eletrónico | correio eletrônico | e-mailadres |
        mailadres | e-postadress | e-post | epost | mejl | mailadress | e-mailadresse | e-postadresse |
        sähköposti | sähköpostiosoite | adres e-mail | adres email | poczta elektroniczna |
        emailová adresa | e-mailová adresa | e-mail cím | email cím | adresă de email |
        adresa de email | adresa de e-mail | имейл | електронна поща | e-pošta |
        e-pošta naslov | e-mail adresa | email adresa | ηλεκτρονικό ταχυδρομείο |
        διεύθυνση email | e-posta | eposta | e-posta adresi | e-posta adresiniz | почта |
        электронная почта | эл. почта | имэйл | e-mail адрес |
        email адрес | електронна пошта | ел. пошта | e-posti aadress | e-pasts |
        e-pasta adrese | el. paštas | el. pašto adresas | メールアドレス | メール | eメール | 邮箱 |
        电子邮件 | 電子郵件 | 电子邮箱 | 邮件 | 信箱 | 이메일 | 이메일 주소 | البريد الإلكتروني |
        البريد الالكتروني | אימייל | דואר אלקטרוני | דוא"ל | דוא״ל | alamat email | surel | địa chỉ email |
        อีเมล | ईमेल | correu electrònic | correu
    """,
    "phone": """
        phone | telephone | phone number | mobile | mobile number | mobile phone | cell | cell phone |
        contact number | whatsapp number | phone no. | mobile no. | tel | rückrufnummer |
        téléphone portable | telefon | telefonnummer | handy | handynummer | mobil | mobilnummer |
        rufnummer | festnetz | téléphone | numéro de téléphone | portable | n° de téléphone | tél |
        teléfono | número de teléfono | móvil | celular | teléfono móvil | telefono |
        numero di telefono | cellulare | recapito telefonico | telefone | telemóvel | número de telefone |
        whatsapp | telefoon | telefoonnummer | mobiel | mobiel nummer | gsm | mobiltelefon | tlf |
        telefonnr | puhelin | puhelinnumero | matkapuhelin | numer telefonu | telefon kontaktowy |
        telefonní číslo | telefónne číslo | telefonszám | număr de telefon | numar de telefon |
        телефон | телефонен номер | номер телефона |
        мобильный телефон | контактный телефон |
        номер телефону | broj telefona | telefonska številka | τηλέφωνο | κινητό |
        τηλέφωνο επικοινωνίας | telefon numarası | telefon numaranız | cep telefonu |
        telefoninumber | tālrunis | tālruņa numurs | telefonas | telefono numeris | 電話番号 | 電話 |
        お電話番号 | 电话 | 手机 | 电话号码 | 手机号 | 联系电话 | 전화번호 | 연락처 | 휴대폰 | الهاتف |
        رقم الهاتف | الجوال | رقم الجوال | טלפון | נייד | מספר טלפון | telepon | nomor telepon | no. hp |
        số điện thoại | điện thoại | เบอร์โทร | โทรศัพท์ | เบอร์โทรศัพท์ | फोन | फ़ोन नंबर | मोबाइल |
        telèfon
    """,
    "company": """
        company | company name | org name | name of company |
        trading name | agency name | practice name | employer |
        business | business name | organisation | organization | organisation name | organization name |
        firm | firma | unternehmen | firmenname | unternehmensname | name der firma |
        name des unternehmens | betrieb | entreprise | société | nom de l'entreprise |
        nom de la société | raison sociale | organisme | empresa | nombre de la empresa | compañía |
        razón social | organización | azienda | società | nome azienda | ragione sociale |
        nome dell'azienda | impresa | nome da empresa | organização | bedrijf | bedrijfsnaam | organisatie |
        företag | företagsnamn | virksomhed | virksomhedsnavn | bedrift | firmanavn | selskap | yritys |
        yrityksen nimi | organisaatio | nazwa firmy | przedsiębiorstwo | společnost | název firmy |
        název společnosti | spoločnosť | názov firmy | cég | cégnév | vállalat | companie | compania |
        numele companiei | nume firmă | фирма | компания | име на фирмата |
        название компании | организация | компанія |
        назва компанії | tvrtka | poduzeće | naziv tvrtke | podjetje | ime podjetja |
        εταιρεία | εταιρία | επωνυμία | επωνυμία εταιρείας | şirket |
        şirket adı | firma adı | kurum | ettevõte | ettevõtte nimi | uzņēmums | uzņēmuma nosaukums |
        įmonė | įmonės pavadinimas | 会社名 | 貴社名 | 御社名 | 会社 | 企業名 | 公司 | 公司名称 | 公司名稱 |
        企业 | 单位 | 회사 | 회사명 | 업체명 | الشركة | اسم الشركة | חברה | שם החברה | perusahaan |
        nama perusahaan | công ty | tên công ty | บริษัท | ชื่อบริษัท | कंपनी | कंपनी का नाम |
        nom de l'empresa
    """,
    "website": """
        website | web site | web address | website address | company website url | website url |
        company website | homepage | web page | webseite | internetseite | internetauftritt | site web |
        site internet | sitio web | página web | pagina web | web | sito web | sito internet | sito |
        site | website da empresa | página da internet | webbplats | hemsida | webbsida | hjemmeside |
        nettside | nettsted | verkkosivu | verkkosivut | kotisivu | strona internetowa | strona www |
        webová stránka | webové stránky | weboldal | honlap | уебсайт | сайт |
        веб-сайт | вебсайт | web stranica | spletna stran | ιστοσελίδα |
        ιστότοπος | web sitesi | web siteniz | koduleht | veebileht | mājaslapa | tīmekļa vietne |
        svetainė | interneto svetainė | ウェブサイト | ホームページ | サイトurl | 网站 | 網站 | 网址 |
        官网 | 웹사이트 | 홈페이지 | الموقع | الموقع الإلكتروني | אתר | אתר אינטרנט | situs web |
        trang web | เว็บไซต์ | वेबसाइट | lloc web
    """,
    "message": """
        message | messages | textarea | text area | long answer | paragraph text | multi line text |
        comment | comments | question | questions | enquiry | inquiry | details |
        note | notes | your request | nachricht | mitteilung | anfrage | anliegen | kommentar | frage |
        bemerkung | bemerkungen | anmerkung | anmerkungen | ihr anliegen | message text | votre demande |
        demande | commentaire | commentaires | votre question | remarques | mensaje | comentario |
        comentarios | consulta | pregunta | messaggio | commento | commenti | richiesta | domanda |
        note aggiuntive | mensagem | comentário | comentários | pedido | pergunta | bericht | opmerking |
        opmerkingen | vraag | meddelande | fråga | kommentarer | besked | meddelelse | spørgsmål |
        melding | beskjed | henvendelse | viesti | kysymys | kommentti | wiadomość | treść wiadomości |
        treść | pytanie | uwagi | komentarz | zpráva | dotaz | vzkaz | poznámka | správa | otázka |
        üzenet | üzenete | megjegyzés | kérdés | mesaj | mesajul | întrebare | comentariu |
        съобщение | запитване | въпрос | poruka | upit | komentar | sporočilo |
        vprašanje | μήνυμα | σχόλια | ερώτηση | mesajınız | notlar | açıklama |
        сообщение | комментарий | вопрос | текст сообщения |
        повідомлення | коментар | питання | sõnum | teade | küsimus | ziņa |
        ziņojums | jautājums | žinutė | pranešimas | klausimas | メッセージ | お問い合わせ内容 | 内容 |
        ご質問 | 留言 | 消息 | 信息 | 訊息 | 咨询内容 | 您的留言 | 메시지 | 문의내용 | 문의 내용 | الرسالة |
        رسالتك | نص الرسالة | استفسار | הודעה | תוכן ההודעה | פנייה | pesan | tin nhắn | nội dung | ข้อความ |
        संदेश | missatge | comentaris
    """,
    "job_title": """
        job title | role | job role | occupation | job function | fonction | poste | puesto | cargo |
        ruolo | functie | funktion | berufsbezeichnung | position in company | stanowisko
    """,
    "industry": """
        business type | type of business | line of business | type of company | secteur |
        secteur d'activité | sector de actividad | settore | bedrijfstak | bransch | branża | branche |
        wirtschaftszweig
    """,
    "employees": """
        mitarbeiterzahl | anzahl mitarbeiter | anzahl der mitarbeiter | nombre d'employés |
        nombre de salariés | número de empleados | numero di dipendenti | aantal medewerkers |
        antal anställda | antal medarbejdere | number of staff | no. of staff | no. of employees
    """,
    "budget": """
        budget | monthly budget | budget range | project budget | estimated budget | your budget |
        preisvorstellung | monatliches budget | budget mensuel | presupuesto | presupuesto mensual |
        presupuesto estimado | orçamento | budget mensile | budżet | rozpočet | költségkeret | buget |
        бюджет | proračun | budžet | προϋπολογισμός | bütçe | budjetti | eelarve |
        budžets | biudžetas | 予算 | ご予算 | 预算 | 預算 | 예산 | الميزانية | תקציב | anggaran |
        ngân sách | งบประมาณ | बजट | pressupost
    """,
    "service": """
        service | services | service needed | service required | which service | which services |
        interested in | i am interested in | leistung | leistungen | dienstleistung | gewünschte leistung |
        interesse an | service souhaité | prestation | prestations | servicio | servicios |
        servicio de interés | servizio | servizi | servizio richiesto | serviço | serviços | dienst |
        diensten | tjänst | tjänster | ydelse | tjeneste | tjenester | palvelu | palvelut | usługa |
        usługi | služba | služby | szolgáltatás | serviciu | servicii | услуга | услуги |
        послуга | послуги | usluga | usluge | storitev | υπηρεσία | υπηρεσίες |
        hizmet | hizmetler | teenus | pakalpojums | paslauga | サービス | ご希望のサービス | 服务 | 服務 |
        서비스 | الخدمة | الخدمات | שירות | layanan | dịch vụ | บริการ | सेवा | servei | serveis
    """,
    "consent": """
        newsletter | newsletter consent | marketing consent | marketing opt in | subscribe |
        subscribe to newsletter | opt in | e-mail updates | newsletter abonnieren | newsletter-anmeldung |
        einwilligung newsletter | inscription newsletter | infolettre | boletín | suscribirme al boletín |
        iscrizione newsletter | nieuwsbrief | nyhetsbrev | nyhedsbrev | uutiskirje | biuletyn | hírlevél |
        рассылка
    """,
}
"""Lead field, then what people read beside it. `Name` beside a first or a last name: `data/fields.py`."""
