"""The auth stack: sign-in by a code that comes by email."""

from typing import Any

import engine


def test_the_email_address_is_the_user_name_and_is_verified(run: engine.Run) -> None:
    pool = run.of("aws:cognito/userPool:UserPool")["users"]
    assert pool["usernameAttributes"] == pool["autoVerifiedAttributes"] == ["email"]
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": False}
    recovery = pool["accountRecoverySetting"]["recoveryMechanisms"]
    assert [one["name"] for one in recovery] == ["verified_email"]
    assert "EMAIL_OTP" in pool["signInPolicy"]["allowedFirstAuthFactors"]


def test_tokens_last_an_hour_and_a_month(run: engine.Run) -> None:
    client = run.of("aws:cognito/userPoolClient:UserPoolClient")["app"]
    units = client["tokenValidityUnits"]
    assert (client["accessTokenValidity"], units["accessToken"]) == (60, "minutes")
    assert (client["refreshTokenValidity"], units["refreshToken"]) == (30, "days")


def test_who_has_no_account_is_not_told_so(run: engine.Run) -> None:
    client = run.of("aws:cognito/userPoolClient:UserPoolClient")["app"]
    assert client["preventUserExistenceErrors"] == "ENABLED"
    # One flow, which begins with the first factor that the user has; none with a password.
    assert client["explicitAuthFlows"] == ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def test_advanced_security_is_productions(runs: Any) -> None:
    pools = {s: runs(s).of("aws:cognito/userPool:UserPool")["users"] for s in ("dev", "prod")}
    assert pools["prod"]["userPoolAddOns"] == {"advancedSecurityMode": "ENFORCED"}
    assert pools["prod"]["userPoolTier"] == "PLUS"
    assert "userPoolAddOns" not in pools["dev"]
