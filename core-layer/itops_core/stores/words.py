"""Text as words that can be compared: names taken apart, endings taken off, one word for a concept.

Written for what is searched here: what people say about incidents, and what logs say.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_HEXADECIMAL = re.compile(r"(?=.*\d)[0-9a-f]{8,}")
_LONGEST = 40
"""Letters of a word; what is longer is no word but a token, a hash or an attempt."""

_STOP = frozenset(
    {
        "a", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by", "can",
        "cannot", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her",
        "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "may", "me", "might",
        "more", "most", "my", "no", "not", "now", "of", "on", "one", "or", "our", "out", "over",
        "should", "since", "so", "than", "that", "the", "their", "them", "then", "there", "these",
        "they", "this", "to", "too", "up", "us", "was", "we", "were", "what", "when", "where",
        "which", "while", "who", "whom", "will", "with", "would", "you", "your",
    }
)  # fmt: skip

_CONCEPTS: dict[str, tuple[str, ...]] = {
    "oom": (
        "out of memory", "oom", "oomkilled", "outofmemoryerror", "exit code 137", "exit 137",
        "heap space", "signal 9", "signal killed", "memory limit",
    ),
    "heap": ("heap", "garbage collection", "gc", "xmx", "maxrampercentage", "old generation"),
    "latency": ("latency", "slow", "slowness", "slower", "duration", "response time"),
    "throttle": (
        "throttle", "throttles", "throttled", "throttling", "rate limit", "rate limited",
        "rate exceeded", "toomanyrequests", "too many requests", "429", "slow down", "slowdown",
        "provisionedthroughputexceeded", "request rate", "quota",
    ),
    "timeout": ("timeout", "timeouts", "time out", "time outs", "timed out", "hangs", "hang"),
    "deploy": (
        "deploy", "deployed", "deployment", "deployments", "release", "released", "rollout",
        "revision", "new version", "shipped", "task definition",
    ),
    "servererror": (
        "5xx", "500", "500s", "502", "503", "server error", "server errors",
        "internal server error", "service unavailable",
    ),
    "function": ("lambda", "lambdas", "function", "functions", "serverless"),
    "deadletter": ("dlq", "dead letter", "dead letters", "dead letter queue", "poison"),
    "backlog": ("backlog", "pile up", "piles up", "drain", "drained", "oldest message"),
    "dynamodb": ("dynamodb", "ddb", "dynamo"),
    "database": ("database", "databases", "db", "rds", "postgres", "postgresql", "mysql", "sql"),
    "certificate": (
        "certificate", "certificates", "cert", "certs", "x509", "pkix", "ssl", "tls", "handshake",
    ),
    "denied": (
        "access denied", "accessdenied", "forbidden", "403", "unauthorized", "not authorized",
        "permission", "permissions", "iam", 
    ),
    "login": (
        "password", "passwords", "credential", "credentials", "authentication", "login", "log in",
        "401", "secret", "secrets",
    ),
    "dns": (
        "dns", "name resolution", "hostname", "unknownhostexception", "enotfound", "eai again",
        "getaddrinfo", "resolver", "resolve", "name or service not known",
    ),
    "cache": ("cache", "caches", "redis", "memcached", "elasticache"),
    "diskfull": ("disk full", "no space left", "enospc", "volume full", "storage full", "errno 28"),
    "descriptor": ("file descriptor", "file descriptors", "open files", "emfile", "close wait"),
    "pipeline": (
        "pipeline", "pipelines", "etl", "job", "step function", "step functions", "state machine",
        "glue", "spark", "pyspark",
    ),
    "column": ("column", "columns", "field", "fields", "schema", "keyerror"),
    "healthcheck": ("health check", "health checks", "healthcheck", "unhealthy"),
    "stuck": ("stuck", "frozen", "deadlock", "blocked", "hung"),
    "zone": ("availability zone", "zone", "az"),
    "provider": (
        "provider", "third party", "partner", "upstream", "external", "acquirer", "psp", "vendor",
    ),
    "truck": ("truck", "trucks", "lorry", "lorries", "vehicle", "vehicles", "van"),
    "refrigerate": (
        "refrigerated", "refrigeration", "reefer", "cold chain", "cooling", "cold", "degrees",
        "temperature", "temperatures", "excursion", "warm",
    ),
    "device": ("device", "devices", "thing", "sensor", "sensors", "probe", "thermometer"),
    "silent": (
        "silent", "silence", "offline", "disconnected", "heartbeat", "no telemetry",
        "no longer reports", "not reporting",
    ),
    "replica": ("replica", "replicas", "reader", "replication", "replicalag"),
    "restart": ("restart", "restarts", "restarted", "reboot", "replace tasks", "fresh tasks"),
    "scale": ("scale", "scaling", "more tasks", "more instances", "capacity"),
    "retry": ("retry", "retries", "retried", "backoff", "try again"),
    "traffic": ("traffic", "requests", "load", "demand"),
    "flag": ("flag", "flags", "toggle", "toggled", "switch", "remote config", "feature flag"),
    "recover": ("recovered", "back to normal", "false positive", "blip", "blips"),
    "noise": ("noise", "noisy", "harmless", "every day", "everyday", "always there"),
    "decline": ("declined", "decline", "declines", "issuer"),
    "image": (
        "image", "images", "pull", "cannotpullcontainererror", "registry", "manifest",
    ),
    "clock": ("clock", "clocks", "ntp", "skew", "skewed"),
    "port": ("port", "ports", "nat", "port allocation", "errorportallocation"),
    "container": ("container", "containers", "task", "tasks", "fargate", "ecs", "pod"),
    "missing": ("missing", "nosuchkey", "does not exist", "not found", "absent"),
    "index": ("index", "table scan", "sequential scan", "full scan", "query plan"),
    "concurrency": ("concurrency", "concurrent", "parallel"),
    "loggroup": ("log group", "log groups", "no logs", "awslogs"),
    "correlation": ("correlation", "unrelated", "blame", "culprit", "suspect"),
}  # fmt: skip
"""What means the same here, in lower case, as words. A text that says one of them says all."""


def words_of(text: str) -> list[str]:
    """Return the words of a text, in order, with the concepts that it speaks of behind them."""
    plain = unicodedata.normalize("NFKC", text)
    spoken = [part for word in _WORD.findall(plain) for part in _parts(word)]
    return [*(stem(word) for word in spoken if word not in _STOP), *_concepts_in(spoken)]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return a word without the endings that change its form and not its meaning."""
    for ending, least, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + instead
    return word


def is_concept(word: str) -> bool:
    """Whether a word stands for a concept rather than for itself."""
    return word.startswith("§")


_ENDINGS = (
    ("ational", 4, "ate"), ("ization", 4, "ize"), ("ations", 4, "at"), ("ation", 4, "at"),
    ("ings", 4, ""), ("ing", 4, ""), ("edly", 4, ""), ("ied", 3, "y"), ("ies", 3, "y"),
    ("ors", 4, "or"), ("ers", 4, "er"), ("ions", 4, ""), ("ion", 4, ""), ("sses", 2, "ss"),
    ("xes", 2, "x"), ("ches", 2, "ch"), ("shes", 2, "sh"), ("ed", 4, ""), ("es", 4, ""),
    ("ly", 4, ""), ("s", 3, ""),
)  # fmt: skip


def _parts(word: str) -> Iterable[str]:
    """`OutOfMemoryError` is one word and four; hashes and endless runs of letters are none."""
    whole = word.lower()
    if len(whole) > _LONGEST or _HEXADECIMAL.fullmatch(whole):
        return ()
    parts = [part.lower() for part in _CAMEL.split(word)]
    return parts if len(parts) == 1 else (whole, *parts)


def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return the phrases by their first word, the longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for concept, phrases in _CONCEPTS.items():
        for phrase in phrases:
            words = tuple(phrase.split())
            found.setdefault(words[0], []).append((words, f"§{concept}"))
    for known in found.values():
        known.sort(key=lambda pair: -len(pair[0]))
    return found


_PHRASES = _phrases()


def _concepts_in(spoken: Sequence[str]) -> list[str]:
    return [
        concept
        for at, word in enumerate(spoken)
        for phrase, concept in _PHRASES.get(word, ())
        if tuple(spoken[at : at + len(phrase)]) == phrase
    ]
