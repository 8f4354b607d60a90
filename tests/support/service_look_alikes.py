"""More incidents: changes that tempt, and changes that hide. Made after the judging was written."""

from tests.support.service_cases import Commit, ServiceCase, patch_bump, restyle, tidy

_P99, _ERRORS, _RPS = "http_server_duration_p99_ms", "error_ratio", "requests_per_sec"
_CALM = {("storefront", _RPS): (410.0, 405.0)}


def _deployed(message: str, file: str, diff: str, service: str, minute: float = 58) -> Commit:
    return Commit(message, [file], diff, minute - 3, service, minute)


HIDDEN = (
    ServiceCase(
        "slow_expression", "reviews", _P99, 500,
        {**_CALM, ("reviews", _P99): (80.0, 5200.0), ("reviews", "cpu_utilization"): (0.3, 0.99)},
        [("reviews", "WARN", "slow request: clean_text took 5100 ms"),
         ("storefront", "WARN", "reviews timed out")],
        _deployed(
            "fix(reviews): strip nested markup as well", "apps/reviews/clean_text.py",
            "@@ def clean_text(text):\n-    return MARKUP.sub('', text)\n"
            "+    return re.sub(r'(<(\\w+)*>)*\\s*$', '', text)\n", "reviews",
        ),
        calls=(("storefront", "reviews"),), failing=("reviews", "storefront"),
        decoys=(restyle("storefront", 59), tidy("reviews", 50)),
    ),
    ServiceCase(
        "retries_without_end", "shipping", _ERRORS, 0.05,
        {**_CALM, ("shipping", _ERRORS): (0.002, 0.5), ("rates", _RPS): (60.0, 1900.0),
         ("rates", _P99): (40.0, 2600.0)},
        [("shipping", "ERROR", "rates still failing after attempt 12, trying again"),
         ("rates", "WARN", "overloaded: 1900 requests a second, shedding load")],
        _deployed(
            "fix(shipping): be patient with rates", "apps/shipping/rates_client.rb",
            "@@ def quote(parcel)\n-  with_retries(max_attempts: 2, delay: 0.5) { "
            "rates.quote(parcel) }\n"
            "+  with_retries(max_attempts: 50, delay: 0) { rates.quote(parcel) }\n", "shipping",
        ),
        calls=(("storefront", "shipping"), ("shipping", "rates")),
        failing=("shipping", "storefront"),
        decoys=(restyle("storefront", 58), tidy("rates", 57)),
    ),
    ServiceCase(
        "memory_limit_lowered", "thumbnails", "container_restarts", 2,
        {**_CALM, ("thumbnails", "container_restarts"): (0.0, 9.0),
         ("thumbnails", "container_memory_working_set_mb"): (600.0, 508.0)},
        [("thumbnails", "ERROR", "OOMKilled: container exceeded its memory limit of 512Mi"),
         ("storefront", "WARN", "thumbnail missing: connection refused")],
        _deployed(
            "chore(charts): right-size thumbnails", "charts/thumbnails/values.yaml",
            "@@ resources:\n   limits:\n-    memory: 1024Mi\n+    memory: 512Mi\n",
            "thumbnails", 61,
        ),
        calls=(("storefront", "thumbnails"),), failing=("thumbnails", "storefront"),
        decoys=(restyle("storefront", 60), patch_bump("thumbnails", 45)),
    ),
    ServiceCase(
        "proto_number", "tracking", "decode_error_ratio", 0.05,
        {**_CALM, ("tracking", "decode_error_ratio"): (0.0, 0.88)},
        [("tracking", "ERROR", "proto: cannot parse invalid wire-format data in PositionUpdate"),
         ("tracking", "WARN", "position dropped")],
        _deployed(
            "refactor(proto): order fields of PositionUpdate", "proto/position_update.proto",
            "@@ message PositionUpdate {\n-  double latitude = 1;\n-  string vehicle = 2;\n"
            "+  string vehicle = 1;\n+  double latitude = 2;\n }\n", "tracking",
        ),
        calls=(("vehicles", "tracking"),), failing=("tracking",),
        decoys=(restyle("storefront", 58), tidy("tracking", 50)),
    ),
    ServiceCase(
        "column_dropped", "crm", _ERRORS, 0.02,
        {**_CALM, ("crm", _ERRORS): (0.001, 0.6)},
        [("crm", "ERROR", 'psycopg2.errors.UndefinedColumn: column contacts.fax does not exist'),
         ("storefront", "WARN", "crm answered 500")],
        _deployed(
            "chore(crm): remove what nobody fills in", "apps/crm/migrations/0107_contacts.py",
            "@@ operations = [\n+    migrations.RemoveField(model_name='contacts', "
            "name='fax'),\n ]\n",
            "crm",
        ),
        calls=(("storefront", "crm"),), failing=("crm", "storefront"),
        decoys=(restyle("storefront", 58), tidy("crm", 57)),
    ),
    ServiceCase(
        "permission_narrowed", "exports", _ERRORS, 0.05,
        {**_CALM, ("exports", _ERRORS): (0.001, 0.99)},
        [("exports", "ERROR", "AccessDenied: not authorized to perform s3:PutObject on "
         "exports-archive"),
         ("storefront", "WARN", "export failed")],
        _deployed(
            "chore(iam): least privilege for exports", "infra/exports/policy.json",
            '@@ "Statement": [{\n-  "Action": ["s3:GetObject", "s3:PutObject"],\n'
            '+  "Action": ["s3:GetObject"],\n', "exports", 61,
        ),
        calls=(("storefront", "exports"),), failing=("exports", "storefront"),
        decoys=(restyle("storefront", 60), tidy("exports", 50)),
    ),
    ServiceCase(
        "unbounded_workers", "importer", "container_oom_killed_total", 0,
        {**_CALM, ("importer", "container_oom_killed_total"): (0.0, 3.0),
         ("importer", "jvm_threads_live"): (60.0, 4000.0)},
        [("importer", "ERROR", "java.lang.OutOfMemoryError: unable to create native thread"),
         ("importer", "WARN", "GC overhead limit exceeded")],
        _deployed(
            "perf(importer): do not wait for a free worker", "apps/importer/Pools.java",
            "@@ static ExecutorService workers() {\n-    return Executors.newFixedThreadPool(16);\n"
            "+    return Executors.newCachedThreadPool();\n }\n", "importer", 57,
        ),
        calls=(("storefront", "importer"),), failing=("importer",),
        decoys=(restyle("storefront", 58), tidy("importer", 50)),
    ),
)  # fmt: skip

TEMPTING = (
    ServiceCase(
        "provider_down_beside_its_client", "texts", _ERRORS, 0.05,
        {**_CALM, ("texts", _ERRORS): (0.002, 0.77)},
        [("texts", "ERROR", "sms provider api.sms-example.net: 503 Service Unavailable"),
         ("storefront", "WARN", "texts answered 502")],
        None,
        notices=[(61, "SMS provider: partial outage, deliveries fail in all regions")],
        calls=(("storefront", "texts"),), failing=("texts", "storefront"),
        decoys=(
            _deployed(
                "refactor(texts): provider client in a file of its own", "apps/texts/sms_client.go",
                "@@ func NewSMSClient(cfg Config) *SMSClient {\n"
                "-\treturn &SMSClient{base: cfg.URL, hc: http.DefaultClient}\n"
                "+\thc := http.DefaultClient\n+\treturn &SMSClient{base: cfg.URL, hc: hc}\n }\n",
                "texts", 57,
            ),
            restyle("storefront", 58),
        ),
    ),
    ServiceCase(
        "database_failed_over", "ledger", _ERRORS, 0.05,
        {**_CALM, ("ledger", _ERRORS): (0.002, 0.6)},
        [("ledger", "ERROR", "FATAL: terminating connection due to administrator command"),
         ("ledger", "ERROR", "dial tcp 10.1.4.7:5432: connection refused")],
        None,
        notices=[(61, "Managed database: automatic failover of the primary in progress")],
        calls=(("storefront", "ledger"),), failing=("ledger", "storefront"),
        decoys=(tidy("ledger", 57), patch_bump("ledger", 59), restyle("storefront", 60)),
    ),
    ServiceCase(
        "node_pressure", "feeds", _ERRORS, 0.05,
        {**_CALM, ("feeds", _ERRORS): (0.002, 0.4), ("feeds", "healthy_hosts"): (8.0, 3.0)},
        [("feeds", "WARN", "pod evicted: the node had condition DiskPressure"),
         ("storefront", "WARN", "feeds answered 503")],
        None,
        notices=[(60, "Two nodes report DiskPressure; pods are being evicted")],
        calls=(("storefront", "feeds"),), failing=("feeds", "storefront"),
        decoys=(
            _deployed(
                "feat(feeds): remember the last page a reader saw", "apps/feeds/last_page.go",
                "@@ func (s *Store) Remember(user string, page int) {\n"
                "-\ts.db.Exec(SAVE, user, page)\n+\ts.db.ExecContext(s.ctx, SAVE, user, "
                 "page)\n }\n",
                "feeds", 57,
            ),
            tidy("feeds", 50),
        ),
    ),
    ServiceCase(
        "names_beside_an_address_edit", "geo", _ERRORS, 0.05,
        {**_CALM, ("geo", _ERRORS): (0.002, 0.7), ("resolver", "servfail_ratio"): (0.001, 0.8)},
        [("geo", "ERROR", "lookup maps.partner-example.org: no such host"),
         ("resolver", "ERROR", "SERVFAIL: upstream resolvers do not answer")],
        None,
        notices=[(60, "Resolver pool degraded: elevated SERVFAIL in the cluster")],
        calls=(("storefront", "geo"),), failing=("geo", "storefront"),
        decoys=(
            _deployed(
                "chore(geo): sort addresses", "deploy/geo/addresses.yaml",
                "@@\n-maps: https://maps.partner-example.org\n-tiles: https://tiles.example.org\n"
                "+# in alphabetical order\n+maps: https://maps.partner-example.org\n"
                "+tiles: https://tiles.example.org\n", "geo", 56,
            ),
            restyle("storefront", 58),
        ),
    ),
    ServiceCase(
        "limit_of_somebody_else", "loyalty", _ERRORS, 0.05,
        {**_CALM, ("loyalty", _ERRORS): (0.001, 0.5), ("loyalty", _RPS): (90.0, 1300.0),
         ("loyalty", "cpu_utilization"): (0.3, 1.0), ("loyalty", _P99): (60.0, 2900.0)},
        [("loyalty", "ERROR", "overloaded: request rejected, all workers busy"),
         ("storefront", "WARN", "loyalty answered 503")],
        None,
        calls=(("storefront", "loyalty"),), failing=("loyalty", "storefront"),
        decoys=(
            _deployed(
                "chore(reports): smaller pool", "apps/reports/settings.yaml",
                "@@\n-pool_size: 40\n+pool_size: 10\n", "reports", 58,
            ),
            tidy("loyalty", 57),
            restyle("storefront", 59),
        ),
    ),
)  # fmt: skip

LOOK_ALIKES = (*HIDDEN, *TEMPTING)
