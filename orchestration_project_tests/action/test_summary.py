from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.action.summary import summary
from orchestration_project.model import Company, Person, ReceiptStatus, ScoreStatus
from orchestration_project_tests.action.briefs import REF, SCORE, a_brief, a_receipt


def test_one_sentence_says_who_how_good_and_what_waits() -> None:
    done = tuple(a_receipt(name) for name in ("crm_contact", "task", "draft"))
    assert summary(a_brief(receipts=done)) == (
        "Priority 9/10 · Jane Doe (Acme Ltd) wants Payroll: the AI says: “Asks for payroll for 40 people, "
        "soon”. "
        f"Draft waits in outbox, task set, contact saved; {REF}"
    )


def test_what_is_only_planned_what_waits_and_what_failed_is_said() -> None:
    brief = a_brief(
        receipts=(
            a_receipt("crm_contact"),
            a_receipt("draft", ReceiptStatus.FAILED),
            a_receipt("folder", ReceiptStatus.PLANNED),
            a_receipt("calendar_hold", ReceiptStatus.BEGUN),
            a_receipt("sequence", ReceiptStatus.SKIPPED),
            a_receipt("task", ReceiptStatus.WAITING),
        )
    )
    assert summary(brief).endswith(
        "Contact saved; only planned: folder; still waiting, done by itself: task; "
        f"looked up again by itself, its end is not known: calendar hold; FAILED: draft; {REF}"
    )


def test_an_action_that_was_added_later_is_told_too() -> None:
    assert f"Text message done; {REF}" in summary(a_brief(receipts=(a_receipt("text_message"),)))


def test_a_lead_without_a_score_is_not_called_zero() -> None:
    text = summary(a_brief(track="nurture", score=None, status=ScoreStatus.TIMEOUT))
    assert text.startswith("Nurture, no score (timeout) · Jane Doe (Acme Ltd) wrote: ")
    assert "0/10" not in text


def test_somebody_unknown_is_called_so() -> None:
    assert "somebody without a name" in summary(a_brief(person=Person(), company=Company()))


@settings(deadline=None)
@given(st.text(), st.sampled_from(["http://evil.example/a", "www.evil.com", "evil.com", "me@evil.com"]))
def test_it_is_one_short_line_without_links_whatever_the_form_says(wild: str, link: str) -> None:
    brief = a_brief(
        person=Person(full_name=f"{wild} {link}"),
        company=Company(name=f"{link} {wild}"),
        score=SCORE.model_copy(update={"rationale": f"{wild} {link} {wild}"}),
    )
    text = summary(brief)
    assert "evil" not in text
    assert len(text.splitlines()) == 1
    assert len(text) < 400
    assert text.isprintable()


def test_the_reason_ends_where_a_sentence_ends() -> None:
    long = "Asks for payroll for 40 people. " + "The reasons go on and on. " * 20
    text = summary(a_brief(score=SCORE.model_copy(update={"rationale": long})))
    reason = text.partition("wants Payroll: ")[2]
    told = "Asks for payroll for 40 people." + " The reasons go on and on." * 6
    assert reason == f"the AI says: “{told.rstrip('.')}”. {REF}"
    assert "…" not in text


def test_of_a_sentence_that_is_too_long_the_beginning_says_that_it_goes_on() -> None:
    long = ", ".join(f"reason number {number}" for number in range(40)) + "."
    text = summary(a_brief(score=SCORE.model_copy(update={"rationale": long}), receipts=(a_receipt("task"),)))
    assert ", reason number 10 …” Task set; " in text
    assert ".." not in text
