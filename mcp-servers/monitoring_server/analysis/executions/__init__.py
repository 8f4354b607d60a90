"""What the history of a Step Functions execution tells: no AWS, no files."""
