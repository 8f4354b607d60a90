"""A third handful of incidents: other languages, other words, decoys that touch what fails."""

from tests.support.service_cases import Commit, ServiceCase, patch_bump, restyle, tidy

_P99, _ERRORS, _RPS = "http_server_duration_p99_ms", "error_ratio", "requests_per_sec"
_CALM = {("storefront", _RPS): (410.0, 405.0)}


def dep(message: str, file: str, diff: str, service: str, minute: float = 58) -> Commit:
    return Commit(message, [file], diff, minute - 3, service, minute)


SECOND_LOOK = (
    ServiceCase(
        "pool_raised_decoy_traffic",
        "orders",
        _P99,
        800,
        {
            ("orders", _RPS): (300.0, 2800.0),
            ("orders", _P99): (120.0, 3100.0),
            ("orders", "cpu_utilization"): (0.4, 0.98),
        },
        [("orders", "WARN", "request queue is full, shedding load")],
        None,
        calls=(("storefront", "orders"),),
        failing=("orders",),
        decoys=(
            dep(
                "chore(orders): allow more idle connections",
                "apps/orders/db.yaml",
                "@@\n-max_idle_connections: 10\n+max_idle_connections: 20\n",
                "orders",
                57,
            ),
            tidy("orders", 50),
        ),
    ),
    ServiceCase(
        "ttl_decoy_provider",
        "fx",
        _ERRORS,
        0.05,
        {**_CALM, ("fx", _ERRORS): (0.002, 0.64)},
        [
            (
                "fx",
                "ERROR",
                "GET https://rates.bank-example.com/v1/latest: 500 Internal "
                "Server Error from upstream provider",
            ),
            ("storefront", "WARN", "fx answered 502"),
        ],
        None,
        notices=[(60, "rates.bank-example.com: API outage reported by vendor")],
        calls=(("storefront", "fx"),),
        failing=("fx", "storefront"),
        decoys=(
            dep(
                "perf(fx): keep rates a little longer",
                "apps/fx/cache.ts",
                "@@\n-export const RATES_TTL_SECONDS = 30;\n"
                "+export const RATES_TTL_SECONDS = 60;\n",
                "fx",
                58,
            ),
            restyle("storefront", 58),
        ),
    ),
    ServiceCase(
        "goroutine_leak",
        "presence",
        "goroutines",
        5000,
        {
            **_CALM,
            ("presence", "goroutines"): (300.0, 24000.0),
            ("presence", "process_resident_memory_mb"): (210.0, 1900.0),
            ("presence", _ERRORS): (0.001, 0.2),
        },
        [("presence", "ERROR", "too many open files"), ("presence", "WARN", "heap growing")],
        dep(
            "feat(presence): watch rooms live",
            "apps/presence/watch.go",
            "@@ func (h *Hub) Watch(ctx context.Context, room string) "
            "<-chan Event {\n-\tctx, cancel := context.WithCancel(ctx)\n"
            "-\tdefer cancel()\n \tout := make(chan Event)\n"
            "+\tgo func() {\n+\t\tfor e := range h.events(room) {\n"
            "+\t\t\tout <- e\n+\t\t}\n+\t}()\n \treturn out\n",
            "presence",
            20,
        ),
        climb=[("presence", "goroutines"), ("presence", "process_resident_memory_mb")],
        calls=(("storefront", "presence"),),
        failing=("presence",),
        decoys=(restyle("storefront", 58), tidy("presence", 57)),
    ),
    ServiceCase(
        "wrong_topic",
        "audit",
        "consumer_lag",
        1000,
        {
            **_CALM,
            ("audit", "consumer_lag"): (5.0, 44000.0),
            ("audit", "records_consumed_per_min"): (900.0, 0.0),
        },
        [
            ("audit", "WARN", "no records on topic audit-event for 5 minutes"),
            ("ingest", "INFO", "published audit event"),
        ],
        dep(
            "chore(audit): name topics after what they hold",
            "apps/audit/consumer.yaml",
            "@@\n-topic: audit-events\n+topic: audit-event\n",
            "audit",
            59,
        ),
        calls=(("ingest", "audit"),),
        decoys=(restyle("storefront", 58), tidy("audit", 50)),
    ),
    ServiceCase(
        "env_var_needed",
        "vouchers",
        _ERRORS,
        0.05,
        {**_CALM, ("vouchers", _ERRORS): (0.001, 1.0), ("vouchers", "restarts_total"): (0.0, 6.0)},
        [
            ("vouchers", "FATAL", "panic: environment variable VOUCHER_SIGNING_KEY is not set"),
            ("storefront", "ERROR", "vouchers: connection refused"),
        ],
        dep(
            "feat(vouchers): sign vouchers",
            "apps/vouchers/main.go",
            "@@ func main() {\n"
            '+\tkey := mustEnv(os.Getenv("VOUCHER_SIGNING_KEY"))\n'
            "+\tsigner := sign.New(key)\n",
            "vouchers",
            61,
        ),
        calls=(("storefront", "vouchers"),),
        failing=("vouchers", "storefront"),
        decoys=(restyle("storefront", 60), tidy("vouchers", 50)),
    ),
    ServiceCase(
        "sync_write",
        "clicks",
        _P99,
        300,
        {**_CALM, ("clicks", _P99): (20.0, 1800.0)},
        [
            ("clicks", "WARN", "slow request: record_click took 1790 ms"),
            ("storefront", "WARN", "clicks timed out"),
        ],
        dep(
            "fix(clicks): lose no click",
            "apps/clicks/record_click.py",
            "@@ def record_click(click):\n-    queue.put_nowait(click)\n"
            "+    with open(JOURNAL, 'a') as journal:\n"
            "+        journal.write(click.json())\n"
            "+        os.fsync(journal.fileno())\n"
            "+    warehouse.insert(click)\n",
            "clicks",
        ),
        calls=(("storefront", "clicks"),),
        failing=("clicks", "storefront"),
        decoys=(restyle("storefront", 58), tidy("clicks", 50)),
    ),
    ServiceCase(
        "auth_scope",
        "partner-api",
        "http_401_ratio",
        0.05,
        {**_CALM, ("partner-api", "http_401_ratio"): (0.002, 0.7)},
        [
            (
                "partner-api",
                "WARN",
                "token rejected: audience partner-v1 does not match partner-v2",
            ),
            ("gateway", "ERROR", "partner-api answered 401 unauthorized"),
        ],
        dep(
            "feat(partner-api): accept tokens for v2",
            "apps/partner_api/auth.py",
            "@@ def verify(token):\n"
            "-    claims = jwt.decode(token, KEY, audience='partner-v1')\n"
            "+    claims = jwt.decode(token, KEY, audience='partner-v2')\n",
            "partner-api",
        ),
        calls=(("gateway", "partner-api"),),
        failing=("partner-api", "gateway"),
        decoys=(restyle("storefront", 58), tidy("partner-api", 50)),
    ),
    ServiceCase(
        "broker_down",
        "events",
        _ERRORS,
        0.05,
        {**_CALM, ("events", _ERRORS): (0.002, 0.9)},
        [
            (
                "events",
                "ERROR",
                "kafka: broker 2 is not reachable: connection refused, leader not available",
            ),
            ("storefront", "WARN", "events answered 503"),
        ],
        None,
        notices=[(60, "Managed Kafka: broker maintenance is taking longer than planned")],
        calls=(("storefront", "events"),),
        failing=("events", "storefront"),
        decoys=(
            dep(
                "refactor(events): options of the producer in one struct",
                "apps/events/producer.go",
                "@@ func newProducer() *Producer {\n"
                "-\treturn kafka.New(brokers, kafka.Acks(1), kafka.Linger(5))\n"
                "+\topts := Options{Acks: 1, Linger: 5}\n"
                "+\treturn kafka.New(brokers, opts.list()...)\n",
                "events",
                57,
            ),
            tidy("events", 50),
        ),
    ),
    ServiceCase(
        "backup_io",
        "mail",
        _P99,
        900,
        {**_CALM, ("mail", _P99): (90.0, 4200.0), ("mail", "disk_io_wait_percent"): (3.0, 88.0)},
        [("mail", "WARN", "slow fsync: 2200 ms"), ("mail", "WARN", "mailbox write took 4100 ms")],
        None,
        notices=[(61, "Nightly volume snapshots started; reduced disk throughput until done")],
        calls=(("storefront", "mail"),),
        failing=("mail", "storefront"),
        decoys=(tidy("mail", 57), patch_bump("mail", 59)),
    ),
    ServiceCase(
        "int_overflow",
        "points",
        _ERRORS,
        0.02,
        {**_CALM, ("points", _ERRORS): (0.001, 0.3)},
        [
            (
                "points",
                "ERROR",
                'strconv.ParseInt: parsing "9223372036854775808": value out of '
                "range in balance.go:parseBalance",
            ),
            ("storefront", "WARN", "points answered 500"),
        ],
        dep(
            "refactor(points): parse balances as integers",
            "apps/points/balance.go",
            "@@ func parseBalance(s string) (int64, error) {\n"
            "-\treturn decimal.NewFromString(s)\n"
            "+\treturn strconv.ParseInt(s, 10, 64)\n",
            "points",
        ),
        calls=(("storefront", "points"),),
        failing=("points", "storefront"),
        decoys=(restyle("storefront", 58), tidy("points", 50)),
    ),
)
