"""AWS Batch: where jobs run, the queue in which they wait, and what a job is."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from cody_batch.permissions import read_parameters

# Made and filled by whoever builds the batch processor's image.
IMAGES = "cody-batch/batch"


class Batch(Construct):
    """``environment`` is that of a job's container, beside what Batch itself puts there."""

    def __init__(self, scope: Construct, id: str, *, environment: Mapping[str, str]) -> None:
        super().__init__(scope, id)
        self.queue = batch.JobQueue(self, "JobQueue", priority=1)
        self.queue.add_compute_environment(
            batch.ManagedEc2EcsComputeEnvironment(
                self,
                "ComputeEnvironment",
                vpc=ec2.Vpc(self, "BatchVpc", max_azs=2, nat_gateways=1),
                use_optimal_instance_classes=True,
                minv_cpus=0,
                maxv_cpus=16,
                spot=False,
            ),
            1,
        )
        # Both that which ECS pulls the image and writes logs with, and the job's own.
        self.role = iam.Role(
            self,
            "BatchExecutionRole",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonECSTaskExecutionRolePolicy"
                )
            ],
        )
        read_parameters(self.role)
        self.job = batch.EcsJobDefinition(
            self,
            "JobDefinition",
            container=batch.EcsEc2ContainerDefinition(
                self,
                "Container",
                image=ecs.ContainerImage.from_ecr_repository(
                    ecr.Repository.from_repository_name(self, "Images", IMAGES), "latest"
                ),
                cpu=2,
                memory=cdk.Size.mebibytes(4096),
                command=["node", "dist/packages/batch/main.js"],
                environment=environment,
                execution_role=self.role,
                job_role=self.role,
            ),
        )
