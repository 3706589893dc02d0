"""The API stack: an HTTP API, its functions, and who may call which route."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from kefir.functions import Grant, Surroundings, declare_function

gateway = aws.apigatewayv2
# Rate is requests per second in the long run, burst how many may come at once.
RATE, BURST = 2000, 1000


@dataclass(frozen=True)
class Service:
    """A function of the API: its routes, what it may do, and whether callers have to sign in."""

    routes: tuple[str, ...]
    grants: tuple[Grant, ...]
    signed_in: bool = True


SERVICES: Mapping[str, Service] = {
    "auth": Service(
        routes=("POST /auth/login", "POST /auth/verify"),
        grants=("table", "users"),
        signed_in=False,
    ),
    "batches": Service(
        routes=(
            "GET /batches",
            "POST /batches",
            "GET /batches/{batchId}",
            "PUT /batches/{batchId}",
            "DELETE /batches/{batchId}",
        ),
        grants=("table", "bucket"),
    ),
    "events": Service(
        routes=(
            "GET /batches/{batchId}/events",
            "POST /batches/{batchId}/events",
            "PUT /batches/{batchId}/events/{eventId}",
            "DELETE /batches/{batchId}/events/{eventId}",
        ),
        grants=("table", "bucket"),
    ),
    "reminders": Service(
        routes=(
            "GET /batches/{batchId}/reminders/suggestions",
            "GET /reminders",
            "POST /reminders",
            "DELETE /reminders/{reminderId}",
        ),
        grants=("table",),
    ),
    "devices": Service(
        routes=("POST /devices", "DELETE /devices/{deviceId}"),
        grants=("table",),
    ),
    "export": Service(routes=("GET /export",), grants=("table",)),
    "public": Service(routes=("GET /public/b/{batchId}",), grants=("table",), signed_in=False),
}


@dataclass(frozen=True)
class Api:
    """What other stacks need of it."""

    api: aws.apigatewayv2.Api
    functions: Mapping[str, aws.lambda_.Function]


def declare_api(of: Surroundings) -> Api:
    """The API with all its routes."""
    stage = of.stage
    api = gateway.Api(
        "api",
        name=stage.named("api"),
        protocol_type="HTTP",
        cors_configuration=gateway.ApiCorsConfigurationArgs(
            allow_origins=list(stage.domains),
            allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
            allow_headers=["authorization", "content-type"],
            max_age=3600,
        ),
    )
    gateway.Stage(
        "api",
        api_id=api.id,
        name="$default",
        auto_deploy=True,
        default_route_settings=gateway.StageDefaultRouteSettingsArgs(
            throttling_rate_limit=RATE, throttling_burst_limit=BURST
        ),
    )
    authorizer = gateway.Authorizer(
        "users",
        name=stage.named("users"),
        api_id=api.id,
        authorizer_type="JWT",
        identity_sources=["$request.header.Authorization"],
        jwt_configuration=gateway.AuthorizerJwtConfigurationArgs(
            issuer=pulumi.Output.concat(
                "https://cognito-idp.", stage.region, ".amazonaws.com/", of.auth.pool.id
            ),
            audiences=[of.auth.client.id],
        ),
    )
    functions = {name: declare_function(of, name, one.grants) for name, one in SERVICES.items()}
    for name, service in SERVICES.items():
        _declare_routes(api, authorizer, name, service, functions[name])
    return Api(api=api, functions=functions)


def _declare_routes(
    api: aws.apigatewayv2.Api,
    authorizer: aws.apigatewayv2.Authorizer,
    name: str,
    service: Service,
    function: aws.lambda_.Function,
) -> None:
    integration = gateway.Integration(
        name,
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=function.invoke_arn,
        payload_format_version="2.0",
    )
    aws.lambda_.Permission(
        name,
        function=function.name,
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
    )
    for route in service.routes:
        gateway.Route(
            route,
            api_id=api.id,
            route_key=route,
            target=pulumi.Output.concat("integrations/", integration.id),
            authorization_type="JWT" if service.signed_in else "NONE",
            authorizer_id=authorizer.id if service.signed_in else None,
        )
