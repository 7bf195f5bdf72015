"""An erasure takes the person out of files, and nobody else: not a namesake, and not who names them."""

import json
import os
from pathlib import Path
from typing import Any

from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.watch.conftest import Forgetting

JOHN_AT = "john@smith-bakery.co.uk"
JOHN: dict[str, Any] = {
    "id": "X1",
    "name": "John Smith",
    "email": JOHN_AT,
    "phone": "0117 496 0123",
    "message": "We are a bakery and need somebody to take over the books and the payroll.",
    "consent": True,
}
NAMESAKE = {**JOHN, "id": "X2", "email": "js@quite-another.co.uk"}
MARY = {
    "id": "X3",
    "name": "Mary Jones",
    "email": "mary@jones-studio.example",
    "message": f"John Smith told us about you, you can reach him at {JOHN_AT}. What does payroll cost?",
}
SMITHSON = {**MARY, "id": "X4", "name": "John Smithson", "email": "j@smithson.example"}


def _dropped(world: World, name: str, content: str) -> Path:
    path = world.home / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def _lines(*submissions: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in submissions)


def test_submissions_of_namesakes_and_of_who_names_the_person_stay(
    world: World, forgetting: Forgetting
) -> None:
    others = [
        _dropped(world, f"{folder}{one['id']}.json", json.dumps(one))
        for folder in ("", "done/2026-11-24/")
        for one in (NAMESAKE, MARY, SMITHSON)
    ]
    before = [path.read_bytes() for path in others]
    lines = _dropped(world, "several.jsonl", _lines(NAMESAKE, JOHN, SMITHSON))
    listed = _dropped(world, "list.json", json.dumps([JOHN, MARY]))
    untouched = _dropped(world, "list of others.json", json.dumps([MARY, NAMESAKE], indent=3))
    world.submit(JOHN)

    done = forgetting.erase(JOHN_AT)

    assert [path.read_bytes() for path in others] == before
    assert lines.read_text() == _lines(NAMESAKE, SMITHSON)
    assert json.loads(listed.read_text()) == [MARY]
    assert untouched.read_text() == json.dumps([MARY, NAMESAKE], indent=3)
    assert done.counts["files"] == 2
    assert any("inbox" in line for line in done.left), "that his name still stands there is told"


def test_submissions_of_the_person_go_unread_and_read_however_the_address_is_spelled(
    world: World, forgetting: Forgetting
) -> None:
    theirs = {**JOHN, "email": "JohnSmith.Bakery@gmail.com"}
    files = [
        _dropped(world, "unread.json", json.dumps(theirs)),
        _dropped(
            world,
            "done/2026-11-24/read.json",
            json.dumps({**theirs, "email": "j.o.h.n.smithbakery@gmail.com"}),
        ),
        _dropped(world, "cut off.json", '{"name": "A form", "who": "johnsmith.bakery@gmail.com'),
        _dropped(world, "without an address.json", '{"message": "Call me,\\njohnsmith.bakery@gmail.com."}'),
    ]
    world.submit(theirs)
    forgetting.erase("johnsmith.bakery@gmail.com")
    assert [path.name for path in files if path.exists()] == []


def test_what_cannot_be_read_stays_unless_an_address_of_theirs_is_in_it_as_a_whole(
    world: World, forgetting: Forgetting
) -> None:
    named = _dropped(world, "named.json", '{"name": "John Smith", "message": ')
    longer = _dropped(world, "longer.json", f'{{"name": "John Smith", "email": "big{JOHN_AT}')
    world.submit(JOHN)
    forgetting.erase(JOHN_AT)
    assert named.exists() and longer.exists()


def test_of_a_log_only_lines_about_their_own_leads_or_with_their_address_go(
    world: World, forgetting: Forgetting
) -> None:
    (john,) = world.submit(JOHN)
    (namesake, mary) = world.submit(NAMESAKE, MARY)
    stays = [
        f"2026-11-24T10:00:00+00:00 [{namesake}] hot: John Smith, js@quite-another.co.uk",
        f"2026-11-24T10:00:00+00:00 [{mary}] warm: Mary Jones, sent by John Smith ({JOHN_AT}, {john})",
        "2026-11-24T10:00:00+00:00 [L-AAAAAAAAAA-news] John Smith has answered",
    ]
    goes = [
        f"2026-11-24T10:00:00+00:00 [{john}] hot: John Smith",
        f"2026-11-24T10:00:00+00:00 [{john}-news] he has answered",
    ]
    (world.home / "chat.log").write_text("".join(f"{line}\n" for line in (*stays, *goes)))
    printed = ["John Smith was odd", f"{john} was taken", "something else"]
    (world.home / "dev.log").write_text(
        "\n".join([*printed, f"{john}: John Smith was odd", f"look at {JOHN_AT.upper()}"])
    )

    forgetting.erase(JOHN_AT)

    assert (world.home / "chat.log").read_text().splitlines() == stays
    assert (world.home / "dev.log").read_text().splitlines() == printed


def test_a_file_whose_name_is_no_utf_8_keeps_nobody_from_being_erased(
    world: World, forgetting: Forgetting
) -> None:
    inbox = world.home / "inbox" / "done"
    inbox.mkdir(parents=True)
    theirs, others, unknown = (
        Path(os.fsdecode(os.fsencode(inbox) + name))
        for name in (b"/j\xff.json", b"/m\xff.json", b"/\xff.txt")
    )
    theirs.write_text(json.dumps(JOHN))
    others.write_text(json.dumps(MARY))
    unknown.write_text(JOHN_AT)
    (ref,) = world.submit(JOHN)
    done = forgetting.erase(JOHN_AT)
    assert done.finished_at is not None and world.lead(ref).status == "erased"
    assert not theirs.exists() and others.exists() and unknown.exists()
    assert (world.home / "erased").is_dir()


def test_the_certificate_names_nobody_by_the_names_of_files_and_the_terminal_tells_them(
    world: World, forgetting: Forgetting
) -> None:
    (namesake,) = world.submit(NAMESAKE)
    names = [
        f"calendar/{namesake} Hold call with John Smith (Smith Bakery).ics",
        f"outbox/sent/Sean Brook/{namesake} John Smith.eml",
        "inbox/done/John Smith.json",
        "inbox/done/John Smith, Sean Brook.json",
        "Sean Brook/John Smith.txt",
    ]
    for name in names:
        path = world.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(NAMESAKE))
    world.submit(JOHN)

    done = forgetting.erase(JOHN_AT)

    (certificate,) = (world.home / "erased").glob("*.json")
    kept = certificate.read_text() + str(world.sql("SELECT * FROM leads.erasures"))
    assert [word for word in ("Smith", "smith", "Sean", "Brook") if word in kept] == []
    assert [line.partition(":")[0] for line in done.left if "file" in line.partition(":")[0]] == [
        "1 file in LEADS_HOME",
        f"1 file in calendar of {namesake}",
        "2 files in inbox/done",
        f"1 file in outbox/sent of {namesake}",
    ]
    assert all((world.home / name).exists() for name in names)
    assert [name for name in names if not any(name in line for line in forgetting.said)] == []
