"""The auth stack: users who sign in with a code sent to their email address."""

from dataclasses import dataclass

import pulumi_aws as aws

from kefir.stage import Stage

cognito = aws.cognito


@dataclass(frozen=True)
class Auth:
    """What other stacks need of it."""

    pool: aws.cognito.UserPool
    client: aws.cognito.UserPoolClient


def declare_auth(stage: Stage) -> Auth:
    """The user pool and the app's client."""
    pool = cognito.UserPool(
        "users",
        name=stage.named("users"),
        username_attributes=["email"],
        auto_verified_attributes=["email"],
        admin_create_user_config=cognito.UserPoolAdminCreateUserConfigArgs(
            allow_admin_create_user_only=False
        ),
        account_recovery_setting=cognito.UserPoolAccountRecoverySettingArgs(
            recovery_mechanisms=[
                cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs(
                    name="verified_email", priority=1
                )
            ]
        ),
        # Cognito wants PASSWORD in this list; the client below offers no flow that would use one.
        sign_in_policy=cognito.UserPoolSignInPolicyArgs(
            allowed_first_auth_factors=["PASSWORD", "EMAIL_OTP"]
        ),
        # Advanced security is part of the tier PLUS alone; codes by email need ESSENTIALS.
        user_pool_tier="PLUS" if stage.is_production else "ESSENTIALS",
        user_pool_add_ons=cognito.UserPoolUserPoolAddOnsArgs(advanced_security_mode="ENFORCED")
        if stage.is_production
        else None,
        deletion_protection="ACTIVE" if stage.is_production else "INACTIVE",
        opts=stage.critical(),
    )
    client = cognito.UserPoolClient(
        "app",
        name=stage.named("app"),
        user_pool_id=pool.id,
        explicit_auth_flows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        access_token_validity=60,
        refresh_token_validity=30,
        token_validity_units=cognito.UserPoolClientTokenValidityUnitsArgs(
            access_token="minutes", refresh_token="days"
        ),
        prevent_user_existence_errors="ENABLED",
        generate_secret=False,
    )
    return Auth(pool=pool, client=client)
