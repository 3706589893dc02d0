# One image; the command of each function names its entry point.

resource "aws_iam_role" "control" {
  name               = "iac-ci-control"
  assume_role_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":[\"lambda.amazonaws.com\",\"states.amazonaws.com\"]}}]}"
}

# Has no policy for tables or buckets: its results go to presigned URLs.
resource "aws_iam_role" "worker" {
  name               = "iac-ci-worker"
  assume_role_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":[\"codebuild.amazonaws.com\",\"lambda.amazonaws.com\"]}}]}"
}

resource "aws_lambda_function" "process_webhook" {
  function_name = "iac-ci-process-webhook"
  role          = aws_iam_role.control.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
  timeout       = 60

  image_config {
    command = ["process_webhook.handler"]
  }

  environment {
    variables = {
      ORDERS_TABLE  = aws_dynamodb_table.orders.name
      ORDER_SECONDS = "86400"
    }
  }
}

resource "aws_lambda_function" "orchestrator" {
  function_name = "iac-ci-orchestrator"
  role          = aws_iam_role.control.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
  timeout       = 300

  image_config {
    command = ["orchestrator.handler"]
  }

  environment {
    variables = {
      LOCKS_TABLE   = aws_dynamodb_table.orchestrator_locks.name
      EVENTS_TABLE  = aws_dynamodb_table.order_events.name
      EVENT_SECONDS = "7776000"
      ORDERS_TABLE  = aws_dynamodb_table.orders.name
    }
  }
}

resource "aws_lambda_function" "watchdog_check" {
  function_name = "iac-ci-watchdog-check"
  role          = aws_iam_role.control.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
  timeout       = 30

  image_config {
    command = ["watchdog_check.handler"]
  }
}

resource "aws_lambda_function" "worker" {
  function_name = "iac-ci-worker"
  role          = aws_iam_role.worker.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
  timeout       = 900

  image_config {
    command = ["worker.handler"]
  }
}

# Publishes a binding's snapshot: what bind.py bundled is the working directory.
resource "aws_lambda_function" "chaim_publisher" {
  for_each      = toset(["order_events__OrderEvent", "orchestrator_locks__OrchestratorLock", "orders__Order"])
  function_name = "iac-ci-chaim-${each.key}"
  role          = aws_iam_role.control.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
  timeout       = 120

  image_config {
    command           = ["chaim_publisher.handler"]
    working_directory = "/var/task/bindings/${each.key}"
  }

  environment {
    variables = {
      APP_ID       = "iac-ci"
      FAILURE_MODE = "STRICT"
      SECRET_NAME  = var.chaim_secret
    }
  }
}
