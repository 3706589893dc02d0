"""What the plan says of the resources' properties, sentence by sentence, in the plan's order.

Left out are hashes, and every expression is a text: see ``synthesized.plain``.
"""

from __future__ import annotations

from synthesized import Json

JOBS, REPOSITORIES = "DataJobsTable", "DataRepositoriesTable"
API = "ApiApiLambda"
BUCKET, SITE = "FrontendFrontendBucket", "FrontendFrontendDistribution"
QUEUE, JOB = "BatchJobQueue", "BatchJobDefinition"
# AWS's names of its policies of caching.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

TTL = {"TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True}}


def texts(*names: str) -> list[Json]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def key(**kinds: str) -> list[Json]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()]


def index(name: str, keys: list[Json]) -> Json:
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}


# Of what, which sentence, and what it comes to in the resource's properties.
PROPERTIES: list[tuple[str, str, Json]] = [
    (JOBS, "partition key jobId", {"KeySchema": key(jobId="HASH")}),
    (JOBS, "keys are strings", {"AttributeDefinitions": texts("jobId", "status", "createdAt")}),
    (
        JOBS,
        "an index by status and createdAt",
        {
            "GlobalSecondaryIndexes": [
                index("status-createdAt-index", key(status="HASH", createdAt="RANGE"))
            ]
        },
    ),
    (JOBS, "expires by expiresAt", TTL),
    (JOBS, "paid by request", {"BillingMode": "PAY_PER_REQUEST"}),
    (
        REPOSITORIES,
        "partition key jobId, sort key repositoryName",
        {"KeySchema": key(jobId="HASH", repositoryName="RANGE")},
    ),
    (
        REPOSITORIES,
        "keys are strings",
        {"AttributeDefinitions": texts("jobId", "repositoryName", "status")},
    ),
    (
        REPOSITORIES,
        "an index by status",
        {"GlobalSecondaryIndexes": [index("status-index", key(status="HASH"))]},
    ),
    (REPOSITORIES, "expires by expiresAt", TTL),
    (REPOSITORIES, "paid by request", {"BillingMode": "PAY_PER_REQUEST"}),
    (API, "a Node.js that Lambda still has", {"Runtime": "nodejs24.x"}),
    (API, "its handler", {"Handler": "dist/packages/api/main.handler"}),
    (API, "1024 MB", {"MemorySize": 1024}),
    (API, "30 seconds", {"Timeout": 30}),
    (
        API,
        "its environment",
        {
            "Environment": {
                "Variables": {
                    "DYNAMODB_JOBS_TABLE": f"<{JOBS}>",
                    "DYNAMODB_REPOSITORIES_TABLE": f"<{REPOSITORIES}>",
                    "GITHUB_TOKEN": "<GitHubToken>",
                    "ALLOWED_REPOSITORIES": "<AllowedRepositories>",
                    "AWS_BATCH_JOB_QUEUE": f"<{QUEUE}.JobQueueArn>",
                    "AWS_BATCH_JOB_DEFINITION": f"<{JOB}>",
                    "AWS_REGION": None,  # Lambda's own
                }
            }
        },
    ),
    ("BatchComputeEnvironment", "managed", {"Type": "managed"}),
    (
        "BatchComputeEnvironment",
        "what it may start",
        {
            "ComputeResources": {
                "Type": "EC2",  # and not SPOT
                "InstanceTypes": ["optimal"],
                "MinvCpus": 0,
                "MaxvCpus": 16,
                "InstanceRole": "<BatchComputeEnvironmentInstanceProfile.Arn>",
                "Subnets": [
                    "<BatchBatchVpcPrivateSubnet1Subnet>",
                    "<BatchBatchVpcPrivateSubnet2Subnet>",
                ],
            }
        },
    ),
    (
        QUEUE,
        "priority 1, on that environment",
        {
            "Priority": 1,
            "ComputeEnvironmentOrder": [
                {
                    "ComputeEnvironment": "<BatchComputeEnvironment.ComputeEnvironmentArn>",
                    "Order": 1,
                }
            ],
        },
    ),
    (JOB, "a container", {"Type": "container", "PlatformCapabilities": ["EC2"]}),
    (
        JOB,
        "an image of ECR",
        {
            "ContainerProperties": {
                "Image": "<AWS::AccountId>.dkr.ecr.us-east-1.<AWS::URLSuffix>"
                "/cody-batch/batch:latest"
            }
        },
    ),
    (
        JOB,
        "2 vCPUs, 4 GB",
        {
            "ContainerProperties": {
                "ResourceRequirements": [
                    {"Type": "MEMORY", "Value": "4096"},
                    {"Type": "VCPU", "Value": "2"},
                ]
            }
        },
    ),
    (
        JOB,
        "its command",
        {"ContainerProperties": {"Command": ["node", "dist/packages/batch/main.js"]}},
    ),
    (
        JOB,
        "its environment",
        {
            "ContainerProperties": {
                "Environment": [
                    {"Name": name, "Value": value}
                    for name, value in {
                        "DYNAMODB_JOBS_TABLE": f"<{JOBS}>",
                        "DYNAMODB_REPOSITORIES_TABLE": f"<{REPOSITORIES}>",
                        "GITHUB_TOKEN": "<GitHubToken>",
                        "ALLOWED_REPOSITORIES": "<AllowedRepositories>",
                        "CLAUDE_API_KEY": "<ClaudeApiKey>",
                        "AWS_REGION": "us-east-1",
                    }.items()
                ]
            }
        },
    ),
    (
        BUCKET,
        "public access is blocked",
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            }
        },
    ),
    (BUCKET, "versions are kept", {"VersioningConfiguration": {"Status": "Enabled"}}),
    (
        BUCKET,
        "a website",
        {
            "WebsiteConfiguration": {
                "IndexDocument": "index.html",
                "ErrorDocument": "index.html",
            }
        },
    ),
    (BUCKET, "no lifecycle rules", {"LifecycleConfiguration": None}),
    (
        SITE,
        "its only origin is the bucket, as an identity of its own",
        {
            "DistributionConfig": {
                "Origins": [
                    {
                        "DomainName": f"<{BUCKET}.RegionalDomainName>",
                        "S3OriginConfig": {
                            "OriginAccessIdentity": "origin-access-identity/cloudfront/"
                            "<FrontendOriginAccessIdentity>"
                        },
                    }
                ]
            }
        },
    ),
    (
        SITE,
        "one behaviour: no cache, https, reading only",
        {
            "DistributionConfig": {
                "CacheBehaviors": None,
                "DefaultCacheBehavior": {
                    "CachePolicyId": CACHING_DISABLED,
                    "ViewerProtocolPolicy": "redirect-to-https",
                    "AllowedMethods": ["GET", "HEAD", "OPTIONS"],
                },
            }
        },
    ),
    (SITE, "the cheapest price class", {"DistributionConfig": {"PriceClass": "PriceClass_100"}}),
    (
        SITE,
        "paths that are no files are the app's",
        {
            "DistributionConfig": {
                "DefaultRootObject": "index.html",
                "CustomErrorResponses": [
                    {"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/index.html"}
                ],
            }
        },
    ),
]
