"""The checker finds each thing that is planted: a twin, a hole, a write for a lead that was to leave nothing.

It is tried on accounts that a real job has filled, so that it cannot be blind to how things are written.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy

from orchestration_project import connecting
from orchestration_project.cli.services_demo import SAMPLES, copy_playbook, fill
from orchestration_project.fake_services.base import Accepted, Reply, Request
from orchestration_project.fake_services.checker import (
    Finding,
    Submitted,
    Wrong,
    check,
    check_home,
    check_office,
    text_of,
)
from orchestration_project.fake_services.held import Held, Kind, held_at_home
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.orchestration.conftest import World, open_world

PAYLOADS = [
    json.loads(line) for line in (SAMPLES / "submissions.jsonl").read_text(encoding="utf-8").splitlines()
]
CONSENT = {payload["id"]: payload["consent"] for payload in PAYLOADS}
WROTE_AGAIN = "S-1014"  # the person of S-1003
CHOSEN = ("S-1001", "S-1002", "S-1006", "S-1007", "S-1011", "S-1013", WROTE_AGAIN, "S-1003")


def at_once(*_: object) -> float:
    return 0.0


def submitted(world: World) -> list[Submitted]:
    """What ought to come of the leads, by the tracks that the samples' README names."""
    actions = {
        "priority": ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat"),
        "nurture": ("crm_contact", "draft", "chat"),
        "not_fit": ("crm_contact", "draft"),
        None: (),
    }
    leads: list[Submitted] = []
    for line in world.ledger.stories.list_leads():
        chosen = actions[line.track]
        if line.track == "nurture" and CONSENT[line.external_id]:
            chosen = ("crm_contact", "sequence", "chat")
        if line.external_id == WROTE_AGAIN:
            chosen = ("crm_contact", "chat")  # the lead before has all else
        leads.append(Submitted(line.ref, line.email or "", chosen, "monthly-letter"))
    assert {lead.actions == () for lead in leads} == {True, False}
    return leads


def quarantined(leads: list[Submitted]) -> Submitted:
    """One that is nobody's duplicate."""
    people = {lead.email.casefold() for lead in leads if lead.actions}
    return next(lead for lead in leads if not lead.actions and lead.email.casefold() not in people)


def run(world: World) -> None:
    world.submit(*(payload for payload in PAYLOADS if payload["id"] in CHOSEN))
    world.run()


@pytest.fixture
def world(tmp_path: Path, database: sqlalchemy.Engine) -> Iterator[World]:
    with open_world(tmp_path, database) as opened:
        yield opened


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(connecting, "take_turn", at_once)
    shutil.rmtree(world.playbook_folder)
    copy_playbook(WORKING_COPY / "playbook", world.playbook_folder)
    with Office() as opened:
        for name, value in opened.environment.items():
            monkeypatch.setenv(name, value)
        fill(opened, load_playbook(world.playbook_folder, capabilities()))
        run(world)
        yield opened


def told(findings: list[Finding]) -> list[tuple[Wrong, str]]:
    return [(finding.wrong, finding.ref) for finding in findings]


def test_all_that_can_go_wrong_in_an_office_is_found_and_nothing_else(world: World, office: Office) -> None:
    leads = submitted(world)
    assert check_office(office, leads) == []

    priority = next(lead for lead in leads if "task" in lead.actions)
    nurture = next(lead for lead in leads if "sequence" in lead.actions)
    spam = quarantined(leads)
    hubspot = office.hubspot

    # each way of planting something, what it is, and what takes it away again
    twin = next(note for note in hubspot.all("notes") if priority.ref in note.properties["hs_note_body"])
    hubspot.things["notes"]["twin"] = twin
    assert told(check_office(office, leads)) == [(Wrong.TWICE, priority.ref)]
    del hubspot.things["notes"]["twin"]

    line = next(message for message in office.slack.messages if priority.ref in message.text)
    office.slack.messages.append(replace(line, ts="9"))
    assert told(check_office(office, leads)) == [(Wrong.TWICE, priority.ref)]
    office.slack.messages.pop()

    file = next(item for item in office.drive.items.values() if "leadPart" in item.properties)
    office.drive.items["twin"] = file
    assert [wrong for wrong, _ in told(check_office(office, leads))] == [Wrong.TWICE]
    del office.drive.items["twin"]

    office.slack.messages.remove(line)
    assert told(check_office(office, leads)) == [(Wrong.MISSING, priority.ref)]
    office.slack.messages.append(line)

    tags = office.mailchimp.member(nurture.email)["tags"]
    gone = tags.pop()
    assert told(check_office(office, leads)) == [(Wrong.MISSING, nurture.ref)]
    tags.append(gone)

    folder = next(
        item
        for item in office.drive.items.values()
        if item.properties.get("leadKey") == priority.ref and "leadComplete" in item.properties
    )
    complete = folder.properties.pop("leadComplete")
    (finding,) = check_office(office, leads)
    assert (finding.wrong, "not finished" in finding.told) == (Wrong.MISSING, True)
    folder.properties["leadComplete"] = complete

    office.slack.say("for the wrong one", event_type="lead_intake", event_payload={"key": spam.ref})
    assert told(check_office(office, leads)) == [(Wrong.UNWANTED, spam.ref)]
    office.slack.messages.pop()

    hubspot.enter_contact(source="INTEGRATION", email=spam.email)
    assert told(check_office(office, leads)) == [(Wrong.UNWANTED, spam.ref)]
    hubspot.things["contacts"].popitem()
    hubspot.enter_contact(email=spam.email)  # by a person, it is none of ours
    assert check_office(office, leads) == []

    office.slack.say("for nobody", event_type="lead_intake", event_payload={"key": "L-AAAAAAAAAA"})
    assert told(check_office(office, leads)) == [(Wrong.NOBODYS, "")]
    office.slack.messages.pop()

    # a track that does not have the action; a lead of which the whole was lost
    assert (Wrong.UNWANTED, priority.ref) in told(
        check_office(office, [replace(lead, actions=("crm_contact",)) for lead in leads if lead == priority])
    )
    lost = Submitted("L-BBBBBBBBBB", "lost@lost.example", priority.actions)
    wrong = [finding for finding in check_office(office, [*leads, lost]) if finding.ref == lost.ref]
    assert len(wrong) == len(lost.actions) + 1  # a contact has a note as well
    assert {finding.wrong for finding in wrong} == {Wrong.MISSING}


def test_a_write_before_validation_and_one_for_a_quarantined_lead_are_found_in_what_was_accepted(
    world: World, office: Office
) -> None:
    leads = submitted(world)
    begun = min(write.at for write in office.hubspot.accepted)
    validated = [replace(lead, validated_at=begun - timedelta(seconds=1)) for lead in leads]
    assert check_office(office, validated) == []

    late = [replace(lead, validated_at=datetime.now(UTC)) for lead in leads]
    assert {wrong for wrong, _ in told(check_office(office, late))} == {Wrong.EARLY}
    assert {ref for _, ref in told(check_office(office, late))} == {
        lead.ref for lead in leads if lead.actions
    }

    # also where nothing of it is left: the writes themselves say so
    nothing = [replace(lead, actions=()) for lead in leads]
    writes = [*office.gmail.accepted, *office.mailchimp.accepted]
    found = check([], nothing, writes)
    drafted = {lead.ref for lead in leads if {"draft", "sequence"} & {*lead.actions}}
    assert told(found) == [(Wrong.UNWANTED, finding.ref) for finding in found]
    assert {finding.ref for finding in found} == drafted


@pytest.mark.parametrize("kind", [Kind.NOTE, Kind.TASK, Kind.DRAFT, Kind.FOLDER, Kind.EVENT, Kind.CHAT])
def test_each_kind_of_thing_is_missed_and_is_seen_twice(kind: Kind) -> None:
    lead = Submitted(
        "L-AAAAAAAAAA",
        "a@a.example",
        ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat", "sequence"),
        "letter",
    )
    things = [
        *(Held("somewhere", each, lead.ref.casefold()) for each in Kind if each in _BY_REF),
        Held("somewhere", Kind.CONTACT, lead.email),
        Held("somewhere", Kind.MEMBER, f"{lead.email} in letter"),
    ]
    assert check(things, [lead]) == []
    one = next(thing for thing in things if thing.kind is kind)
    assert told(check([*things, one], [lead])) == [(Wrong.TWICE, lead.ref)]
    assert told(check([thing for thing in things if thing is not one], [lead])) == [(Wrong.MISSING, lead.ref)]
    assert told(check(things, [replace(lead, actions=())])) == [(Wrong.UNWANTED, lead.ref)] * len(things)


_BY_REF = (Kind.NOTE, Kind.TASK, Kind.DRAFT, Kind.FOLDER, Kind.EVENT, Kind.CHAT)


def test_two_leads_of_one_person_share_a_contact_and_a_duplicate_leaves_nothing_else() -> None:
    first = Submitted("L-AAAAAAAAAA", "A@a.example", ("crm_contact",))
    again = Submitted("L-BBBBBBBBBB", "a@A.example", ())
    things = [Held("crm", Kind.CONTACT, "a@a.example"), Held("crm", Kind.NOTE, "l-aaaaaaaaaa")]
    post = Request("POST", "/contacts", {}, {}, b'{"email": "a@a.example"}')
    write = Accepted(datetime(2026, 11, 24, tzinfo=UTC), post, Reply())
    assert check(things, [first, again], [write]) == []
    assert told(check([*things, Held("crm", Kind.NOTE, "l-bbbbbbbbbb")], [first, again])) == [
        (Wrong.UNWANTED, again.ref)
    ]


def test_what_a_request_says_is_read_however_it_is_encoded() -> None:
    raw = b'{"message": {"raw": "VG86IFpvw6sgPHpvw6tAYS5leGFtcGxlPg"}, "name": "Zo\\u00eb"}'
    text = text_of(Request("POST", "/x/caf%C3%A9", {"q": ["L-AAAAAAAAAA"]}, {}, raw))
    assert all(words in text for words in ("zoë@a.example", "café", "l-aaaaaaaaaa"))
    assert "zoë@a.example" in text_of(Request("POST", "/", {}, {}, b"VG86IFpvw6sgPHpvw6tAYS5leGFtcGxlPg=="))


Plant = Callable[[Path, Submitted], None]


def twin_of_a_draft(home: Path, lead: Submitted) -> None:
    (path,) = [path for path in (home / "outbox").rglob("*.eml") if lead.ref in path.name]
    shutil.copyfile(path, path.with_name("another name.eml"))


def twin_of_a_chat_line(home: Path, lead: Submitted) -> None:
    chat = home / "chat.log"
    chat.write_text(chat.read_text() + f"2026-11-24T09:30:00+00:00 [{lead.ref}] once more\n")


def twin_of_a_hold(home: Path, lead: Submitted) -> None:
    (path,) = [path for path in (home / "calendar").rglob("*.ics") if lead.ref in path.name]
    shutil.copyfile(path, path.with_name("another name.ics"))


def twin_of_a_folder(home: Path, lead: Submitted) -> None:
    (path,) = [path for path in (home / "folders").iterdir() if lead.ref in path.name]
    shutil.copytree(path, path.with_name(f"another name ({lead.ref})"))


def empty_folder(home: Path, lead: Submitted) -> None:
    (path,) = [path for path in (home / "folders").iterdir() if lead.ref in path.name]
    (path / "lead.md").unlink()


def no_draft(home: Path, lead: Submitted) -> None:
    next(path for path in (home / "outbox").rglob("*.eml") if lead.ref in path.name).unlink()


@pytest.fixture
def filled(world: World) -> World:
    run(world)
    return world


def test_all_that_can_go_wrong_at_home_is_found_and_nothing_else(filled: World, tmp_path: Path) -> None:
    leads, database = submitted(filled), filled.ledger.engine
    assert check_home(filled.home, database, leads) == []
    assert {thing.kind for thing in held_at_home(filled.home, database)} >= {*_BY_REF, Kind.MEMBER}
    priority = next(lead for lead in leads if "task" in lead.actions)
    plants: dict[Plant, Wrong] = {
        twin_of_a_draft: Wrong.TWICE,
        twin_of_a_chat_line: Wrong.TWICE,
        twin_of_a_hold: Wrong.TWICE,
        twin_of_a_folder: Wrong.TWICE,
        empty_folder: Wrong.MISSING,
        no_draft: Wrong.MISSING,
    }
    for plant, wrong in plants.items():
        home = shutil.copytree(filled.home, tmp_path / plant.__name__)
        plant(home, priority)
        assert told(check_home(home, database, leads)) == [(wrong, priority.ref)], plant.__name__
    filled.sql("DELETE FROM local_crm.tasks WHERE key = %s", priority.ref)
    assert told(check_home(filled.home, database, leads)) == [(Wrong.MISSING, priority.ref)]
    spam = quarantined(leads)
    filled.sql("UPDATE local_crm.notes SET key = %s WHERE key = %s", spam.ref, priority.ref)
    assert (Wrong.UNWANTED, spam.ref) in told(check_home(filled.home, database, leads))


def test_what_names_another_lead_by_the_way_is_not_written_for_it() -> None:
    lead = Submitted("L-AAAAAAAAAA", "a@a.example", ("crm_contact", "chat"))
    spam = Submitted("L-BBBBBBBBBB", "b@b.example", ())
    body = b'{"note": "Maybe the same person as L-BBBBBBBBBB [lead intake L-AAAAAAAAAA]"}'
    write = Accepted(datetime(2026, 11, 24, tzinfo=UTC), Request("POST", "/notes", {}, {}, body), Reply())
    things = [
        Held("crm", Kind.CONTACT, "a@a.example"),
        Held("crm", Kind.NOTE, "l-aaaaaaaaaa"),
        Held("chat", Kind.CHAT, "l-aaaaaaaaaa"),
        Held("chat", Kind.CHAT, "l-bbbbbbbbbb-check"),
        Held("chat", Kind.CHAT, "alert-7-first"),
    ]
    assert check(things, [lead, spam], [write]) == []
    assert told(check([*things, Held("chat", Kind.CHAT, "l-bbbbbbbbbb")], [lead, spam], [write])) == [
        (Wrong.UNWANTED, spam.ref)
    ]
