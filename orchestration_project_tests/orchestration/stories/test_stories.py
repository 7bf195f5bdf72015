"""Whatever happens in whatever order, each thing is done once, and in the end nobody waits for nothing.

Hypothesis and dice make up the stories of `story.py`; the ops' own bodies do the work on a real ledger.
"""

import random
from collections.abc import Callable, Iterator

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test as run_as_test

from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import Condition, TrackAction
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.outside import Away, Trouble
from orchestration_project_tests.orchestration.stories.setting import ACTIONS, Setting
from orchestration_project_tests.orchestration.stories.story import (
    ALL,
    LEVELS,
    MEANWHILE,
    MESSAGES,
    PEOPLE,
    SECONDS,
    TROUBLES,
    Story,
)

EXAMPLES, STEPS, SEEDS = 3, 60, 5


@pytest.fixture
def setting(handed_on: HandedOn) -> Iterator[Setting]:
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    track = playbook.tracks[0]
    actions = tuple(TrackAction(action=name) for name in ACTIONS)
    # whatever the score, all leads go one way
    only = track.model_copy(update={"actions": actions, "when": Condition()})
    with start_blocking_portal() as portal:
        yield Setting(handed_on, playbook.model_copy(update={"tracks": (only,)}), portal)


def tell(story: Story, chance: random.Random, steps: int) -> None:
    """A story by dice that know how often things happen. Hypothesis tries everything equally often, and most
    of its stories repeat the one before."""
    story.begin(chance.choice(LEVELS), chance.randint(1, 4))

    def deliver() -> None:
        person = chance.choice((None, None, None, *PEOPLE))
        story.deliver(chance.randint(0, 5), person, chance.choice(MESSAGES), read=chance.random() < 0.8)

    def work(ops: int) -> None:
        trouble, after = chance.choice(TROUBLES), chance.randint(0, 9)
        story.work(chance.randint(0, 5), ops, trouble, after, chance.choice(MEANWHILE))

    def tick() -> None:
        trouble, after = chance.choice(TROUBLES), chance.randint(0, 9)
        story.tick(chance.choice(SECONDS[:4]), trouble, after, chance.choice(MEANWHILE))

    def outage() -> None:
        story.outage(chance.choice(("crm", "chat", "folder")), chance.choice((None, None, *Away)))

    happens: dict[Callable[[], None], int] = {
        tick: 10,
        deliver: 3,
        outage: 2,
        lambda: work(chance.choice((1, 3, ALL))): 3,
        lambda: story.claim(comes=chance.random() < 0.7): 2,
        lambda: story.session_ends(chance.randint(0, 5), chance.choice(("dead", "lives", "elsewhere"))): 2,
        lambda: story.time_passes(chance.choice(SECONDS)): 1,
        lambda: story.a_person_intervenes(
            chance.randint(0, 5), chance.choice(("replay", "genuine", "autonomy"))
        ): 1,
    }
    for one in chance.choices([*happens], [*happens.values()], k=steps):
        one()
        story.all_holds()


def test_a_run_that_goes_on_after_its_lead_was_handed_on_says_no_more(setting: Setting) -> None:
    Story.setting = setting
    story = Story()
    try:
        story.begin(Autonomy.DRAFT, 1)
        story.claim(comes=True)
        story.work(0, 2, None, 0, ())
        story.work(0, 1, Trouble.OVERTAKEN, 0, ("force", "time", "begin", "moment"))
        assert len(story.runs) == 2, "another one has it, and both live"
        story.all_holds()
        story.all_is_well_in_the_end()
    finally:
        story.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_of_stories_told_by_dice_each_thing_is_done_once(setting: Setting, seed: int) -> None:
    Story.setting = setting
    story = Story()
    try:
        tell(story, random.Random(seed), STEPS)
        story.all_is_well_in_the_end()
    finally:
        story.close()


def test_whatever_happens_each_thing_is_done_once(setting: Setting) -> None:
    Story.setting = setting
    quick = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        # shrinking a story takes many minutes; whoever mends something turns it on
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_as_test(Story, settings=quick)
