# Times to live are written by who writes the item; here is where DynamoDB finds them.

# One item for each order of a run: <run_id>:<order_num>. It lives a day.
resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "order_id"

  attribute {
    name = "order_id"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}

# What happened, by trace, and by the order's name over all runs. It lives 90 days.
resource "aws_dynamodb_table" "order_events" {
  name         = "order_events"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "trace_id"
  range_key    = "event_key" # <order_name>:<epoch>

  attribute {
    name = "trace_id"
    type = "S"
  }

  attribute {
    name = "event_key"
    type = "S"
  }

  attribute {
    name = "order_name"
    type = "S"
  }

  attribute {
    name = "epoch"
    type = "N"
  }

  global_secondary_index {
    name            = "order_name-epoch"
    hash_key        = "order_name"
    range_key       = "epoch"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}

# Who works on a run: lock:<run_id>. It lives as long as the run may take.
resource "aws_dynamodb_table" "orchestrator_locks" {
  name         = "orchestrator_locks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "lock_id"

  attribute {
    name = "lock_id"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}
