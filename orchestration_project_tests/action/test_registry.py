from orchestration_project.action.registry import ACTIONS, AFTER, WRITTEN_TO
from orchestration_project.connectors import TABLES
from orchestration_project.playbook.model import Autonomy


def test_every_action_is_registered_under_its_own_name() -> None:
    assert {name: action.name for name, action in ACTIONS.items()} == {name: name for name in ACTIONS}


def test_every_action_writes_to_a_kind_of_system_there_is() -> None:
    assert {action.kind for action in ACTIONS.values()} <= TABLES.keys()


def test_the_kinds_that_are_written_to_stand_beside_the_actions() -> None:
    assert {action.kind for action in ACTIONS.values()} == WRITTEN_TO


def test_actions_come_after_actions_there_are() -> None:
    for action in ACTIONS.values():
        assert set(action.requires) <= ACTIONS.keys()
    for name, before in AFTER.items():
        assert name in ACTIONS
        assert before == ("*",) or set(before) <= ACTIONS.keys() - {name}


def test_only_crm_and_chat_need_no_more_than_internal_autonomy() -> None:
    internal = {name for name, action in ACTIONS.items() if action.needs is Autonomy.INTERNAL}
    assert internal == {"crm_contact", "chat"}
