"""The template is what the plan says of the system's resources."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from plan import API, BUCKET, JOB, JOBS, PROPERTIES, QUEUE, REPOSITORIES, SITE
from synthesized import Json, Synthesized, differences

LAMBDA_ROLE, BATCH_ROLE = "ApiApiLambdaServiceRole", "BatchBatchExecutionRole"
MANAGED = "arn:<AWS::Partition>:iam::aws:policy/service-role/"
SITE_URL = f"https://<{SITE}.DomainName>"
API_URL = (
    "https://<ApiCodyBatchApi>.execute-api.us-east-1.<AWS::URLSuffix>"
    "/<ApiCodyBatchApiDeploymentStageprod>/"
)


@pytest.mark.parametrize(
    ("logical_id", "wanted"),
    [pytest.param(of, wanted, id=f"{of}: {says}") for of, says, wanted in PROPERTIES],
)
def test_properties(stack: Synthesized, logical_id: str, wanted: Json) -> None:
    assert list(differences(wanted, stack.resources[logical_id]["Properties"])) == []


@pytest.mark.parametrize("logical_id", [JOBS, REPOSITORIES, BUCKET])
def test_what_holds_data_goes_with_the_stack(stack: Synthesized, logical_id: str) -> None:
    assert stack.resources[logical_id]["DeletionPolicy"] == "Delete"
    assert stack.resources[logical_id]["UpdateReplacePolicy"] == "Delete"


# The API's routes


def routes(stack: Synthesized, *, preflights: bool) -> Iterator[tuple[str, Json]]:
    """Method and path of each of the API's methods, with the method's properties."""
    for method in stack.of_type("AWS::ApiGateway::Method"):
        properties = method["Properties"]
        if (properties["HttpMethod"] == "OPTIONS") == preflights:
            path = path_of(stack, properties["ResourceId"])
            yield f"{properties['HttpMethod']} {path}", properties


def path_of(stack: Synthesized, resource: str) -> str:
    """The path of a resource of the API, from that of its parent."""
    if resource == "<ApiCodyBatchApi.RootResourceId>":
        return "/"
    properties = stack.resources[resource.strip("<>")]["Properties"]
    parent = path_of(stack, properties["ParentId"])
    return f"{parent.rstrip('/')}/{properties['PathPart']}"


def test_routes_are_the_nine_of_the_plan_and_no_other(stack: Synthesized) -> None:
    assert [route for route, _ in routes(stack, preflights=False)] == [
        "GET /health",
        "GET /repositories",
        "GET /jobs",
        "POST /jobs",
        "GET /jobs/{jobId}",
        "POST /jobs/{jobId}/cancel",
        "GET /jobs/{jobId}/repositories/{repositoryName}",
        "GET /jobs/{jobId}/repositories/{repositoryName}/diff",
        "GET /jobs/{jobId}/repositories/{repositoryName}/claude-thread",
    ]


def test_every_route_calls_the_function_and_asks_nobody_who_they_are(stack: Synthesized) -> None:
    for route, method in routes(stack, preflights=False):
        assert method["AuthorizationType"] == "NONE", route
        assert method["Integration"]["Type"] == "AWS_PROXY", route
        assert f"/functions/<{API}.Arn>/invocations" in method["Integration"]["Uri"], route


def test_browsers_may_call_every_route_from_the_site_alone(stack: Synthesized) -> None:
    preflights = dict(routes(stack, preflights=True))
    called = {route.partition(" ")[2] for route, _ in routes(stack, preflights=False)}
    assert {f"OPTIONS {path}" for path in called} <= set(preflights)
    for method in preflights.values():
        (answer,) = method["Integration"]["IntegrationResponses"]
        allowed = answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"]
        assert allowed == f"'{SITE_URL}'"
    # What answers the call itself has to say so, too.
    variables = stack.resources[API]["Properties"]["Environment"]["Variables"]
    assert variables["CORS_ORIGIN"] == SITE_URL


# Roles


READ_WRITE = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem")
BOTH_TABLES = {
    (action, f"<{table}.Arn>{index}")
    for action in READ_WRITE
    for table in (JOBS, REPOSITORIES)
    for index in ("", "/index/*")
}
READ_PARAMETERS = {
    (action, "arn:<AWS::Partition>:ssm:us-east-1:<AWS::AccountId>:parameter/cody-batch/*")
    for action in ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
}
SUBMIT = {("batch:SubmitJob", f"<{QUEUE}.JobQueueArn>"), ("batch:SubmitJob", f"<{JOB}>")}
CANCEL = {("batch:CancelJob", "*"), ("batch:DescribeJobs", "*")}
SITE_FILES = {
    ("s3:GetObject*", f"<{BUCKET}.Arn>/*"),
    ("s3:PutObject", f"<{BUCKET}.Arn>/*"),
    ("s3:DeleteObject*", f"<{BUCKET}.Arn>/*"),
}
PULL = {
    (
        "ecr:BatchGetImage",
        "arn:<AWS::Partition>:ecr:us-east-1:<AWS::AccountId>:repository/cody-batch/batch",
    ),
    ("ecr:GetAuthorizationToken", "*"),
}


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        pytest.param(LAMBDA_ROLE, BOTH_TABLES, id="lambda: both tables"),
        pytest.param(LAMBDA_ROLE, SUBMIT | CANCEL, id="lambda: submit and cancel jobs"),
        pytest.param(LAMBDA_ROLE, READ_PARAMETERS, id="lambda: parameters"),
        pytest.param(BATCH_ROLE, BOTH_TABLES, id="batch: both tables"),
        pytest.param(BATCH_ROLE, SITE_FILES, id="batch: the site's bucket"),
        pytest.param(BATCH_ROLE, READ_PARAMETERS, id="batch: parameters"),
        pytest.param(BATCH_ROLE, PULL, id="batch: its image"),
    ],
)
def test_roles_may(stack: Synthesized, role: str, permissions: set[tuple[str, str]]) -> None:
    assert permissions - stack.allowed(role) == set()


@pytest.mark.parametrize(
    ("role", "service", "managed"),
    [
        (LAMBDA_ROLE, "lambda.amazonaws.com", "AWSLambdaBasicExecutionRole"),
        (BATCH_ROLE, "ecs-tasks.amazonaws.com", "AmazonECSTaskExecutionRolePolicy"),
        (
            "BatchComputeEnvironmentInstanceProfileRole",
            "ec2.amazonaws.com",
            "AmazonEC2ContainerServiceforEC2Role",
        ),
    ],
)
def test_roles_are_their_services_and_may_write_logs(
    stack: Synthesized, role: str, service: str, managed: str
) -> None:
    properties = stack.resources[role]["Properties"]
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": service}
    assert properties["ManagedPolicyArns"] == [MANAGED + managed]


def test_they_are_the_functions_and_the_jobs(stack: Synthesized) -> None:
    assert stack.resources[API]["Properties"]["Role"] == f"<{LAMBDA_ROLE}.Arn>"
    container = stack.resources[JOB]["Properties"]["ContainerProperties"]
    assert container["ExecutionRoleArn"] == f"<{BATCH_ROLE}.Arn>"
    assert container["JobRoleArn"] == f"<{BATCH_ROLE}.Arn>"


def test_the_network_has_two_zones_and_one_way_out(stack: Synthesized) -> None:
    assert len(stack.of_type("AWS::EC2::VPC")) == 1
    assert len(stack.of_type("AWS::EC2::Subnet")) == 4
    assert len(stack.of_type("AWS::EC2::NatGateway")) == 1


# The site


def test_the_identity_may_read_and_nobody_else(stack: Synthesized) -> None:
    (policy,) = stack.of_type("AWS::S3::BucketPolicy")
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    readers = [one for one in statements if "s3:GetObject*" in one["Action"]]
    assert [one["Principal"] for one in readers if "CanonicalUser" in one["Principal"]] == [
        {"CanonicalUser": "<FrontendOriginAccessIdentity.S3CanonicalUserId>"}
    ]
    assert all(one["Principal"] != "*" for one in statements)


def test_the_site_is_uploaded_with_the_apis_url(stack: Synthesized) -> None:
    (deployment,) = stack.of_type("Custom::CDKBucketDeployment")
    properties = deployment["Properties"]
    assert properties["DestinationBucketName"] == f"<{BUCKET}>"
    assert properties["DistributionId"] == f"<{SITE}>"
    assert properties["DistributionPaths"] == ["/*"]
    assert len(properties["SourceObjectKeys"]) == 2
    (written,) = stack.assembly.glob("asset.*/config.json")
    ((marker, url),) = properties["SourceMarkers"][1].items()  # which a deployment puts in
    assert json.loads(written.read_text().replace(marker, url)) == {"VITE_API_BASE_URL": API_URL}


# What a deployment is given and tells


def test_parameters(stack: Synthesized) -> None:
    given = stack.template["Parameters"]
    for name in ("GitHubToken", "ClaudeApiKey"):
        assert given[name]["NoEcho"] is True
        assert "Default" not in given[name]
    assert given["AllowedRepositories"]["Default"] == "github.com/liamzdenek/*"


def test_outputs(stack: Synthesized) -> None:
    told = {name: one["Value"] for name, one in stack.outputs.items() if "Description" in one}
    assert told == {
        "ApiUrl": API_URL,
        "FrontendUrl": SITE_URL,
        "JobsTableName": f"<{JOBS}>",
        "RepositoriesTableName": f"<{REPOSITORIES}>",
        "JobQueueArn": f"<{QUEUE}.JobQueueArn>",
        "JobDefinitionArn": f"<{JOB}>",
    }


def test_cdk_has_nothing_to_say_against_it(stack: Synthesized) -> None:
    assert "WARNING" not in stack.printed
    assert "deprecated" not in stack.printed
