"""An error is told by its name and its words, as AWS, its SDKs and common clients word it."""

import json

import pytest

from monitoring_server.analysis.executions.causes import Family, read_cause

REQUEST = "7f0e7a52-3f1b-4c39-9f3d-0d1a5c6b7e21"


def raised(kind: str, message: str) -> tuple[str, str]:
    return kind, json.dumps({"errorType": kind, "errorMessage": message, "stackTrace": []})


@pytest.mark.parametrize(
    ("error", "cause", "service", "family"),
    [
        # What Lambda itself says
        (*raised("KeyError", "'customer_id'"), "lambda", Family.LAMBDA_EXCEPTION),
        (*raised("Sandbox.Timedout", f"RequestId: {REQUEST} Error: Task timed out after 3.00 "
                 "seconds"), "lambda", Family.LAMBDA_TIMEOUT),
        ("States.TaskFailed", json.dumps({"errorMessage": f"2026-11-19T02:00:03Z {REQUEST} Task "
         "timed out after 3.01 seconds"}), "lambda", Family.LAMBDA_TIMEOUT),
        (*raised("Runtime.OutOfMemory", "out of memory"), "lambda", Family.OUT_OF_MEMORY),
        ("Lambda.TooManyRequestsException", "Rate Exceeded.", "lambda", Family.THROTTLED),
        # What Step Functions says
        ("States.Timeout", "", "lambda", Family.TIMED_OUT),
        ("States.HeartbeatTimeout", "", "sqs", Family.HEARTBEAT),
        ("States.DataLimitExceeded", "too large", "lambda", Family.DATA_LIMIT),
        ("States.Runtime", "An error occurred while executing the state 'A'. The JSONPath '$.x' "
         "specified for the field 'I.$' could not be found in the input", "", Family.EVALUATION),
        ("States.QueryEvaluationError", "The JSONata expression '$x' failed", "",
         Family.EVALUATION),
        ("States.ParameterPathFailure", "no such path", "", Family.EVALUATION),
        ("States.IntrinsicFailure", "States.Format failed", "", Family.EVALUATION),
        ("States.NoChoiceMatched", "no rule", "", Family.NO_CHOICE),
        ("States.ItemReaderFailed", "no such key", "", Family.ITEM_READER),
        ("States.ExceedToleratedFailureThreshold", "exceeded", "", Family.ITEMS),
        ("States.Permissions", "no permission", "", Family.PERMISSION),
        ("States.Http.Socket", "connect timed out", "http", Family.UNREACHABLE),
        ("States.Runtime", "The execution reached the maximum number of history events (25000).",
         "", Family.QUOTA),
        # What integrations say
        ("DynamoDB.ProvisionedThroughputExceededException", "exceeded", "dynamodb",
         Family.THROTTLED),
        ("DynamoDB.ThrottlingException", "Throughput exceeds the current capacity", "dynamodb",
         Family.THROTTLED),
        ("DynamoDB.ConditionalCheckFailedException", "failed", "dynamodb", Family.CONDITION),
        ("Glue.ConcurrentRunsExceededException", "exceeded", "glue", Family.QUOTA),
        ("Sfn.ExecutionLimitExceededException", "limit", "states", Family.QUOTA),
        ("Batch.ServiceQuotaExceededException", "quota", "batch", Family.QUOTA),
        ("SNS.AuthorizationErrorException", "denied", "sns", Family.PERMISSION),
        ("S3.NoSuchKeyException", "no such key", "s3", Family.NOT_FOUND),
        ("Lambda.SdkClientException", "unable to execute the request", "lambda",
         Family.UNREACHABLE),
        # What code raises over what it calls
        (*raised("ClientError", "An error occurred (ThrottlingException) when calling the PutItem "
                 "operation: slow down"), "lambda", Family.THROTTLED),
        (*raised("botocore.errorfactory.ProvisionedThroughputExceededException", "An error "
                 "occurred (ProvisionedThroughputExceededException) when calling the Query "
                 "operation"), "lambda", Family.THROTTLED),
        (*raised("ClientError", "An error occurred (AccessDeniedException) when calling the "
                 "GetItem operation: User: arn:aws:sts::1:assumed-role/r/f is not authorized to "
                 "perform: dynamodb:GetItem"), "lambda", Family.PERMISSION),
        (*raised("AccessDeniedException", "User is not authorized to perform: s3:GetObject"),
         "lambda", Family.PERMISSION),
        (*raised("ClientError", "An error occurred (LimitExceededException) when calling the "
                 "CreateStream operation"), "lambda", Family.QUOTA),
        (*raised("ClientError", "An error occurred (NoSuchKey) when calling the GetObject "
                 "operation"), "lambda", Family.NOT_FOUND),
        (*raised("ReadTimeout", "HTTPSConnectionPool(host='a.example', port=443): Read timed out."
                 " (read timeout=5)"), "lambda", Family.UNREACHABLE),
        (*raised("AxiosError", "timeout of 5000ms exceeded"), "lambda", Family.UNREACHABLE),
        (*raised("Error", "connect ECONNREFUSED 10.0.1.5:5432"), "lambda", Family.UNREACHABLE),
        (*raised("java.net.SocketTimeoutException", "Read timed out"), "lambda",
         Family.UNREACHABLE),
        (*raised("HTTPError", "503 Server Error: Service Unavailable for url: https://a.example"),
         "lambda", Family.UNREACHABLE),
        (*raised("ValueError", "invalid literal for int() with base 10: 'three'"), "lambda",
         Family.LAMBDA_EXCEPTION),
    ],
)  # fmt: skip
def test_an_error_is_put_into_its_family(
    error: str, cause: str, service: str, family: Family
) -> None:
    assert read_cause(error, cause, service).family is family


OWN = 'File "/var/task/app/loader.py", line 41, in save'
FOREIGN = [f'File "/opt/python/botocore/client.py", line {n}, in _call' for n in range(500, 512)]


def stack_of(frames: list[str]) -> tuple[str, ...]:
    told = {"errorType": "ClientError", "errorMessage": "no", "stackTrace": frames}
    return read_cause("ClientError", json.dumps(told), "lambda").stack


def test_the_applications_own_frame_is_told_however_deep_a_library_fell() -> None:
    outermost = 'File "/var/task/app/handler.py", line 9, in handler'

    told = stack_of([outermost, OWN, *FOREIGN])

    assert told[0] == OWN
    assert told[-1] == FOREIGN[-1]
    assert len(told) == 6


def test_a_stack_of_libraries_alone_is_told_as_it_is() -> None:
    assert stack_of(FOREIGN) == tuple(FOREIGN[-6:])


def test_of_a_javascript_stack_the_frame_somebody_can_change_is_told_too() -> None:
    library = [f"at send (/opt/nodejs/node_modules/sdk/client.js:{n}:3)" for n in range(9)]

    told = stack_of([*library, "at save (/var/task/index.js:12:9)"])

    assert told[0] == library[0]
    assert told[-1] == "at save (/var/task/index.js:12:9)"
