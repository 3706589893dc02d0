"""The data stack: one table for all entities, and a bucket for photos."""

from dataclasses import dataclass

import pulumi_aws as aws

from kefir.stage import Stage

dynamodb, s3 = aws.dynamodb, aws.s3
KEYS = ("PK", "SK", "GSI1PK", "GSI1SK")


@dataclass(frozen=True)
class Data:
    """What other stacks need of it."""

    table: aws.dynamodb.Table
    bucket: aws.s3.Bucket


def declare_data(stage: Stage) -> Data:
    """The table and the bucket."""
    return Data(table=_table(stage), bucket=_bucket(stage))


def _table(stage: Stage) -> aws.dynamodb.Table:
    return dynamodb.Table(
        "table",
        name=stage.named("table"),
        billing_mode="PAY_PER_REQUEST",
        hash_key="PK",
        range_key="SK",
        attributes=[dynamodb.TableAttributeArgs(name=name, type="S") for name in KEYS],
        global_secondary_indexes=[
            dynamodb.TableGlobalSecondaryIndexArgs(
                name="GSI1",
                key_schemas=[
                    dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                        attribute_name="GSI1PK", key_type="HASH"
                    ),
                    dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                        attribute_name="GSI1SK", key_type="RANGE"
                    ),
                ],
                projection_type="ALL",
            )
        ],
        ttl=dynamodb.TableTtlArgs(attribute_name="TTL", enabled=True),
        # With the key that AWS manages for the account.
        server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True),
        point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=stage.is_production),
        deletion_protection_enabled=stage.is_production,
        opts=stage.critical(),
    )


def _bucket(stage: Stage) -> aws.s3.Bucket:
    bucket = s3.Bucket(
        "photos",
        bucket=stage.named("photos"),
        force_destroy=not stage.is_production,
        opts=stage.critical(),
    )
    s3.BucketPublicAccessBlock(
        "photos",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    s3.BucketServerSideEncryptionConfiguration(
        "photos",
        bucket=bucket.id,
        rules=[
            s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=(
                    s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            )
        ],
    )
    s3.BucketCorsConfiguration(
        "photos",
        bucket=bucket.id,
        cors_rules=[
            s3.BucketCorsConfigurationCorsRuleArgs(
                allowed_methods=["GET", "PUT", "HEAD"],
                allowed_origins=list(stage.domains),
                allowed_headers=["*"],
                max_age_seconds=3600,
            )
        ],
    )
    if stage.is_production:
        s3.BucketVersioning(
            "photos",
            bucket=bucket.id,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
        )
    s3.BucketLifecycleConfiguration("photos", bucket=bucket.id, rules=_lifecycle(stage))
    return bucket


def _lifecycle(stage: Stage) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    """Photos go after a year. In a bucket with versions that alone deletes nothing, so what was
    deleted goes for good when the retention is over.
    """
    old_versions = s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
        noncurrent_days=stage.retention_days
    )
    return [
        s3.BucketLifecycleConfigurationRuleArgs(
            id="delete-after-a-year",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=365),
            noncurrent_version_expiration=old_versions if stage.is_production else None,
        ),
        s3.BucketLifecycleConfigurationRuleArgs(
            id="abort-incomplete-uploads",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            abort_incomplete_multipart_upload=(
                s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=7
                )
            ),
        ),
    ]
