"""What Dagster's own parts make of ours, for tests: a tick as the code server evaluates it."""

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.remote_representation.external_data import SensorExecutionErrorSnap
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._grpc.impl import get_external_sensor_execution


def error_of_tick(sensor: dg.SensorDefinition) -> DagsterUserCodeProcessError:
    """What the daemon raises for a tick of that sensor, which fails."""
    repository = dg.Definitions(sensors=[sensor]).get_repository_def()
    origin = ManagedGrpcPythonEnvCodeLocationOrigin(
        loadable_target_origin=LoadableTargetOrigin(module_name=__name__), location_name="leads"
    )
    told = get_external_sensor_execution(
        repository,
        origin,
        instance_ref=None,
        sensor_name=sensor.name,
        last_tick_completion_timestamp=None,
        last_run_key=None,
        cursor=None,
        log_key=None,
        last_sensor_start_timestamp=None,
    )
    assert isinstance(told, SensorExecutionErrorSnap) and told.error is not None
    return DagsterUserCodeProcessError.from_error_info(told.error)
