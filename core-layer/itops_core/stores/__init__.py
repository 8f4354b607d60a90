"""What is kept in DynamoDB and S3, one module a table, no abstraction it does not need."""
