"""The Lambda function that moves money from one account to another."""
