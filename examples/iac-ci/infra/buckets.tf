# tmp/exec/<run_id>/<order_num>/exec.zip and tmp/callbacks/runs/<run_id>/<order_num>/result.json
resource "aws_s3_bucket" "internal" {
  bucket = "iac-ci-internal-${data.aws_caller_identity.current.account_id}"
}

# <run_id>/done
resource "aws_s3_bucket" "done" {
  bucket = "iac-ci-done-${data.aws_caller_identity.current.account_id}"
}

# Terraform's states, and what a teardown needs; kept.
resource "aws_s3_bucket" "state" {
  bucket = "iac-ci-state-${data.aws_caller_identity.current.account_id}"
}

resource "aws_s3_bucket_lifecycle_configuration" "internal" {
  bucket = aws_s3_bucket.internal.id

  rule {
    id     = "a-day"
    status = "Enabled"

    filter {
      prefix = ""
    }

    expiration {
      days = 1
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "done" {
  bucket = aws_s3_bucket.done.id

  rule {
    id     = "a-day"
    status = "Enabled"

    filter {
      prefix = ""
    }

    expiration {
      days = 1
    }
  }
}

# A worker's result is what wakes the orchestrator.
resource "aws_s3_bucket_notification" "callbacks" {
  bucket = aws_s3_bucket.internal.id

  lambda_function {
    lambda_function_arn = aws_lambda_function.orchestrator.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "tmp/callbacks/runs/"
  }
}

resource "aws_lambda_permission" "callbacks" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.orchestrator.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = aws_s3_bucket.internal.arn
  source_account = data.aws_caller_identity.current.account_id
}
