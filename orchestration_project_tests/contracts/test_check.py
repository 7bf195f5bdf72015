"""The facts tell a wrong request from a right one, in each of the ways that a request can be wrong."""

import json
from dataclasses import replace

import pytest

from orchestration_project.fake_services.server import Reply, Request
from orchestration_project_tests.contracts.check import FACTS, answer_problems, facts_of, problems

RIGHT = Request(
    method="POST",
    path="/crm/objects/2026-09/contacts/search",
    query={},
    headers={"authorization": "Bearer pat-x", "content-type": "application/json"},
    raw=json.dumps({"filterGroups": [], "limit": 10}).encode(),
)


def body(**values: object) -> bytes:
    return json.dumps({"filterGroups": [], "limit": 10, **values}).encode()


def filtered(**told: str) -> bytes:
    return body(filterGroups=[{"filters": [{"propertyName": "email", **told}]}])


def test_a_right_request_has_no_problems() -> None:
    assert problems("hubspot", RIGHT) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (replace(RIGHT, method="PUT"), "not among the facts"),
        (replace(RIGHT, path="/crm/objects/2026-09/contact/search"), "not among the facts"),
        (replace(RIGHT, query={"limt": ["1"]}), "unknown: query parameter limt"),
        (replace(RIGHT, headers={"content-type": "application/json"}), "no usable credential"),
        (replace(RIGHT, headers={**RIGHT.headers, "content-type": "application/xml"}), "is not accepted"),
        (replace(RIGHT, raw=b""), "a body is required"),
        (replace(RIGHT, raw=body(limit="ten")), "'ten' is not of type 'integer'"),
        (replace(RIGHT, raw=body(filtergroups=[])), "'filtergroups' was unexpected"),
        (replace(RIGHT, raw=filtered()), "'operator' is a required property"),
        (replace(RIGHT, raw=filtered(operator="IS")), "'IS' is not one of"),
    ],
)
def test_what_is_wrong_is_named(wrong: Request, told: str) -> None:
    [problem] = problems("hubspot", wrong)
    assert told in problem


def test_numbers_and_lists_in_a_query_are_read_as_what_they_are() -> None:
    page = Request("GET", "/drive/v3/files", {"pageSize": ["1000"]}, {"authorization": "Bearer x"}, b"")
    assert problems("gdrive", page) == []
    [problem] = problems("gdrive", replace(page, query={"pageSize": ["many"]}))
    assert "pageSize" in problem


def test_the_facts_of_each_service_are_small_and_about_requests_of_ours() -> None:
    files = sorted(FACTS.glob("*.json"))
    assert len(files) == 14
    for file in files:
        assert file.stat().st_size < 50_000, file.name
        facts = facts_of(file.stem)
        assert facts.operations
        assert facts.credential


def found(**changes: object) -> Reply:
    at = "2026-11-24T09:30:00Z"
    one = {"id": "1", "properties": {"email": "a@b.example"}, "createdAt": at, "updatedAt": at}
    return Reply(200, {"total": 1, "results": [{**one, "archived": False, **changes}]})


def test_a_right_answer_has_no_problems() -> None:
    assert answer_problems("hubspot", RIGHT, found()) == []
    assert answer_problems("hubspot", RIGHT, Reply(429, {"message": "Slow down."})) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (found(id=1), "1 is not of type 'string'"),
        (found(invented="x"), "'invented' was unexpected"),
        (Reply(200, {"total": 1}), "'results' is a required property"),
        (Reply(204), "answers 204; described are 200"),
    ],
)
def test_each_way_to_be_a_wrong_answer_is_told(wrong: Reply, told: str) -> None:
    assert told in " ".join(answer_problems("hubspot", RIGHT, wrong))


def test_the_stand_ins_answers_are_described_for_each_service() -> None:
    for file in FACTS.glob("*.json"):
        assert any(one.answers for one in facts_of(file.stem).operations), file.stem
