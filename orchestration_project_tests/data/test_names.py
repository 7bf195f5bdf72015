"""Names of persons, in any script and case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.casing import cased
from orchestration_project.data.names import Name, read_name


@pytest.mark.parametrize(
    ("typed", "full", "given", "family"),
    [
        ("JOHN SMITH", "John Smith", "John", "Smith"),
        ("patrick o'brien", "Patrick O'Brien", "Patrick", "O'Brien"),
        ("Ronald McDonald", "Ronald McDonald", "Ronald", "McDonald"),
        ("Vincent van der Berg", "Vincent van der Berg", "Vincent", "van der Berg"),
        ("ANKE VAN DER BERG", "Anke van der Berg", "Anke", "van der Berg"),
        ("Smith, John", "John Smith", "John", "Smith"),
        ("Dr. Jane Smith-Jones", "Dr. Jane Smith-Jones", "Jane", "Smith-Jones"),
        ("ИВАН ПЕТРОВ", "Иван Петров", "Иван", "Петров"),
        ("Anna Schmidt (Larkfield)", "Anna Schmidt (Larkfield)", "Anna", "Schmidt"),
        ("田中太郎", "田中太郎", None, None),
        ("김 철수", "김 철수", None, None),
        ("J. Smith", "J. Smith", None, "Smith"),
        ("jane", "Jane", "Jane", None),
        ("Dr.", "Dr.", None, None),
        ("Dr.in Maria Huber", "Dr.in Maria Huber", "Maria", "Huber"),
        ("J.Ng", "J.Ng", "J.Ng", None),
        ("Md.Rahim Uddin", "Md.Rahim Uddin", "Md.Rahim", "Uddin"),
        ("M.Sc. Lena Wolf", "M.Sc. Lena Wolf", "Lena", "Wolf"),
        ("Ph.D. John Smith", "Ph.D. John Smith", "John", "Smith"),
        ("Ing.arch. Petr Novák", "Ing.arch. Petr Novák", "Petr", "Novák"),
        ("D.ssa Giulia Rossi", "D.ssa Giulia Rossi", "Giulia", "Rossi"),
        ("Univ.-Prof.in Dr.in Eva Ott", "Univ.-Prof.in Dr.in Eva Ott", "Eva", "Ott"),
        ("Mr.John Doe", "Mr.John Doe", "John", "Doe"),
        ("Sr.Juan Pérez", "Sr.Juan Pérez", "Juan", "Pérez"),
        ("St.John Rivers", "St.John Rivers", "St.John", "Rivers"),
        ('"Anna" Lee', '"Anna" Lee', "Anna", "Lee"),
        ("María José García", "María José García", "María José", "García"),
        ("Jean Pierre Dupont", "Jean Pierre Dupont", "Jean Pierre", "Dupont"),
        ("John Edward Smith", "John Edward Smith", "John", "Smith"),
        ("Sultan Ahmed", "Sultan Ahmed", "Sultan", "Ahmed"),
        ("Sheikh Hasina", "Sheikh Hasina", "Sheikh", "Hasina"),
        ("Prince Harry", "Prince Harry", "Prince", "Harry"),
        ("Herr Prof. Dr. Max Weber", "Herr Prof. Dr. Max Weber", "Max", "Weber"),
        ("Nguyễn Văn An", "Nguyễn Văn An", "An", "Nguyễn"),
        ("MARIA MACHADO", "Maria Machado", "Maria", "Machado"),
        ("SA'AD AL-AMIN", "Sa'ad Al-Amin", "Sa'ad", "Al-Amin"),
        ("IŞIL YILDIZ", "Işıl Yıldız", "Işıl", "Yıldız"),
        ("ιωαννησ παπαδοπουλοσ", "Ιωαννησ Παπαδοπουλοσ", "Ιωαννησ", "Παπαδοπουλοσ"),
        ("ΝΙΚΟΣ ΠΑΠΠΑΣ", "Νικος Παππας", "Νικος", "Παππας"),
        ("علی\u200cرضا رضایی", "علی\u200cرضا رضایی", "علی\u200cرضا", "رضایی"),
        ("Anna & Tom Meyer", "Anna & Tom Meyer", None, None),
        ("The Smiths", "The Smiths", None, None),
        ("Smith Family", "Smith Family", None, None),
        ("Familie Huber", "Familie Huber", None, None),
        ("Bob/Robert Smith", "Bob/Robert Smith", None, None),
        ("Jane Doe (she/her)", "Jane Doe (she/her)", "Jane", "Doe"),
        ("CEO Jane Doe", "CEO Jane Doe", "Jane", "Doe"),
        ("jo.bloggs", "jo.bloggs", None, None),
        ("jane_doe92", "jane_doe92", None, None),
        ("Петров Иван Сергеевич", "Петров Иван Сергеевич", "Иван", "Петров"),
        ("Иван Сергеевич Петров", "Иван Сергеевич Петров", "Иван", "Петров"),
        ("Smith-Jones", "Smith-Jones", None, None),
        ("Anne-Marie", "Anne-Marie", "Anne-Marie", None),
    ],
)
def test_a_name_in_one_field(typed: str, full: str, given: str | None, family: str | None) -> None:
    assert read_name(typed, "", "") == (Name(full, given, family), None)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("JANE", "DOE", Name("Jane Doe", "Jane", "Doe")),
        ("jan peter", "van der berg", Name("Jan Peter van der Berg", "Jan Peter", "van der Berg")),
        ("José", "García López", Name("José García López", "José", "García López")),
        ("太郎", "田中", Name("田中 太郎", "太郎", "田中")),
        ("Jane", "", Name("Jane", "Jane", None)),
        ("", "SMITH", Name("Smith", None, "Smith")),
        ("Vincent", "van Gogh", Name("Vincent van Gogh", "Vincent", "van Gogh")),
        ("María José", "García", Name("María José García", "María José", "García")),
        ("Sultan", "Khan", Name("Sultan Khan", "Sultan", "Khan")),
        ("Sheikh", "Rahman", Name("Sheikh Rahman", "Sheikh", "Rahman")),
        ("J.", "Smith", Name("J. Smith", "J.", "Smith")),
        ("Dr. Jane", "Doe", Name("Dr. Jane Doe", "Dr. Jane", "Doe")),
        ("Jo", "Smith, Jr.", Name("Jo Smith, Jr.", "Jo", "Smith, Jr.")),
        ("ANKE", "VAN DER BERG", Name("Anke van der Berg", "Anke", "van der Berg")),
    ],
)
def test_a_name_in_two_fields(first: str, last: str, name: Name) -> None:
    assert read_name("", first, last) == (name, None)


@pytest.mark.parametrize(
    "typed", ["WIN at bit.ly/x", "https://evil.example", "jane@evil.example", "ev\u200bil.com"]
)
def test_a_name_that_holds_a_link_is_ignored(typed: str) -> None:
    for fields in ((typed, "", ""), ("Jane", typed, "")):
        name, problem = read_name(*fields)
        assert name == Name()
        assert problem
        assert problem.code == "ignored"
        assert "evil" not in problem.message


def test_initials_with_dots_are_no_link() -> None:
    assert read_name("J.R.R. Tolkien", "", "")[1] is None


def test_a_name_without_end_is_cut() -> None:
    name, problem = read_name("x" * 5_000, "", "")
    assert len(name.full or "") == 120
    assert problem
    assert problem.code == "too_long"


@pytest.mark.parametrize(
    "typed",
    [
        "win@x.com",
        "x.com",
        "visit evil.com",
        "EVIL.COM",
        "a.b.evil.org",
        "bit.ly",
        "bit.ly/x",
        "t.co/x y",
        "http:evil",
        "10.0.0.1",
        "win＠evil.com",
    ],
)
def test_what_may_be_a_link_is_no_name(typed: str) -> None:
    name, problem = read_name(typed, "", "")
    assert name == Name()
    assert problem
    assert problem.code == "ignored"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "Acme Ltd",
            "Acme Ltd.",
            "Müller GmbH & Co. KG",
            "Smith, Jones and Brown",
            "Williams LLC",
            "Rossi S.r.l.",
        ),
        *(
            "Boulangerie Martin",
            "García Hermanos",
            "Jansen en Zonen B.V.",
            "Kowalski Sp. z o.o.",
            "株式会社田中",
        ),
        *("Иванов ООО", "PT Hutasoit", "Lehtonen Oy", "Bright Accounting", "Larsen AS", "บริษัท ฉัพพรรณ จำกัด"),
    ],
)
def test_a_company_in_the_field_for_a_name_is_greeted_as_nobody(typed: str) -> None:
    name, problem = read_name(typed, "", "")
    assert (name.full, name.given, name.family, name.company) == (typed, None, None, True)
    assert problem
    assert (problem.field, problem.code) == ("name", "unclear")


def test_what_stands_in_both_fields_is_the_companys_name() -> None:
    assert read_name("Larkfield", "", "", "larkfield")[0] == Name("Larkfield", company=True)


@pytest.mark.parametrize(
    "typed", ["Jude Law", "Denise Church", "Anna Sa", "Marco Spa", "Tom Baker", "Kim Bo", "Rose Banks"]
)
def test_a_person_may_be_called_like_a_trade(typed: str) -> None:
    name, problem = read_name(typed, "", "")
    assert problem is None
    assert name.given == typed.partition(" ")[0]


@given(st.text(max_size=60))
def test_capitals_add_and_drop_no_letter(typed: str) -> None:
    for text in (typed, typed.upper(), typed.lower()):
        assert len(cased(text)) == len(text)
        assert cased(text).casefold() == text.casefold() or {"İ", "I", "ı", "i"} & set(text)


@pytest.mark.parametrize("typed", ["null", "undefined undefined", "[object Object]", "N/A", "#REF!"])
def test_what_a_program_writes_where_it_found_no_name_is_nobodys(typed: str) -> None:
    name, problem = read_name(typed, "", "")
    assert name == Name()
    assert problem and problem.code == "unclear"


@pytest.mark.parametrize("typed", ["=SUM(A1)|x", "Robert'); DROP TABLE", "{{first_name}} Lee", "%%NAME%%"])
def test_nobody_is_greeted_by_a_formula_or_an_unfilled_field(typed: str) -> None:
    name, problem = read_name(typed, "", "")
    assert (name.given, name.family) == (None, None)
    assert problem and problem.code == "unclear"


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [
        ("Anna Lee", "Anna Lee", Name("Anna Lee", "Anna", "Lee")),  # a browser filled both
        ("Mr", "Smith", Name("Mr Smith", None, "Smith")),
        ("undefined", "Smith", Name("Smith", None, "Smith")),
        ("Rachel", "True", Name("Rachel True", "Rachel", "True")),
        ("Vincent", "van Gogh", Name("Vincent van Gogh", "Vincent", "van Gogh")),
        ("Mary Ann", "Null", Name("Mary Ann Null", "Mary Ann", "Null")),
    ],
)
def test_halves_stay_halves_unless_one_is_no_name(given: str, family: str, name: Name) -> None:
    assert read_name("", given, family)[0] == name
