"""The standard AWS environment, shielded from the developer's own."""

import pytest


def lead_to(patch: pytest.MonkeyPatch, endpoint: str, user: str, secret: str) -> None:
    """Let boto3 find one server and no settings but these, here and in processes started here."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_CONFIG_FILE", "/dev/null")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_ENDPOINT_URL", endpoint)
    patch.setenv("AWS_ACCESS_KEY_ID", user)
    patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
