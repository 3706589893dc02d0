"""The site: a bucket that nobody reaches but by CloudFront, and what is in it."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

SITE = Path(__file__).parents[1] / "assets" / "frontend"
INDEX = "index.html"
CONFIG = "config.json"


class Frontend(Construct):
    """The bucket and the distribution; :meth:`deploy` fills them, once there is an API."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(
            self,
            "FrontendBucket",
            website_index_document=INDEX,
            website_error_document=INDEX,
            public_read_access=False,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )
        identity = cloudfront.OriginAccessIdentity(self, "OriginAccessIdentity")
        # To list, too: without it S3 answers 403 for what is not there, and no 404 is ever seen.
        self.bucket.grant_read(identity)
        self.distribution = cloudfront.Distribution(
            self,
            "FrontendDistribution",
            default_root_object=INDEX,
            default_behavior=cloudfront.BehaviorOptions(
                # The bucket itself: its website is public or nothing, and knows no identity.
                origin=origins.S3BucketOrigin.with_origin_access_identity(
                    self.bucket, origin_access_identity=identity
                ),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            ),
            error_responses=[
                cloudfront.ErrorResponse(
                    http_status=404, response_http_status=200, response_page_path=f"/{INDEX}"
                )
            ],
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )

    @property
    def url(self) -> str:
        """Where the site is; as an origin, too."""
        return f"https://{self.distribution.distribution_domain_name}"

    def deploy(self, api_url: str) -> None:
        """Uploads the site, and beside it where the API is, which only a deployment tells."""
        deployment.BucketDeployment(
            self,
            "FrontendDeployment",
            sources=[
                deployment.Source.asset(str(SITE)),
                deployment.Source.json_data(CONFIG, {"VITE_API_BASE_URL": api_url}),
            ],
            destination_bucket=self.bucket,
            distribution=self.distribution,
            distribution_paths=["/*"],
        )
