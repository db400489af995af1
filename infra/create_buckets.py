"""Makes buckets that are missing: ``python infra/create_buckets.py NAME...``.

Server and credentials come from the standard AWS environment.
"""

import sys

import boto3


def create_buckets(names: list[str]) -> None:
    """Make the buckets that this user does not have yet."""
    client = boto3.client("s3")
    there = {bucket.get("Name") for bucket in client.list_buckets()["Buckets"]}
    for name in names:
        if name not in there:
            client.create_bucket(Bucket=name)


if __name__ == "__main__":
    create_buckets(sys.argv[1:])
