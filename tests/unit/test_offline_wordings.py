"""Failures as real systems word them: each line belongs to its family, everyday ones to none."""

import pytest

from itops_core.reasoning.offline.extract_logs import LogLine, families_of
from itops_core.reasoning.offline.library import library

_WORDED = {
    "log_out_of_memory": (
        "RequestId: 8f Error: Runtime exited with error: signal: killed Runtime.ExitError",
        "REPORT RequestId: 8f Duration: 900 ms Memory Size: 512 MB\tMax Memory Used: 512 MB",
        "Last State: Terminated, Reason: OOMKilled, Exit Code: 137",
        "ERROR std::bad_alloc while building index",
        "ERROR runtime: out of memory: cannot allocate 4194304-byte block (1073741824 in use)",
    ),
    "log_database_connections": (
        'ERROR pq: sorry, too many clients already',
        "ERROR 1040 (HY000): Too many connections",
        "ERROR org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved "
        "for non-replication superuser connections",
        "ERROR TimeoutError: ResourceRequest timed out: all database connections are in use",
        "ERROR MongoWaitQueueFullException: The wait queue for acquiring a connection is full",
    ),
    "log_credentials_rejected": (
        'ERROR FATAL: password authentication failed for user "svc"',
        "ERROR An error occurred (ExpiredTokenException) when calling the PutItem operation: The "
        "security token included in the request is expired",
        "ERROR 401 Client Error: Unauthorized for url: https://api.partner.example/v2/orders",
        "ERROR rpc error: code = Unauthenticated desc = invalid api key",
        "ERROR oauth2: cannot fetch token: 400 invalid_grant",
    ),
    "log_access_denied": (
        "ERROR An error occurred (AccessDenied) when calling the GetObject operation",
        "ERROR PermissionError: [Errno 13] Permission denied: '/var/run/app'",
        "ERROR 7 PERMISSION_DENIED: Missing or insufficient permissions.",
        "ERROR User: arn:aws:iam::1:user/x is not authorized to perform: sqs:SendMessage on "
        "resource: q because no resource-based policy allows the sqs:SendMessage action",
    ),
    "log_throttled": (
        "ERROR HTTP 429 Too Many Requests from maps.example, retry-after=3",
        "ERROR stripe.error.RateLimitError: Request rate limit exceeded",
        "ERROR An error occurred (ThrottlingException) when calling the PutRecord operation",
        "ERROR An error occurred (SlowDown) when calling the PutObject operation",
    ),
    "log_table_throttled": (
        "ERROR com.amazonaws.services.dynamodbv2.model.ProvisionedThroughputExceededException: The "
        "level of configured provisioned throughput for the table was exceeded",
        "ERROR operation error DynamoDB: GetItem, StatusCode: 400, ThrottlingException: Throughput "
        "exceeds the current capacity for one or more partitions of table x",
    ),
    "log_write_conflict": (
        "ERROR An error occurred (ConditionalCheckFailedException): The conditional request failed",
        "ERROR TransactionCanceledException: Transaction cancelled, reasons [TransactionConflict]",
        "ERROR could not serialize access due to concurrent update",
        "ERROR org.hibernate.StaleObjectStateException: Row was updated by another transaction",
    ),
    "log_connection_refused": (
        "ERROR dial tcp 10.1.2.3:7000: connect: connection refused",
        "ERROR [kafka] Connection to node 2 (/10.0.0.4:9092) could not be established. Broker may "
        "not be available.",
        "ERROR 111: Connection refused while connecting to upstream, client: 10.0.0.1",
        "ERROR org.apache.http.NoHttpResponseException: orders:8080 failed to respond",
    ),
    "log_downstream_timeout": (
        "ERROR upstream timed out while reading response header from upstream",
        "ERROR rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "ERROR java.net.SocketTimeoutException: Read timed out",
        "ERROR Error: timeout of 3000ms exceeded calling pricing ETIMEDOUT",
        "ERROR botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL",
    ),
    "log_downstream_error": (
        "ERROR rates responded 500 for POST /v2/rates",
        "ERROR feign.FeignException$ServiceUnavailable: [503] during [GET] to [http://stock/items]",
        "ERROR 14 UNAVAILABLE: upstream connect error or disconnect/reset before headers",
        "ERROR requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: http://stock",
    ),
    "log_name_resolution": (
        "ERROR could not translate host name \"db.internal\" to address: Name or service not known",
        "ERROR dial tcp: lookup rates.svc on 10.0.0.2:53: server misbehaving",
        "ERROR [Errno -3] Temporary failure in name resolution",
    ),
    "log_certificate": (
        "ERROR javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security."
        "cert.CertPathValidatorException: validity check failed",
        "ERROR tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "ERROR request to https://id.example failed, reason: certificate has expired",
    ),
    "log_network": (
        "ERROR connect EHOSTUNREACH 10.0.4.7:5432",
        "ERROR OSError: [Errno 113] No route to host",
        "ERROR OSError: [Errno 99] Cannot assign requested address",
    ),
    "log_bad_data": (
        "ERROR json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "ERROR com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException: Unrecognized "
        'field "vat"',
        "ERROR failed to deserialize message: missing required field 'meta'",
        "ERROR SyntaxError: Unexpected token < in JSON at position 0",
    ),
    "log_configuration": (
        "ERROR KeyError: 'PAYMENT_URL'",
        "ERROR Could not resolve placeholder 'orders.topic' in value",
        "ERROR TypeError: SIGNING_KEY_ID is not set",
        "ERROR django.core.exceptions.ImproperlyConfigured: DATABASES is improperly configured",
    ),
    "log_file_descriptors": (
        "ERROR accept tcp [::]:8080: accept4: too many open files",
        "ERROR Error: EMFILE: too many open files, open '/app/views/a.html'",
    ),
    "log_clock_skew": (
        "ERROR An error occurred (RequestTimeTooSkewed): The difference between the request time "
        "and the server's time is too large",
        "ERROR jwt: token is not yet valid",
    ),
    "log_message_rejected": (
        "ERROR failed to process message 8f12: moved to dead-letter queue after 5 receives",
        "ERROR giving up on record 77: sent to DLQ orders-dlq",
    ),
    "log_receipt_expired": (
        "ERROR ReceiptHandleIsInvalid: The input receipt handle has expired",
        "WARN message 7f became visible again before work on it was done",
    ),
    "log_authorizer": (
        "ERROR Execution failed due to an authorizer error",
        "ERROR AuthorizerConfigurationException: authorizer function timed out",
    ),
    "log_gateway_timeout": (
        "(9f) Execution failed due to a timeout error",
        "ERROR Endpoint request timed out, integration latency 29000",
    ),
    "log_overloaded": (
        "ERROR java.util.concurrent.RejectedExecutionException: rejected from ThreadPoolExecutor",
        "WARN server reached pm.max_children setting (50), consider raising it",
        "ERROR 768 worker_connections are not enough",
    ),
    "log_device_offline": (
        "thing truck-9 disconnected: MQTT_KEEP_ALIVE_TIMEOUT",
        "WARN modem: no network, uplink lost",
    ),
    "log_cooling_failed": (
        "ALARM compressor fault: locked rotor",
        "evaporator fan stopped, 0 rpm",
    ),
    "log_door_open": ("door left open for 340 s", "WARN DOOR_AJAR"),
    "log_battery_low": ("battery low: 6 %", "WARN vbat below 3.1 V"),
}  # fmt: skip

_EVERYDAY = (
    "INFO GET /orders/17 200 12ms",
    "INFO retry 2 of upload 77 succeeded",
    "INFO HTTPSConnectionPool(host='rates', port=443): opened",
    "INFO connection pool resized to 12",
    "WARN payment 7 declined by issuer code=51",
    "INFO scaled worker pool to 4",
    "DEBUG token refreshed",
    "INFO certificate renewed until 2027",
    "WARN slow query took 812ms on replica",
    "INFO door closed",
    "INFO battery 88 %",
    "INFO message 81 processed in 12 ms",
)


@pytest.mark.parametrize(
    ("family", "line"), [(family, line) for family, lines in _WORDED.items() for line in lines]
)
def test_a_failure_is_told_by_any_of_its_wordings(family: str, line: str) -> None:
    assert family in families_of(LogLine(line, None, None), library().families)


@pytest.mark.parametrize("line", _EVERYDAY)
def test_an_everyday_line_is_no_failure(line: str) -> None:
    assert families_of(LogLine(line, None, None), library().families) == ()
