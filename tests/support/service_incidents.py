"""Incidents that a change brought about, and incidents that no change did, in our own words."""

from typing import Any

from tests.support.service_cases import Commit, ServiceCase, patch_bump, restyle, tidy

_P99, _ERRORS, _RPS = "http_server_duration_p99_ms", "error_ratio", "requests_per_sec"
_CALM = {("storefront", _RPS): (410.0, 405.0)}
_CHAIN = (("storefront", "basket"), ("basket", "ledger"))


def _deployed(message: str, file: str, diff: str, service: str, minute: float = 58) -> Commit:
    return Commit(message, [file], diff, minute - 3, service, minute)


BY_CHANGE = (
    ServiceCase(
        "pool_leak",
        "ledger",
        _ERRORS,
        0.05,
        {
            **_CALM,
            ("ledger", _ERRORS): (0.003, 0.4),
            ("ledger", "db_connections_in_use"): (12.0, 100.0),
        },
        [("ledger", "ERROR", "could not acquire connection from pool: timed out after 5000 ms"),
         ("basket", "ERROR", "ledger answered 503")],
        _deployed(
            "refactor(ledger): read balances through a session of their own",
            "apps/ledger/balances.py",
            "@@ def balance(account):\n-    with pool.connection() as conn:\n"
            "-        return conn.execute(BALANCE, account).scalar()\n"
            "+    conn = pool.acquire()\n+    return conn.execute(BALANCE, account).scalar()\n",
            "ledger", 40,
        ),
        calls=_CHAIN, failing=("ledger", "basket", "storefront"),
        climb=[("ledger", "db_connections_in_use")],
        decoys=(restyle("storefront", 58), tidy("ledger", 57)),
    ),
    ServiceCase(
        "timeout_lowered",
        "basket",
        _ERRORS,
        0.05,
        {**_CALM, ("basket", _ERRORS): (0.004, 0.31), ("ledger", _P99): (640.0, 650.0)},
        [("basket", "ERROR", "call of ledger failed: context deadline exceeded after 200ms"),
         ("storefront", "WARN", "basket answered 502, showing an old total")],
        _deployed(
            "chore(basket): tighten the ledger client",
            "apps/basket/ledger_client.go",
            "@@ func newLedgerClient() *Client {\n"
            "-\treturn &Client{Timeout: 2000 * time.Millisecond, Base: base}\n"
            "+\treturn &Client{Timeout: 200 * time.Millisecond, Base: base}\n",
            "basket",
        ),
        calls=_CHAIN, failing=("basket", "storefront"),
        decoys=(restyle("storefront", 57), patch_bump("basket", 50)),
    ),
    ServiceCase(
        "index_dropped",
        "ledger",
        _P99,
        700,
        {
            **_CALM,
            ("ledger", _P99): (120.0, 3900.0),
            ("ledger", "db_query_duration_p99_ms"): (20.0, 3600.0),
        },
        [("ledger", "WARN", "slow query: SELECT * FROM postings WHERE account_id = $1 took "
         "3590 ms"),
         ("basket", "WARN", "ledger is slow: 3800 ms")],
        _deployed(
            "chore(ledger): drop indexes that reporting does not use any more",
            "apps/ledger/migrations/0042_cleanup.sql",
            "@@\n+DROP INDEX CONCURRENTLY postings_account_id_idx;\n",
            "ledger",
        ),
        calls=_CHAIN, failing=("ledger", "basket", "storefront"),
        decoys=(restyle("storefront", 58), tidy("ledger", 52)),
    ),
    ServiceCase(
        "setting_misspelt",
        "basket",
        _ERRORS,
        0.05,
        {**_CALM, ("basket", _ERRORS): (0.002, 0.97)},
        [("basket", "FATAL", "configuration is invalid: unknown key 'ledger_ulr', ledger_url "
         "is required"),
         ("storefront", "ERROR", "basket is unavailable: connection refused")],
        _deployed(
            "chore(deploy): group the settings of basket",
            "deploy/basket/settings.yaml",
            "@@\n-ledger_url: http://ledger:8080\n+ledger_ulr: http://ledger:8080\n retries: 3\n",
            "basket", 60,
        ),
        calls=_CHAIN, failing=("basket", "storefront"),
        decoys=(restyle("storefront", 59), tidy("basket", 50)),
    ),
    ServiceCase(
        "major_bump",
        "search",
        _ERRORS,
        0.05,
        {**_CALM, ("search", _ERRORS): (0.001, 0.88)},
        [("search", "ERROR", "AttributeError: module 'tokenlib' has no attribute 'split_words' "
         "in apps/search/query.py"),
         ("storefront", "WARN", "search answered 500, hiding the search box")],
        Commit(
            "chore: bump tokenlib", ["apps/search/requirements.txt"],
            "@@\n-tokenlib==3.9.2\n+tokenlib==4.0.0\n", 54, "search", 58,
        ),
        calls=(("storefront", "search"),), failing=("search", "storefront"),
        decoys=(restyle("storefront", 58), tidy("search", 50)),
    ),
    ServiceCase(
        "race",
        "stock",
        _ERRORS,
        0.02,
        {**_CALM, ("stock", _ERRORS): (0.002, 0.22), ("stock", "restarts_total"): (0.0, 7.0)},
        [("stock", "FATAL", "fatal error: concurrent map writes in reservations.go: reserve"),
         ("basket", "ERROR", "stock answered 502")],
        _deployed(
            "perf(stock): less locking on reservations",
            "apps/stock/reservations.go",
            "@@ func (r *Reservations) reserve(sku string, n int) {\n-\tr.mu.Lock()\n"
            "-\tdefer r.mu.Unlock()\n \tr.open[sku] += n\n }\n",
            "stock",
        ),
        calls=(("storefront", "basket"), ("basket", "stock")),
        failing=("stock", "basket", "storefront"),
        decoys=(restyle("storefront", 58), tidy("stock", 51)),
    ),
    ServiceCase(
        "cache_key",
        "catalogue",
        "cache_hit_ratio",
        0.5,
        {
            **_CALM,
            ("catalogue", "cache_hit_ratio"): (0.96, 0.03),
            ("catalogue", _P99): (60.0, 1400.0),
            ("catalogue", "db_query_count_per_request"): (0.4, 9.0),
        },
        [("catalogue", "WARN", "cache miss for price_list:v2, falling back to the database"),
         ("storefront", "WARN", "catalogue is slow: 1300 ms")],
        _deployed(
            "feat(catalogue): make cache keys readable",
            "apps/catalogue/price_cache.go",
            '@@ func key(list string, at time.Time) string {\n-\treturn "price_list:" + list\n'
            '+\treturn "price_list:v2:" + list + ":" + at.Format(time.RFC3339Nano)\n }\n',
            "catalogue",
        ),
        calls=(("storefront", "catalogue"),), failing=("catalogue", "storefront"),
        decoys=(restyle("storefront", 58), tidy("catalogue", 50)),
    ),
    ServiceCase(
        "rate_limit",
        "edge",
        "http_429_ratio",
        0.05,
        {**_CALM, ("edge", "http_429_ratio"): (0.001, 0.46), ("edge", _RPS): (900.0, 890.0)},
        [("edge", "WARN", "rate limit exceeded for tenant: 50 requests a second allowed, "
         "answering 429"),
         ("mobile", "ERROR", "edge answered 429 too many requests")],
        _deployed(
            "chore(edge): defaults of the limiter in one place",
            "apps/edge/limiter.yaml",
            "@@\n-rate_limit_rps: 500\n+rate_limit_rps: 50\n burst: 100\n",
            "edge",
        ),
        calls=(("mobile", "edge"),), failing=("edge", "mobile"),
        decoys=(restyle("storefront", 58), tidy("edge", 50)),
    ),
    ServiceCase(
        "listener_leak",
        "notifier",
        "container_oom_killed_total",
        0,
        {
            **_CALM,
            ("notifier", "container_oom_killed_total"): (0.0, 4.0),
            ("notifier", "process_heap_mb"): (180.0, 980.0),
            ("notifier", "container_memory_limit_mb"): (1024.0, 1024.0),
        },
        [("notifier", "WARN", "heap keeps growing: GC reclaimed 1 %"),
         ("notifier", "ERROR", "container killed: out of memory")],
        _deployed(
            "feat(notifier): follow each order until it is delivered",
            "apps/notifier/follow.js",
            "@@ export function follow(order) {\n-  bus.once('delivered', done);\n"
            "+  followed.push(order);\n+  bus.on('delivered', () => done(followed));\n }\n"
            "@@\n+const followed = [];\n",
            "notifier", 12,
        ),
        climb=[("notifier", "process_heap_mb")],
        failing=("notifier",), calls=(("storefront", "notifier"),),
        decoys=(restyle("storefront", 58), tidy("notifier", 55)),
    ),
    ServiceCase(
        "query_per_line",
        "invoices",
        _P99,
        900,
        {
            **_CALM,
            ("invoices", _P99): (210.0, 4400.0),
            ("invoices", "db_query_count_per_request"): (4.0, 130.0),
            ("customers", _RPS): (80.0, 2600.0),
        },
        [("invoices", "WARN", "slow request: render_invoice took 4300 ms, 128 queries"),
         ("invoices", "INFO", "SELECT name FROM customers WHERE id = %s")],
        _deployed(
            "refactor(invoices): names of customers straight from the source",
            "apps/invoices/render.py",
            "@@ def render_invoice(invoice):\n-    names = load_names(invoice.customer_ids)\n"
            "-    for line in invoice.lines:\n-        line.name = names[line.customer_id]\n"
            "+    for line in invoice.lines:\n"
            "+        line.name = customers.get_name(line.customer_id)\n     return "
             "page(invoice)\n",
            "invoices",
        ),
        calls=(("storefront", "invoices"), ("invoices", "customers")),
        failing=("invoices", "storefront"),
        decoys=(restyle("storefront", 58), tidy("invoices", 59)),
    ),
    ServiceCase(
        "none_not_checked",
        "profile",
        _ERRORS,
        0.02,
        {**_CALM, ("profile", _ERRORS): (0.001, 0.52)},
        [("profile", "ERROR", "TypeError: 'NoneType' object is not subscriptable File "
         "\"apps/profile/avatar.py\", line 31, in avatar_url"),
         ("storefront", "WARN", "profile answered 500")],
        _deployed(
            "refactor(profile): shorter avatar lookup",
            "apps/profile/avatar.py",
            "@@ def avatar_url(user):\n     picture = pictures.find(user.id)\n"
            "-    if picture is None:\n-        return DEFAULT\n     return picture['url']\n",
            "profile",
        ),
        calls=(("storefront", "profile"),), failing=("profile", "storefront"),
        decoys=(restyle("storefront", 58), tidy("profile", 50)),
    ),
    ServiceCase(
        "field_renamed_upstream",
        "billing",
        "consume_error_ratio",
        0.05,
        {**_CALM, ("billing", "consume_error_ratio"): (0.002, 0.93)},
        [("billing", "ERROR", "cannot decode usage event: missing field 'customerRef'"),
         ("billing", "WARN", "event sent to the dead-letter queue")],
        Commit(
            "refactor(events): tidy names in usage events", ["schemas/usage_event.json"],
            '@@\n-  "customerRef": {"type": "string"},\n+  "customer_ref": {"type": "string"},\n'
            '-  "required": ["customerRef", "amount"]\n+  "required": ["customer_ref", "amount"]\n',
            54, "metering", 59,
        ),
        calls=(("metering", "billing"),), failing=("billing",),
        decoys=(restyle("storefront", 58), tidy("billing", 57)),
    ),
)  # fmt: skip


def _operational(name: str, **told: Any) -> ServiceCase:  # noqa: ANN401
    """Return an incident that no change brought about, with refactorings deployed around it."""
    service = str(told["service"])
    decoys = (restyle("storefront", 58), tidy(service, 55), patch_bump(service, 48))
    fields: dict[str, Any] = {"culprit": None, "decoys": decoys, **told}
    return ServiceCase(name, **fields)


BY_NOBODY = (
    _operational(
        "disk_full", service="archive", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("archive", _ERRORS): (0.002, 0.9),
                ("archive", "disk_used_percent"): (96.0, 100.0)},
        lines=[("archive", "ERROR", "write failed: no space left on device"),
               ("storefront", "WARN", "archive answered 500")],
        calls=(("storefront", "archive"),), failing=("archive", "storefront"),
    ),
    _operational(
        "zone_outage", service="basket", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("basket", _ERRORS): (0.002, 0.36), ("ledger", _ERRORS): (0.003, 0.33),
                ("basket", "healthy_hosts"): (9.0, 6.0)},
        lines=[("basket", "ERROR", "dial tcp 10.2.7.9:8080: no route to host (zone c)"),
               ("ledger", "ERROR", "node in zone c is not ready: NodeNotReady")],
        notices=[(61, "Network connectivity to one availability zone is impaired")],
        calls=_CHAIN, failing=("basket", "ledger", "storefront"),
    ),
    _operational(
        "spot_reclaimed", service="render", metric="queue_wait_seconds", threshold=60,
        values={**_CALM, ("render", "queue_wait_seconds"): (4.0, 410.0),
                ("render", "workers_running"): (40.0, 9.0)},
        lines=[("render", "WARN", "spot interruption notice: instance will be reclaimed in 120 s"),
               ("render", "WARN", "worker lost, task put back into the queue")],
        notices=[(60, "Spot capacity is being reclaimed in two zones")],
        calls=(("storefront", "render"),), failing=("render",),
    ),
    _operational(
        "backlog_of_an_import", service="mailer", metric="queue_oldest_message_age_seconds",
        threshold=300,
        values={**_CALM, ("mailer", "queue_oldest_message_age_seconds"): (8.0, 1900.0),
                ("mailer", "messages_received_per_min"): (200.0, 4100.0),
                ("mailer", "messages_sent_per_min"): (200.0, 240.0)},
        lines=[("mailer", "WARN", "queue is behind: 38000 messages waiting"),
               ("mailer", "INFO", "sent message")],
        calls=(("storefront", "mailer"),), failing=(),
    ),
    _operational(
        "quota", service="resize", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("resize", _ERRORS): (0.002, 0.7)},
        lines=[("resize", "ERROR", "LimitExceededException: the account quota for concurrent "
         "jobs is reached"),
               ("storefront", "WARN", "resize answered 503")],
        calls=(("storefront", "resize"),), failing=("resize", "storefront"),
    ),
    _operational(
        "clock_skew", service="gate", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("gate", _ERRORS): (0.002, 0.41),
                ("gate", "clock_offset_seconds"): (0.01, 412.0)},
        lines=[("gate", "ERROR", "token rejected: issued in the future, clock skew of 412 s"),
               ("storefront", "ERROR", "login failed: gate answered 401")],
        calls=(("storefront", "gate"),), failing=("gate", "storefront"),
    ),
    _operational(
        "provider_down", service="payments", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("payments", _ERRORS): (0.002, 0.83)},
        lines=[("payments", "ERROR", "card provider api.cards-example.com answered 503 Service "
         "Unavailable"),
               ("basket", "ERROR", "payment failed: payments answered 502")],
        notices=[(60, "Card provider reports elevated API errors: incident under investigation")],
        calls=(("storefront", "basket"), ("basket", "payments")),
        failing=("payments", "basket", "storefront"),
    ),
    _operational(
        "secret_rotated", service="reports", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("reports", _ERRORS): (0.002, 1.0)},
        lines=[("reports", "ERROR", 'password authentication failed for user "reports_ro"'),
               ("storefront", "WARN", "reports answered 500")],
        notices=[(60, "Scheduled rotation of database credentials finished")],
        calls=(("storefront", "reports"),), failing=("reports", "storefront"),
    ),
    _operational(
        "certificate_over", service="partner-feed", metric=_ERRORS, threshold=0.05,
        values={**_CALM, ("partner-feed", _ERRORS): (0.002, 1.0)},
        lines=[("partner-feed", "ERROR", "certificate verify failed: certificate has expired "
         "(notAfter yesterday)"),
               ("storefront", "WARN", "no feed from partner")],
        calls=(("storefront", "partner-feed"),), failing=("partner-feed", "storefront"),
    ),
    _operational(
        "campaign", service="storefront", metric=_P99, threshold=800,
        values={("storefront", _RPS): (410.0, 3900.0), ("storefront", _P99): (140.0, 2600.0),
                ("storefront", "cpu_utilization"): (0.35, 0.99), ("basket", _RPS): (120.0, 1100.0)},
        lines=[("storefront", "WARN", "all workers busy, request queued"),
               ("storefront", "ERROR", "overloaded: request rejected")],
        flags=[(44, "spring_campaign_banner", "storefront")],
        calls=_CHAIN, failing=("storefront",),
        decoys=(tidy("storefront", 55), patch_bump("storefront", 48)),
    ),
)  # fmt: skip

INCIDENTS = (*BY_CHANGE, *BY_NOBODY)
