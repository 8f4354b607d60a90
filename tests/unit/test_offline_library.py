"""The fault library as data, and what beliefs make of it."""

import json
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.investigation import ToolCall
from itops_core.reasoning.offline.beliefs import UNKNOWN, ranked, supposing
from itops_core.reasoning.offline.choosing import Bar, Mind, next_questions
from itops_core.reasoning.offline.extract_logs import LogLine, families_of
from itops_core.reasoning.offline.library import Fault, library, stop_reasons
from itops_core.reasoning.offline.questions import Question
from itops_core.reasoning.offline.sightings import Sighting, quoted_field, quoted_text
from itops_core.remediation.catalogue import catalogue

LIBRARY = library()
ECS = LIBRARY.for_kinds({"ecs_service"})
SYMPTOMS = sorted(LIBRARY.symptoms)
PLACEHOLDERS = {
    "cluster", "ecs_service", "desired_plus_step", "previous_task_definition", "table", "function",
    "device", "dead_letter_queue", "execution", "ill_task",
}  # fmt: skip


def seen(**symptoms: bool) -> dict[str, Sighting]:
    return {name: Sighting(symptom=name, present=there) for name, there in symptoms.items()}


def test_there_are_faults_of_every_area() -> None:
    assert len({fault.id for fault in LIBRARY.faults}) >= 60
    kinds = {kind for fault in LIBRARY.faults for kind in fault.kinds}
    assert {"ecs_service", "lambda", "table", "queue", "pipeline", "api", "database"} <= kinds
    assert {"device", "device_fleet", "external"} <= kinds


def test_every_fault_is_told_apart_from_every_other_by_some_symptom() -> None:
    for one, other in product(LIBRARY.faults, LIBRARY.faults):
        if one.id < other.id:
            assert {k: v.seen for k, v in one.shows.items()} != {
                k: v.seen for k, v in other.shows.items()
            }


def test_every_remedy_is_in_the_catalogue_with_its_parameters() -> None:
    for fault in LIBRARY.faults:
        for action in fault.actions:
            known = catalogue().spec(action.name).parameters
            sized = {name for name, parameter in known.items() if parameter.sized}
            assert set(known) - sized <= set(action.parameters) <= set(known)
            named = set(re.findall(r"\{(\w+)\}", " ".join(action.parameters.values())))
            assert named <= PLACEHOLDERS


@pytest.mark.parametrize(
    "fault",
    # One that is rarer than that is believed for its one sign alone, and only where it is strong.
    [one for one in ECS if not one.is_healthy and one.prior >= 0.005],
    ids=lambda f: f.id,
)
def test_a_fault_that_shows_all_it_usually_shows_leads(fault: Fault) -> None:
    shows = {name: shown.seen for name, shown in fault.shows.items()}

    ranking = ranked(ECS, seen(**{name: often > 0.5 for name, often in shows.items()}), LIBRARY)

    assert ranking.leader.fault == fault.id


def test_nothing_seen_leaves_everything_open() -> None:
    ranking = ranked(ECS, {}, LIBRARY)

    assert ranking.leader.probability < 0.3
    assert ranking.lead < 0.25


def test_what_no_fault_explains_is_unknown() -> None:
    there = {"alarm_active", "symptom_persists", "errors_up", "errors_logged"}

    ranking = ranked(ECS, seen(**{name: name in there for name in SYMPTOMS}), LIBRARY)

    assert ranking.leader.fault == UNKNOWN


@given(st.dictionaries(st.sampled_from(SYMPTOMS), st.booleans()))
def test_probabilities_are_probabilities(symptoms: dict[str, bool]) -> None:
    ranking = ranked(LIBRARY.faults, seen(**symptoms), LIBRARY)

    chances = [one.probability for one in ranking.hypotheses]
    assert all(0 <= chance < 1 for chance in chances)
    assert sum(chances) <= 1.0001
    assert chances == sorted(chances, reverse=True)


@given(st.dictionaries(st.sampled_from(SYMPTOMS), st.booleans()), st.sampled_from(SYMPTOMS))
def test_a_symptom_of_a_fault_never_makes_it_less_likely_than_its_absence(
    symptoms: dict[str, bool], symptom: str
) -> None:
    known = seen(**symptoms)
    there = ranked(ECS, supposing(known, symptom, present=True), LIBRARY)
    absent = ranked(ECS, supposing(known, symptom, present=False), LIBRARY)
    usual = LIBRARY.symptoms[symptom].usual

    for fault in ECS:
        shown = fault.shows.get(symptom)
        others_stay = all(symptom not in one.shows for one in ECS if one is not fault)
        if shown and shown.seen > usual and not shown.only_with and others_stay:
            assert there.probability(fault.id) >= absent.probability(fault.id)


def test_a_correlated_symptom_counts_but_not_in_full() -> None:
    one = ranked(ECS, seen(tasks_oom_killed=True), LIBRARY)
    both = ranked(ECS, seen(tasks_oom_killed=True, log_out_of_memory=True), LIBRARY)

    weight = {w.symptom: w.value for w in both.leader.weights}
    assert both.leader.fault == "memory_exhaustion"
    assert both.probability("memory_exhaustion") >= one.probability("memory_exhaustion")
    assert min(weight.values()) > 0


def a_question(tool: str, *reveals: str, cost: float = 1.0) -> Question:
    return Question(ToolCall(server="monitoring", tool=tool), reveals, cost)


def a_mind(**symptoms: bool) -> Mind:
    known = seen(**symptoms)
    return Mind(LIBRARY, ECS, known, ranked(ECS, known, LIBRARY), Bar(0.7, 0.25))


def test_the_question_that_separates_the_leaders_is_asked_first() -> None:
    mind = a_mind(cpu_high=True, latency_up=True)
    telling, idle = a_question("traffic", "traffic_up"), a_question("scaled", "desired_zero")

    assert next_questions(mind, [idle, telling])[0] == telling


def test_of_two_that_tell_the_same_the_cheaper_is_asked_and_the_other_not() -> None:
    mind = a_mind(cpu_high=True, latency_up=True)
    cheap, dear = a_question("a", "traffic_up"), a_question("b", "traffic_up", cost=3)

    assert next_questions(mind, [dear, cheap]) == (cheap,)


def test_a_question_whose_answer_is_known_is_not_asked() -> None:
    mind = a_mind(cpu_high=True, traffic_up=True)

    assert next_questions(mind, [a_question("traffic", "traffic_up")]) == ()


def test_once_a_verdict_stands_only_what_could_overturn_it_is_asked() -> None:
    sure = a_mind(
        tasks_oom_killed=True, log_out_of_memory=True, memory_high=True, change_near=False,
        resources_lowered=False, errors_up=True,
    )  # fmt: skip

    assert sure.bar.is_cleared(sure.ranking)
    assert next_questions(sure, [a_question("latency", "latency_up")]) == ()


@pytest.mark.parametrize(
    ("line", "family"),
    [
        ("java.lang.OutOfMemoryError: Metaspace", "log_out_of_memory"),
        ("fatal error: runtime: cannot allocate memory", "log_out_of_memory"),
        ("Memory cgroup out of memory: Killed process 4242 (gunicorn)", "log_out_of_memory"),
        ("ERROR RejectedExecutionException: ThreadPoolExecutor queue full", "log_overloaded"),
        ("ERROR FATAL: remaining connection slots are reserved", "log_database_connections"),
        ("ERROR HikariPool-1 - Connection is not available, request timed out after 30000ms",
         "log_database_connections"),
        ("ERROR QueuePool limit of size 5 overflow 10 reached", "log_database_connections"),
        ("ERROR dial tcp 10.0.3.7:5432: connect: connection refused", "log_connection_refused"),
        ("Error: connect ECONNREFUSED 10.0.0.5:6379", "log_connection_refused"),
        ("ERROR upstream connect error or disconnect/reset", "log_connection_refused"),
        ("ERROR requests.exceptions.ReadTimeout: Read timed out. (read timeout=3)",
         "log_downstream_timeout"),
        ("ERROR context deadline exceeded while calling pricing", "log_downstream_timeout"),
        ("ERROR payment provider returned 503 Service Unavailable", "log_downstream_error"),
        ("ERROR getaddrinfo ENOTFOUND db.internal", "log_name_resolution"),
        ("ERROR java.net.UnknownHostException: orders.svc", "log_name_resolution"),
        ("ERROR x509: certificate has expired or is not yet valid", "log_certificate"),
        ("ERROR SSL: CERTIFICATE_VERIFY_FAILED", "log_certificate"),
        ("ERROR OSError: [Errno 28] No space left on device", "log_disk_full"),
        ("ERROR AccessDeniedException: User arn:aws:sts::1:assumed-role/x is not authorized to "
         "perform: kms:Decrypt", "log_access_denied"),
        ("ERROR ThrottlingException: Rate exceeded", "log_throttled"),
        ("ERROR ProvisionedThroughputExceededException on table orders", "log_table_throttled"),
        ("2026-11-20T03:00:00Z 7c Task timed out after 30.03 seconds", "log_function_timeout"),
        ("ERROR NullPointerException at Cart.total(Cart.java:88)", "log_application_error"),
        ("Traceback (most recent call last):", "log_application_error"),
        ("panic: runtime error: index out of range [3] with length 3", "log_application_error"),
        ("ERROR missing required environment variable PAYMENT_URL", "log_configuration"),
        ("ERROR Secrets Manager can't find the specified secret.", "log_configuration"),
        ("WARN Readiness probe failed: HTTP probe failed with statuscode: 503",
         "log_health_check_failed"),
        ("ERROR thread pool-3 blocked for 62s waiting for monitor", "log_stuck"),
        ("ERROR Deadlock found when trying to get lock", "log_stuck"),
        ("ERROR LimitExceededException: quota of concurrent executions reached", "log_quota"),
    ],
)  # fmt: skip
def test_failures_as_real_systems_word_them_are_recognised(line: str, family: str) -> None:
    assert families_of(LogLine(line, None, None), LIBRARY.families)[0] == family


@pytest.mark.parametrize(
    "line",
    [
        "INFO GET /product/5 200 35ms",
        "INFO connection pool resized to 12",
        "WARN upload retry succeeded on attempt 2 after connection reset",
        "INFO request timed out earlier, recovered",
        "DEBUG NullPointerException swallowed by design",
        "WARN coupon 8812 expired, price recomputed",
        "WARN payment 77 declined by issuer code=51",
        "INFO cache full refresh finished",
        '{"level":"INFO","message":"timeout set to 3000ms"}',
    ],
)
def test_everyday_lines_are_no_failures(line: str) -> None:
    assert families_of(LogLine(line, None, None), LIBRARY.families) == ()


@pytest.mark.parametrize(
    ("reason", "symptom"),
    [
        ("OutOfMemoryError: Container killed due to memory usage", "tasks_oom_killed"),
        ("Task failed ELB health checks in (target-group arn:aws:x)", "tasks_failed_health"),
        ("Task failed container health checks", "tasks_failed_health"),
        ("CannotPullContainerError: pull image manifest has been retried 5 time(s)",
         "image_pull_failed"),
        ("ResourceInitializationError: unable to pull secrets or registry auth", "start_failed"),
        ("(service x) was unable to place a task because no container instance met all of its "
         "requirements", "placement_failed"),
    ],
)  # fmt: skip
def test_ecs_words_for_why_a_task_ended_are_understood(reason: str, symptom: str) -> None:
    told = [name for name, expression in stop_reasons().items() if expression.search(reason)]

    assert told[0] == symptom


@pytest.mark.parametrize(
    ("metric", "role"),
    [
        ("CPUUtilization", "cpu"),
        ("MemoryUtilization", "memory"),
        ("HTTPCode_Target_5XX_Count", "errors"),
        ("UnHealthyHostCount", "unhealthy_hosts"),
        ("HealthyHostCount", "healthy_hosts"),
        ("TargetResponseTime", "latency"),
        ("LatencyP99", "latency"),
        ("RequestCount", "traffic"),
        ("ApproximateAgeOfOldestMessage", "queue_age"),
        ("NumberOfMessagesDeleted", "consumption"),
        ("ReadThrottleEvents", "throttles"),
        ("DatabaseConnections", "connections"),
        ("checkout_failures", "errors"),
    ],
)
def test_what_a_metric_is_about_is_told_from_its_name(metric: str, role: str) -> None:
    found = LIBRARY.role_of(metric)

    assert found is not None
    assert found.id == role


@given(st.text(min_size=3, max_size=400))
def test_a_quote_of_any_text_stands_in_its_json(text: str) -> None:
    whole = json.dumps({"message": text}, ensure_ascii=False, separators=(",", ":"))

    assert quoted_text(text) in whole


@given(st.one_of(st.integers(-(10**9), 10**9), st.floats(0, 10**6), st.booleans()))
def test_a_quote_of_any_number_stands_in_its_json(value: float) -> None:
    whole = json.dumps({"value": value}, separators=(",", ":"))

    assert quoted_field("value", value) in whole
