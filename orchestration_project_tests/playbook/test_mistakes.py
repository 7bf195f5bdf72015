"""Each mistake an owner can make in playbook.yaml or connections.yaml: found, placed, and with a mend."""

from pathlib import Path

import pytest

from orchestration_project.model.fields import LEAD_FIELDS, REQUIRABLE_FIELDS
from orchestration_project.playbook.load import check_playbook
from orchestration_project.playbook.mistakes import Mistake
from orchestration_project_tests.playbook.conftest import KNOWN, Edit

TOP = "region: GB "
PRIORITY = "actions: [crm_contact, task, draft, folder, calendar_hold, chat]"
HIGH = "{score: {from: 8}}"
MIDDLE = "{score: {from: 4, to: 7}}"
AI_FAILS = "when_ai_fails: scorecard"
SIGNAL = "- {points: 1, why: left a phone number, phone: true}"

# what the owner did: (old text, new text, text on the line that the message names, in `what`, in `mend`)
RULES = {
    "unknown key": (TOP, "regoin: GB", "regoin", "no key `business.regoin`", "`region`"),
    "unknown key at the top": ("\nautonomy: draft", "\nautonmy: draft", "autonmy", "no key", "`autonomy`"),
    "unknown key in a signal": (SIGNAL, SIGNAL.replace("phone:", "fone:"), "fone", "no key", "`phone`"),
    "unknown key in a score": (HIGH, "{score: {form: 8}}", "form: 8", "no key", "`from`"),
    "missing key": ("  currency: GBP\n", "", "business:", "`business.currency` is missing", "currency:"),
    "missing section": ("\nscorecard:", "\nscorcard:",
        None, "`scorecard` is missing", "scorecard:"),
    "empty key": ("currency: GBP", "currency:", "currency:", "has nothing after it", "Fill it in"),
    "number for a name": ("name: Larkfield Bookkeeping", "name: 24", "name: 24", "text, not `24`", "quotes"),
    "word for a number": ("max_leads_per_run: 250", "max_leads_per_run: many",
        "many", "whole number", "digits"),
    "fraction for points": (SIGNAL, SIGNAL.replace("1", "1.5"), "1.5", "whole number", "digits"),
    "word for yes or no": (SIGNAL, SIGNAL.replace("true", "maybe"), "maybe", "true or false", "`true`"),
    "text for keys": ("owner: {name: Hannah Lark, email: hannah@larkfield.example, role: Founder}",
        "owner: Hannah", "owner: Hannah", "`key: value`", "Compare"),
    "number for a list": ("blocked_domains: [mailinator.com, guerrillamail.com]", "blocked_domains: 5",
        "blocked_domains", "a list", "[one, two]"),
    "no tracks": ("tracks:\n", "tracks: {}\nother:\n", "tracks:", "`tracks` is empty", "Add"),
    "duplicate key": ("  currency: GBP\n", "  currency: GBP\n  currency: EUR\n",
        "currency: EUR", "there twice, first on line 9", "Delete"),
    "two tracks of one name": ("  not_fit:\n", "  nurture:\n",
        "nurture:\n    title: Not", "`tracks.nurture` is there twice", "rename"),
    "two services of one name": ("  year_end:\n", "  payroll:\n",
        "payroll:\n    title: Y", "twice", "rename"),
    "two categories of one name": ("  vendor:\n", "  inquiry:\n",
        "inquiry:\n    title: V", "twice", "rename"),
    "scores nobody catches": (MIDDLE, "{score: {from: 5, to: 6}}", "tracks:", "score 4 and 7", "Widen"),
    "a condition does not catch for sure": (HIGH, "{score: {from: 8}, service: payroll}",
        "tracks:", "score 8 to 10", "last track"),
    "track behind others": (MIDDLE, "{score: {from: 9}}",
        "nurture:\n", "reach the track `nurture`", "Move it up"),
    "score above the scale": (HIGH, "{score: {from: 8, to: 11}}", "to: 11", "too high", "10 or less"),
    "score below the scale": (HIGH, "{score: {from: -1}}", "from: -1", "too low", "0 or more"),
    "score upside down": (MIDDLE, "{score: {from: 7, to: 4}}", "from: 7", "from 7 to 4", "Swap"),
    "unknown service": (HIGH, "{score: {from: 8}, service: payrol}", "payrol}", "no service", "`payroll`"),
    "unknown category": (HIGH, "{category: [vendr]}", "vendr", "no category", "`vendor`"),
    "unknown category of a signal": ("category: vendor", "category: vender",
        "vender", "no category", "`vendor`"),
    "unknown region of a track": (HIGH, "{region: [GB, Germany]}", "Germany", "not a region", "`DE`"),
    "unknown language of a track": (HIGH, "{language: german}", "german", "not a language", "`de`"),
    "unknown action": (PRIORITY, "actions: [crm_contcat]", "crm_contcat", "no action", "`crm_contact`"),
    "no action at all": (PRIORITY, "actions: [[chat]]", "[[chat]]", "not an action", "name"),
    "unknown condition of an action": ("with_consent}", "no_consent}",
        "no_consent", "no condition", "with_consent"),
    "unknown action it is done without": ("without_sequence}", "without_sequenz}",
        "without_sequenz", "no condition", "`without_sequence`"),
    "done without what the track has not": ("without_sequence}", "without_folder}",
        "actions: [crm_contact, {seq", "`draft` is done without `folder`, which this track has not", "Add"),
    "done without one another": ("{sequence: with_consent}", "{sequence: without_draft}",
        "actions: [crm_contact, {seq", "`draft` and `sequence` wait for one another", "take the"),
    "done without what comes after it": ("without_sequence}", "without_chat}",
        "actions: [crm_contact, {seq", "`chat` and `draft` wait for one another", "take the"),
    "done without itself": ("without_sequence}", "without_draft}",
        "actions: [crm_contact, {seq", "`draft` is done without itself", "take the"),
    "action twice": (PRIORITY, "actions: [chat, task, chat]", "[chat", "`chat` is there twice", "Delete"),
    "draft without a template": ("    draft: nurture.md\n", "", "nurture:\n", "`draft` needs a temp", "Add"),
    "template that is not there": ("draft: nurture.md", "draft: nurtur.md",
        "nurtur.md", "no draft template", "`nurture.md`"),
    "sequence without a list": ("    sequence: monthly-letter\n", "",
        "nurture:\n", "`sequence` needs a list", "Add"),
    "unknown track when the AI fails": (AI_FAILS, "when_ai_fails: {track: nuture}",
        "nuture", "no track", "`nurture`"),
    "unknown fallback": (AI_FAILS, "fallback_track: nuture", "nuture", "no track", "`nurture`"),
    "something else when the AI fails": (AI_FAILS, "when_ai_fails: wait",
        "when_ai_fails: wait", "neither `scorecard` nor a track", "{track: NAME}"),
    "unknown autonomy": ("\nautonomy: draft", "\nautonomy: drafts",
        "autonomy: drafts", "level of autonomy", "`draft`"),
    "number for autonomy": ("\nautonomy: draft", "\nautonomy: 2",
        "autonomy: 2", "level of autonomy", "observe"),
    "sending without review": ("\nautonomy: draft", "\nautonomy: send",
        "autonomy: send", "not sent without review", "`draft`"),
    "autonomy of an unknown action": ("# action_autonomy: {calendar_hold: observe}",
        "action_autonomy: {calender_hold: send}", "hold: send", "no action", "`calendar_hold`"),
    "unknown region": (TOP, "region: England ", "England", "not a region", "ISO 3166"),
    "unknown time zone": ("time_zone: Europe/London", "time_zone: Europe/Londn",
        "Londn", "no time zone", "IANA"),
    "unknown currency": ("currency: GBP", "currency: Euro", "currency: Euro", "not a currency", "`EUR`"),
    "unknown language": ("language: en", "language: english", "english", "not a language", "`en`"),
    "working hours upside down": ('start: "09:00", end: "17:00"', 'start: "17:00", end: "09:00"',
        "17:00", "end before they start", "Swap"),
    "no time of day": ('end: "17:00"', "end: 5pm", "5pm", "not a time of day", '"09:00"'),
    "unknown weekday": ("days: [mon,", "days: [monday,", "monday", "no weekday", "`mon`"),
    "no e-mail address": ("email: hannah@larkfield.example", "email: hannah.larkfield",
        "hannah.larkfield", "not an e-mail", "@-sign"),
    "no web address": ("website: https://larkfield.example", "website: larkfield",
        "website: larkfield", "not a web address", "https://"),
    "unknown required field": ("required: [email]", "required: [e-mail]",
        "e-mail]", "no lead field", "`email`"),
    "signal without a condition": (SIGNAL, "- {points: 1, why: is nice}", "is nice", "no condition", "phone"),
    "signal with two conditions": (SIGNAL, SIGNAL.replace("phone: true", "phone: true, company_domain: true"),
        "phone: true", "2 conditions (company_domain, phone)", "a line of each"),
    "track with a name no branch can have": ("  priority:\n", "  Top Priority!:\n",
        "Top Priority!", "branch of the graph", "`top_priority`"),
    "track with a word of Python": ("  priority:\n", "  pass:\n", "pass:", "graph uses itself", "pass_leads"),
    "track with a name of the graph": ("  priority:\n", "  validate_leads:\n",
        "validate_leads:", "graph uses itself", "validate_leads_leads"),
    "negative limit": ("max_leads_per_run: 250", "max_leads_per_run: -3", "-3", "too low", "1 or more"),
    "negative window": ("duplicate_window_hours: 24", "duplicate_window_hours: -1",
        "hours: -1", "too low", "0 or more"),
    "limit below nothing": ("daily_limit_usd: 5.00", "daily_limit_usd: -1",
        "daily_limit_usd", "too low", "0 or more"),
    "unknown reasoning effort": ("reasoning_effort: low ", "reasoning_effort: lowest ",
        "reasoning_effort", "no reasoning effort called `lowest`", "`low`"),
    "limit without a price": ("model: gpt-6.1-terra", "model: gpt-6", "daily_limit_usd",
        "A limit needs a price", "Add a line for gpt-6 to `prices`"),
    "no time to answer": ("timeout_seconds: 12", "timeout_seconds: 0",
        "timeout_seconds", "too low", "more than 0"),
    "negative price": ("input: 1.00", "input: -1.00", "-1.00", "too low", "0 or more"),
    "tab indentation": ("  currency: GBP", "\tcurrency: GBP", "currency", "tab", "spaces"),
    "open bracket": ("required: [email]", "required: [email", "required", "read as YAML", "bracket"),
    "colon in plain text": ("title: Priority", "title: Priority: now",
        "Priority: now", "read as YAML", "quotes"),
    "a number there is not": ("title: Priority", "title: 0x_", None, "value cannot be read", "quotes"),
    "alias": ("title: Priority", "title: &all [*all]", "&all", "an alias", "Write it out"),
    "control character": ("title: Priority", "title: Prio\x07rity", None, "character", "Retype"),
}  # fmt: skip

CONNECTIONS = {
    "unknown connector": ("crm: {connector: local}", "crm: {connector: hubspott}",
        "hubspott", "no crm connector called `hubspott`", "`hubspot`"),
    "unknown form connector": ("inbox: {connector: inbox} ", "inbox: {connector: typform} ",
        "typform", "no form_source connector", "`typeform`"),
    "missing kind": ("ai: {connector: offline}        # {connector: openai}\n", "",
        None, "`ai` is missing", "ai:"),
    "unknown kind": ("ai: {connector: offline}", "ai: {connector: offline}\nmial: {connector: outbox}",
        "mial", "no key `mial`", "`mail`"),
    "no connector": ("crm: {connector: local}", "crm: {portal: 12}",
        "portal", "`crm.connector` is missing", "connector:"),
    "misspelt connector": ("crm: {connector: local}", "crm: {conector: local}",
        "conector", "`conector`", "`connector`"),
    "misspelt autonomy": ("crm: {connector: local}", "crm: {connector: local, autonmy: send}",
        "autonmy", "`autonmy`", "`autonomy`"),
    "unknown autonomy": ("crm: {connector: local}", "crm: {connector: local, autonomy: full}",
        "full", "no level of autonomy", "observe"),
    "unknown lead field": ("inbox: {connector: inbox} ", "inbox: {connector: inbox, fields: {mail: m}} ",
        "mail: m", "no lead field", "`email`"),
    "bare name": ("crm: {connector: local}", "crm: local", "crm: local", "`key: value`", "Compare"),
    "no form at all": ("  inbox: {connector: inbox}", "  # inbox",
        "form_sources", "has nothing after it", "Fill"),
    "secret by its key": ("chat: {connector: file}", "chat: {connector: file, bot_token: abc}",
        "bot_token", "`chat.bot_token` looks like a secret", ".env.example"),
    "secret by its value": ("ai: {connector: offline}", "ai: {connector: offline, use: sk-proj-12345}",
        "sk-proj", "`ai.use` looks like a secret", "environment variable"),
    "secret in an address": ("folder: {connector: disk}", "folder: {connector: disk, at: https://me:pw@x.example}",
        "me:pw", "looks like a secret", "environment variable"),
}  # fmt: skip

Case = tuple[str, str, str | None, str, str]


@pytest.mark.parametrize("case", RULES.values(), ids=RULES.keys())
def test_a_mistake_in_the_rules_is_told_with_its_line_and_mend(folder: Path, edit: Edit, case: Case) -> None:
    _expect(folder, edit, "playbook.yaml", case)


@pytest.mark.parametrize("case", CONNECTIONS.values(), ids=CONNECTIONS.keys())
def test_a_mistake_in_the_connections_is_told_with_its_line_and_mend(
    folder: Path, edit: Edit, case: Case
) -> None:
    _expect(folder, edit, "connections.yaml", case)


def _expect(folder: Path, edit: Edit, file: str, case: Case) -> None:
    old, new, at, what, mend = case
    edit(file, old, new)
    text = (folder / file).read_text(encoding="utf-8")
    line = text[: text.index(at)].count("\n") + 1 if at else None

    mistakes = check_playbook(folder, KNOWN)

    fitting = [m for m in mistakes if what in m.what and mend in m.mend]
    assert [(m.file, m.line) for m in fitting] == [(f"playbook/{file}", line)], "\n".join(map(str, mistakes))


@pytest.mark.parametrize(
    "secret",
    ["sk-proj-abcdef123", "xoxb-1234-abcdef", "pat-na1-11112222", "https://me:hunter2@crm.example"],
)
def test_a_message_never_repeats_a_secret(folder: Path, edit: Edit, secret: str) -> None:
    edit("connections.yaml", "crm: {connector: local}", f'crm: {{connector: "{secret}", token: "{secret}"}}')

    mistakes = check_playbook(folder, KNOWN)

    assert len(mistakes) == 3
    assert not [str(mistake) for mistake in mistakes if secret in str(mistake)]


def test_tracks_that_ask_for_more_than_a_score_are_fine_where_others_catch_the_rest(
    folder: Path, edit: Edit
) -> None:
    edit(
        "playbook.yaml",
        "tracks:\n",
        "tracks:\n"
        "  vendors: {title: Vendors, when: {category: vendor}, actions: [chat]}\n"
        "  german_payroll: {title: German, when: {service: [payroll], language: de}, actions: []}\n"
        "  known: {title: Known, when: {known_contact: true, region: [GB, IE]}, actions: []}\n",
    )

    assert check_playbook(folder, KNOWN) == ()


def test_scores_are_not_counted_while_a_track_is_wrong(folder: Path, edit: Edit) -> None:
    edit("playbook.yaml", HIGH, "{score: {form: 8}}")

    assert len(check_playbook(folder, KNOWN)) == 1


def test_a_field_that_can_be_required_is_one_that_a_form_can_fill_in() -> None:
    assert REQUIRABLE_FIELDS < LEAD_FIELDS


def test_a_mistake_of_a_whole_file_names_no_line() -> None:
    assert str(Mistake("playbook/x.yaml", None, "It is gone.", "Bring it back.")) == (
        "playbook/x.yaml: It is gone. Mend: Bring it back."
    )
