"""The words by which questions are understood without a model."""

import re

from itops_core.domain.question import Deliverable, Intent

_I = re.IGNORECASE


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", _I)


DELIVERABLES: tuple[tuple[Deliverable, re.Pattern[str]], ...] = (
    (
        Deliverable.TICKET,
        _phrase(r"(?:create|open|file|make|write|raise|cut) (?:me )?(?:a |an |one )?tickets?"),
    ),
    (
        Deliverable.INCIDENT,
        _phrase(r"(?:create|open|file|raise|declare) (?:me )?(?:a |an |one )?incidents?"),
    ),
)

CONDITION = _phrase(
    r"(?:only )?(?:if|when|where) (?:it is |it's |that is |they are )?"
    r"(?:needed|necessary|required|appropriate|there (?:is|are) (?:any|some|one|something)|"
    r"anything is (?:wrong|found)|something is (?:wrong|found)|so|any)"
)
"""A deliverable is made only where something was found."""

EVERYTHING = _phrase(r"all|every|everything|everywhere|overall|any (?:pipeline|service)s?")
"""A question with one of these is not about what the one before it was about."""

INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        Intent.SHARED,
        _phrase(
            r"(?:common|shared|same) (?:root )?(?:cause|causes|reason|dependency|dependencies)|"
            r"(?:what do|do) .{0,60}(?:have in common|share)|fail(?:ing|ed)? together"
        ),
    ),
    (
        Intent.TREND,
        _phrase(
            r"increas\w+|decreas\w+|rising|rise|falling|growing|more often|less often|trends?|"
            r"trending|getting (?:worse|better|more|fewer)|worse|better|more (?:and more )?"
            r"(?:failures|errors)|per day|over days|going up|going down"
        ),
    ),
    (
        Intent.CHANGES,
        _phrase(
            r"(?:what|anything|something)(?:'s| has| is)? (?:been )?(?:changed|new|different)|"
            r"what changed|changes?|deploy(?:ed|ments?|s)?|releases?d?|rolled out|rollouts?"
        ),
    ),
    (
        Intent.WHY,
        _phrase(
            r"why|root causes?|causes?|reasons?|"
            r"(?:what(?:'s| is| was)? )?(?:going )?wrong(?: with)?|"
            r"what (?:happened|broke)(?: to| with)?|broken|explain|diagnose|"
            r"investigate|look into|find out|analy[sz]e|troubleshoot|debug"
        ),
    ),
    (
        Intent.STATUS,
        _phrase(
            r"status|health|healthy|how (?:is|are|was|were|did)|(?:is|are) .{0,80}(?:ok|okay|fine|"
            r"up|working|running)|ok|okay|state|summary|overview|report on"
        ),
    ),
    (
        Intent.ERRORS,
        _phrase(
            r"errors?|exceptions?|fail(?:s|ed|ing|ures?)?|crash(?:es|ed|ing)?|problems?|"
            r"faults?|error (?:spikes?|rates?)|spikes?|outages?|incidents?"
        ),
    ),
)
"""In this order: of several that fit, the first one counts."""

TOPICS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("timeout", _phrase(r"time-?outs?|timed[ -]out|timing out")),
    ("database", _phrase(r"databases?|db|postgres|mysql|sql|rds|aurora")),
    ("out of memory", _phrase(r"out[ -]of[ -]memory|oom|memory")),
    ("throttl", _phrase(r"throttl\w+|rate[ -]limit\w*")),
    ("denied", _phrase(r"(?:access )?denied|permissions?|forbidden|unauthori[sz]ed")),
    ("connection", _phrase(r"connections?|unreachable|refused")),
    ("latency", _phrase(r"latency|latencies|slow|slowness|response times?")),
)
"""What log lines are searched for, and the words that ask for it."""

NAMED_ERRORS = re.compile(r"(?<![\w.-])[A-Z][A-Za-z]{2,60}(?:Error|Exception|Timeout)(?![\w-])")

FILLERS = frozenset(
    re.findall(
        r"\w+",
        """
    a about again all also am an and any anything are as at be been being but by can could create
    did do does during each ever every everything find for from get give go going got had happen
    happened happening happens has have having here how i if in into is it its job jobs kind last
    let list lot many me most much my need needed now of on once one only open or our over past
    pipeline pipelines please provide recent recently s see service services shall should show
    since so some something still such summarise summarize system systems tell than that the their
    them then there these they thing things this those through time times to today told under up
    us very was we were what whats when where which while who will with within would you your
    application applications app apps function functions latest new newest run runs running
    execution executions related currently production prod log logs hi hello thanks thank
    """,
    )
)
"""Words that carry no meaning of their own here."""
