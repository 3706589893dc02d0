"""The whole app: its stacks, and its entities bound to Chaim."""

import pulumi
from chaim_pulumi import BindingConfig, ChaimTableBinding, Secret, watch

from kefir.api import declare_api
from kefir.auth import declare_auth
from kefir.data import declare_data
from kefir.functions import Surroundings
from kefir.monitoring import declare_monitoring
from kefir.scheduler import declare_scheduler
from kefir.stage import PREFIX, Stage

# One table for all of them, so one configuration.
ENTITIES = ("User", "Batch", "Event", "Reminder", "Device")


def declare() -> None:
    """Declares everything; raises :class:`pulumi.RunError` where the configuration is wrong."""
    watch()
    stage = Stage.current()
    auth, data = declare_auth(stage), declare_data(stage)
    surroundings = Surroundings(stage=stage, auth=auth, data=data)
    api = declare_api(surroundings)
    functions = [*api.functions.values(), declare_scheduler(surroundings)]
    declare_monitoring(stage, api, functions, data)
    ChaimTableBinding(
        "chaim",
        table=data.table,
        schemas=[f"schemas/{entity}.bprint" for entity in ENTITIES],
        config=BindingConfig(
            app_id=PREFIX,
            credentials=Secret(stage.named("chaim")),
            # In production a schema that nobody hears of fails the update.
            failure_mode="STRICT" if stage.is_production else "BEST_EFFORT",
        ),
    )
    pulumi.export("apiUrl", api.api.api_endpoint)
    pulumi.export("userPoolId", auth.pool.id)
    pulumi.export("userPoolClientId", auth.client.id)
    pulumi.export("tableName", data.table.name)
    pulumi.export("bucketName", data.bucket.bucket)
