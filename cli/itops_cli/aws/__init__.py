"""ITOps in an AWS account: build, deploy, furnish, take down. Called by the front doors."""
