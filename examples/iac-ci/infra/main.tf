# What iac-ci runs on, in one root module. Its author deploys it in three stages, each with a state of
# its own: the state bucket, the image's repository, and the rest.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.aws_region
}

data "aws_caller_identity" "current" {}

variable "aws_region" {
  type = string
}

variable "image_tag" {
  type = string
}

variable "chaim_secret" {
  description = "Names the secret with Chaim's apiKey and apiSecret"
  type        = string
}

# One image for all functions and for CodeBuild.
resource "aws_ecr_repository" "image" {
  name                 = "iac-ci"
  image_tag_mutability = "IMMUTABLE"
}
