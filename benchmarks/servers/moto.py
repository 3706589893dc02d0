"""moto's server with a bucket, and presigned URLs for it from boto3; it verifies no signature."""

from __future__ import annotations

import sys
import uuid
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from benchmarks.processes import announce


def main(urls: str) -> None:
    """Serves uploads."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket="benchmark")
    targets = []
    for _ in range(int(urls)):
        parameters = {
            "Bucket": "benchmark",
            "Key": f"{uuid.uuid4()}/snapshot.json",
            "ContentType": "application/json",
        }
        parts = urlsplit(client.generate_presigned_url("put_object", Params=parameters))
        targets.append(f"{parts.path}?{parts.query}")
    announce(port=port, targets=targets)


if __name__ == "__main__":
    main(*sys.argv[1:])
