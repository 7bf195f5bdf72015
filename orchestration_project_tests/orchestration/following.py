"""The records' sensor and its job, as a test lets them work on a world."""

import dagster as dg

from orchestration_project_tests.orchestration.conftest import World


def tick(world: World) -> dg.SensorResult:
    definitions = world.definitions()
    with dg.build_sensor_context(
        instance=world.instance, resources=definitions.resources, sensor_name="records"
    ) as context:
        answer = definitions.resolve_sensor_def("records")(context)
    assert isinstance(answer, dg.SensorResult)
    return answer


def follow(world: World) -> dg.ExecuteInProcessResult | None:
    """A look at all records, and the run that carries what has changed."""
    requests = tick(world).run_requests or []
    if not requests:
        return None
    (request,) = requests
    job = world.definitions().get_job_def(str(request.job_name))
    return job.execute_in_process(
        run_config=request.run_config, tags=dict(request.tags), instance=world.instance, raise_on_error=False
    )
