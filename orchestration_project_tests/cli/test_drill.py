"""Drills with the live machinery: what somebody would be told of each service, and that all of it ends well.

One installation for all of them: what one leaves, such as contacts in a stand-in, is no news to the next.
"""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
import stamina

from orchestration_project.cli import drill, drill_play, processing
from orchestration_project.cli.drill import Clock, Kind, Play, stage
from orchestration_project.cli.services_demo import fill
from orchestration_project.connecting import UNPACED
from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import connector_class
from orchestration_project.definitions import build_definitions
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.drilled import FORMS, LINES, DrilledOffice
from orchestration_project.installation import locate
from orchestration_project.ledger import open_ledger
from orchestration_project.model import Delivery
from orchestration_project.orchestration.graph import JOB
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.quick_dagster import keep_for_its_runs, quickened

PRIORITY = (
    "Our bookkeeper has just left and the VAT deadline is next month. We are a team of {} and need "
    "somebody to take over the books in Xero and the monthly payroll as soon as possible."
)
NURTURE = "How does your bookkeeping service work for a small studio of {} people?"
OF_SEVERAL = ("openai", "claude", "peopledatalabs", "apollo")
"""A single answer of no use tells nothing of them."""
OVER = re.compile(r"(Over|Was, and is over): ")
_GIVEN = ("Maeve", "Piotr", "Amara", "Jonas", "Chloe", "Umar", "Wren", "Zoe", "Liam", "Elif")
_FAMILY = ("Abara", "Bright", "Carver", "Doyle", "Evans", "Fenn", "Gupta", "Hale", "Iqbal", "Jarvis", "Kaur")
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Drills:
    world: World
    office: DrilledOffice
    clock: Clock
    owners: Playbook  # as it is before anything is played

    def play(self, kind: Kind, service: str) -> tuple[Play, list[str]]:
        """What was said of it, and how its leads stand at the end."""
        staged = stage(self.owners, service, self.office)
        drill.rewrite(self.world.playbook_folder, staged)
        self.clock.passed += timedelta(
            hours=3
        )  # what came and went within half an hour is not told each time
        for each in self.office.services.values():
            each.clock = self.clock
        ledger = open_ledger(self.world.ledger.engine, self.clock)
        place = locate(
            {"LEADS_HOME": str(self.world.home), "LEADS_PLAYBOOK": str(self.world.playbook_folder)}
        )
        play = Play(kind, service, staged.stand_in, self.clock, staged.form)
        leads = [a_lead(service) for _ in range(7 if service in OF_SEVERAL else 4)]
        before = {line.ref for line in ledger.stories.list_leads()}
        drill_play.run(place, ledger, self.world.playbook(), play, leads)
        states = [line.status for line in ledger.stories.list_leads() if line.ref not in before]
        ledger.close()
        return play, states


def build_for_many_runs(**given: Any) -> dg.Definitions:
    definitions = build_definitions(**given)
    keep_for_its_runs(definitions.get_job_def(JOB))
    return definitions


def a_lead(service: str) -> Delivery:
    """One whom all that is written is for; of a sequence one that gets it."""
    each, nurture = next(_NUMBERS), KIND_OF[service] == "sequence"
    payload = {
        "id": f"d{each}",
        "name": f"{_GIVEN[each % len(_GIVEN)]} {_FAMILY[each // len(_GIVEN) % len(_FAMILY)]}",
        "email": f"maeve@joinery-{each}.example",
        "company": f"Joinery {each} Ltd",
        "consent": True,
        "message": (NURTURE if nurture else PRIORITY).format(each + 10),
    }
    if not nurture:
        payload |= {"phone": f"0117 496 {each:04d}", "budget": "600"}
    return Delivery(external_id=f"d{each}", raw=json.dumps(payload).encode())


@pytest.fixture(scope="module")
def drills(handed_on: HandedOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    folder = tmp_path_factory.mktemp("drills")
    with (
        pytest.MonkeyPatch.context() as patch,
        handed_on.lend() as engine,
        open_world(folder, engine) as world,
        DrilledOffice() as office,
        stamina.set_testing(True, attempts=1, cap=True),
    ):
        for name, value in {**office.environment, UNPACED: "yes"}.items():
            patch.setenv(name, value)
        ephemeral = dg.DagsterInstance.ephemeral

        def quick(**given: Any) -> dg.DagsterInstance:
            return quickened(ephemeral(**given))

        patch.setattr(dg.DagsterInstance, "ephemeral", quick)
        patch.setattr(processing, "build_definitions", build_for_many_runs)
        patch.setattr(drill_play, "FAILS_FOR", timedelta(minutes=6))
        patch.setattr(drill_play, "TICK", timedelta(minutes=1))
        text = (world.playbook_folder / "playbook.yaml").read_text(encoding="utf-8")
        (world.playbook_folder / "playbook.yaml").write_text(
            f"{text}\nalerts: {{digest: never}}\n", encoding="utf-8"
        )
        fill(office, world.playbook())
        with world.surroundings():
            yield Drills(world, office, Clock(), world.playbook())


KIND_OF = {connector: kind for kind, connector in LINES} | dict.fromkeys(FORMS, "form source")
RENEW = {
    "hubspot": "HUBSPOT_TOKEN",
    "pipedrive": "PIPEDRIVE_TOKEN",
    "peopledatalabs": "PEOPLEDATALABS_API_KEY",
    "apollo": "APOLLO_API_KEY",
    "openai": "OPENAI_API_KEY",
    "claude": "ANTHROPIC_API_KEY",
    "gmail": "GOOGLE_REFRESH_TOKEN",
    "microsoft": "MS_CLIENT_SECRET",
    "slack": "SLACK_TOKEN",
    "google": "GOOGLE_REFRESH_TOKEN",
    "drive": "GOOGLE_REFRESH_TOKEN",
    "mailchimp": "MAILCHIMP_API_KEY",
    "brevo": "BREVO_API_KEY",
    "typeform": "TYPEFORM_TOKEN",
    "tally": "TALLY_API_KEY",
    "hubspot_forms": "HUBSPOT_TOKEN",
    "json_list": "FORMS_STAND_IN",
}
TOLD = {
    Kind.CREDENTIAL: r"our credential\.",
    Kind.OUTAGE: r"not answer as (it|they) should\.",
    Kind.SCHEMA: r"(in a shape this version does not know|what this version cannot use|cannot be used)",
}


PAIRS = (
    (Kind.CREDENTIAL, "hubspot"),
    (Kind.OUTAGE, "hubspot"),
    (Kind.SCHEMA, "peopledatalabs"),
    (Kind.CREDENTIAL, "claude"),
    (Kind.SCHEMA, "openai"),
    (Kind.SCHEMA, "gmail"),
    (Kind.OUTAGE, "slack"),
    (Kind.SCHEMA, "google"),
    (Kind.CREDENTIAL, "drive"),
    (Kind.OUTAGE, "brevo"),
    (Kind.SCHEMA, "typeform"),
    (Kind.CREDENTIAL, "tally"),
)
"""Each kind of service, and each fault several times; a pair takes seconds. How the others refuse or are
away, their connectors' own tests show."""


@pytest.mark.parametrize(("kind", "service"), PAIRS)
def test_what_fails_is_told_leads_wait_or_go_on_without_and_all_of_it_ends(
    drills: Drills, kind: Kind, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    play, states = drills.play(kind, service)
    said = capsys.readouterr().out
    begun = [letter for letter in play.heard if not OVER.match(letter.title)]
    ended = [letter for letter in play.heard if OVER.match(letter.title)]
    if service == "slack":  # the only way to tell: it is told afterwards
        assert "nobody could be told" in said and not begun
        begun = ended
    assert all(re.search(TOLD[kind], letter.title) for letter in play.heard), play.heard
    assert begun and len(begun) == len(ended), "told once, and its end"
    text = f"{begun[0].title} {begun[0].body}".casefold()
    assert service in text or kind is Kind.SCHEMA
    if kind is Kind.CREDENTIAL and service != "slack":
        assert begun[0].severity == "urgent" and f"Renew {RENEW[service]}" in begun[0].body.replace(
            "GOOGLE_CLIENT_SECRET or ", ""
        )
    if (
        KIND_OF[service] in ("crm", "mail", "chat", "calendar", "folder", "sequence")
        and kind is not Kind.SCHEMA
    ):
        assert re.search(rf"meanwhile: .*waiting: \d for {KIND_OF[service]}", said)
    assert set(states) == {"done"} and "All of it has ended" in said


def test_every_service_that_has_a_stand_in_is_played_with_and_others_are_named(drills: Drills) -> None:
    assert set(RENEW) == {connector for _, connector in LINES} | {*FORMS}
    services = {
        connector
        for kind, table in TABLES.items()
        for connector in table
        if kind != "website" and not connector_class(kind, connector, table).embedded
    }
    assert services - set(RENEW) == {"gemini", "ollama", "imap", "caldav", "webdav"}, (
        "these are played in none"
    )
    with pytest.raises(LeadsError, match=r"no stand-in for 'imap'.* hubspot"):
        stage(drills.owners, "imap", drills.office)


def test_a_form_is_played_with_the_names_that_the_owner_has_given_its_questions(drills: Drills) -> None:
    playbook = drills.owners
    line = Connection(connector="tally", fields={"message": ("How can we help?",)}, options={"form": "x"})
    connections = playbook.connections.model_copy(update={"form_sources": {"contact": line}})
    staged = stage(playbook.model_copy(update={"connections": connections}), "tally", drills.office)
    assert staged.sources["contact"]["fields"] == {"message": ["How can we help?"]}
    asked = {question["title"] for question in drills.office.tally.questions["contact"]}
    assert {"How can we help?", "Email"} <= asked and "Message" not in asked
