# What calls the functions, apart from the bucket.

resource "aws_apigatewayv2_api" "webhook" {
  name          = "iac-ci-webhook"
  protocol_type = "HTTP"
  route_key     = "POST /webhook"
  target        = aws_lambda_function.process_webhook.arn
}

resource "aws_lambda_permission" "webhook" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.process_webhook.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.webhook.execution_arn}/*/*"
}

# One execution for each order: looks every 60 seconds whether there is a result, until there is one
# or its time is over.
resource "aws_sfn_state_machine" "watchdog" {
  name     = "iac-ci-watchdog"
  role_arn = aws_iam_role.control.arn
  definition = jsonencode({
    StartAt = "Wait"
    States = {
      Wait  = { Type = "Wait", Seconds = 60, Next = "Check" }
      Check = { Type = "Task", Resource = aws_lambda_function.watchdog_check.arn, ResultPath = "$.check", Next = "Done" }
      Done = {
        Type    = "Choice"
        Choices = [{ Variable = "$.check.done", BooleanEquals = true, Next = "End" }]
        Default = "Wait"
      }
      End = { Type = "Succeed" }
    }
  })
}

# For orders that take longer than a function may; the image's own command is run.
resource "aws_codebuild_project" "worker" {
  name         = "iac-ci-worker"
  service_role = aws_iam_role.worker.arn

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type                = "BUILD_GENERAL1_SMALL"
    image                       = "${aws_ecr_repository.image.repository_url}:${var.image_tag}"
    image_pull_credentials_type = "SERVICE_ROLE"
    type                        = "LINUX_CONTAINER"
  }

  source {
    type      = "NO_SOURCE"
    buildspec = "{\"version\":\"0.2\",\"phases\":{\"build\":{\"commands\":[\"/entrypoint.sh\"]}}}"
  }
}
