"""What Dagster's own parts make of ours, for tests: a tick as it is evaluated, and as it is kept."""

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.remote_representation.external_data import SensorExecutionErrorSnap
from dagster._core.scheduler.instigation import TickData, TickStatus
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._grpc.impl import get_external_sensor_execution
from dagster_shared.error import SerializableErrorInfo


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


def failed_tick(at: float, said: str, cls_name: str) -> TickData:
    """As it stands among the records, of a sensor that raised this; `at` are seconds since 1970."""
    return TickData(
        instigator_origin_id="x",
        instigator_name="sensor",
        instigator_type=InstigatorType.SENSOR,
        status=TickStatus.FAILURE,
        timestamp=at,
        error=SerializableErrorInfo(said, [], cls_name),
    )
