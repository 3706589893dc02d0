"""The API stack: routes, who may call them, and what the functions behind them may do."""

import json
from typing import Any

import engine

OPEN = {"POST /auth/login", "POST /auth/verify", "GET /public/b/{batchId}"}
SIGNED_IN = {
    "GET /batches",
    "POST /batches",
    "GET /batches/{batchId}",
    "PUT /batches/{batchId}",
    "DELETE /batches/{batchId}",
    "GET /batches/{batchId}/events",
    "POST /batches/{batchId}/events",
    "PUT /batches/{batchId}/events/{eventId}",
    "DELETE /batches/{batchId}/events/{eventId}",
    "GET /batches/{batchId}/reminders/suggestions",
    "GET /reminders",
    "POST /reminders",
    "DELETE /reminders/{reminderId}",
    "POST /devices",
    "DELETE /devices/{deviceId}",
    "GET /export",
}
# Of what each function may do something, beside writing its log.
GRANTED = {
    "auth": {"dynamodb", "cognito-idp"},
    "batches": {"dynamodb", "s3"},
    "events": {"dynamodb", "s3"},
    "reminders": {"dynamodb"},
    "devices": {"dynamodb"},
    "export": {"dynamodb"},
    "public": {"dynamodb"},
    "reminder-processor": {"dynamodb"},
}
FUNCTION = "aws:lambda/function:Function"


def statements(run: engine.Run, name: str) -> list[dict[str, Any]]:
    """What a function's role may do."""
    policy = run.of("aws:iam/rolePolicy:RolePolicy")[name]
    found: list[dict[str, Any]] = json.loads(policy["policy"])["Statement"]
    return found


def test_the_routes_and_who_may_call_them(run: engine.Run) -> None:
    routes = run.of("aws:apigatewayv2/route:Route")
    (authorizer,) = run.of("aws:apigatewayv2/authorizer:Authorizer")
    by = {route["routeKey"]: route["authorizationType"] for route in routes.values()}
    assert by == dict.fromkeys(OPEN, "NONE") | dict.fromkeys(SIGNED_IN, "JWT")
    assert all(("authorizerId" in route) is (key in SIGNED_IN) for key, route in routes.items())
    assert authorizer == "users"


def test_the_users_tokens_are_what_it_believes(run: engine.Run) -> None:
    authorizer = run.of("aws:apigatewayv2/authorizer:Authorizer")["users"]
    assert authorizer["authorizerType"] == "JWT"
    jwt = authorizer["jwtConfiguration"]
    pool = run.of("aws:cognito/userPool:UserPool")["users"]["name"]
    assert jwt["issuer"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}-id"
    assert jwt["audiences"] == [
        f"{run.of('aws:cognito/userPoolClient:UserPoolClient')['app']['name']}-id"
    ]


def test_it_is_an_http_api_that_is_throttled(run: engine.Run) -> None:
    assert run.of("aws:apigatewayv2/api:Api")["api"]["protocolType"] == "HTTP"
    (stage,) = run.of("aws:apigatewayv2/stage:Stage").values()
    assert stage["defaultRouteSettings"] == {
        "throttlingRateLimit": 2000,
        "throttlingBurstLimit": 1000,
    }


def test_it_is_called_from_the_apps_domains(runs: Any) -> None:
    origins = {
        name: runs(name).of("aws:apigatewayv2/api:Api")["api"]["corsConfiguration"]["allowOrigins"]
        for name in ("dev", "prod")
    }
    assert origins["dev"] == ["*"]
    assert origins["prod"] == ["https://kefir.example", "https://www.kefir.example"]


def test_all_functions_are_alike(run: engine.Run, stage: str) -> None:
    functions = run.of(FUNCTION)
    assert functions.keys() == GRANTED.keys()
    for function in functions.values():
        assert (function["runtime"], function["architectures"]) == ("nodejs20.x", ["arm64"])
        assert (function["memorySize"], function["timeout"]) == (512, 30)
        # Not AWS_REGION: Lambda sets it, and refuses a function that does.
        assert function["environment"]["variables"] == {
            "TABLE_NAME": f"kefir-app-{stage}-table",
            "BUCKET_NAME": f"kefir-app-{stage}-photos",
            "USER_POOL_ID": f"kefir-app-{stage}-users-id",
            "USER_POOL_CLIENT_ID": f"kefir-app-{stage}-app-id",
            "STAGE": stage,
        }


def test_each_has_a_role_of_its_own_that_may_do_little(run: engine.Run, stage: str) -> None:
    functions = run.of(FUNCTION)
    assert len({function["role"] for function in functions.values()}) == len(functions)
    for name, granted in GRANTED.items():
        log, *others = statements(run, name)
        assert all(f"/aws/lambda/kefir-app-{stage}-{name}" in one for one in log["Resource"])
        services = {action.partition(":")[0] for one in others for action in one["Action"]}
        assert services == granted
        actions = {action for one in others for action in one["Action"]}
        assert not any("*" in action or "Table" in action for action in actions)
        for resource in (resource for one in others for resource in one["Resource"]):
            assert f"kefir-app-{stage}-" in resource


def test_the_table_is_granted_with_its_indexes(run: engine.Run, stage: str) -> None:
    (granted,) = [one for one in statements(run, "reminders") if "dynamodb:Query" in one["Action"]]
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/kefir-app-{stage}-table"
    assert granted["Resource"] == [arn, f"{arn}/index/*"]


def test_every_function_may_be_called_by_who_calls_it(run: engine.Run) -> None:
    permissions = run.of("aws:lambda/permission:Permission").values()
    called = {one["function"]: one["principal"] for one in permissions}
    functions = {name: function["name"] for name, function in run.of(FUNCTION).items()}
    assert called.pop(functions.pop("reminder-processor")) == "events.amazonaws.com"
    assert called == dict.fromkeys(functions.values(), "apigateway.amazonaws.com")
