"""How well the knowledge base is searched: our ranking beside others, on labelled questions.

Others are compared where they are installed (`bm25s`, `rank_bm25`, `wordllama`); nothing of them
is needed to run the system. All get the same weights for services and trust.
"""

import importlib
import importlib.util
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from itops_cli.benchmark.imports import cpu_seconds_to_import
from itops_core.domain.catalog import Article
from itops_core.domain.values import Value
from itops_core.errors import InvalidInputError
from itops_core.settings import bundled
from itops_core.stores.knowledge import document_of, weight_of
from itops_core.stores.ranking import Ranking
from itops_core.stores.seeding import articles
from itops_core.stores.words import words_of

Scores = Callable[[str], Sequence[float]]
"""What each article scores for a question."""

_PACKAGES = ("bm25s", "rank_bm25", "wordllama")
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75
_GAINS = 10  # how far down nDCG looks


class Labelled(Value):
    """A question, and the articles that answer it."""

    query: str
    kind: str
    services: tuple[str, ...] = ()
    relevant: tuple[str, ...] = Field(min_length=1)


class Questions(Value):
    """The labelled set: `queries` were at hand when the ranking was made, `blind` were not."""

    queries: tuple[Labelled, ...]
    blind: tuple[Labelled, ...]


def searching() -> dict[str, Any]:
    """Return the quality of each way of ranking, and what each package costs to import."""
    asked = labelled_questions()
    known = articles(bundled("knowledge-base"))
    ways = {name: make(known) for name, make in _ways().items()}
    return {
        "articles": len(known),
        "questions": {"known": len(asked.queries), "blind": len(asked.blind)},
        "known": {name: quality(way, known, asked.queries) for name, way in ways.items()},
        "blind": {name: quality(way, known, asked.blind) for name, way in ways.items()},
        "by_kind": _by_kind(ways["itops"], known, asked.queries),
        "import_cpu_seconds": {
            package: cpu_seconds_to_import(package)
            for package in ("itops_core.stores.ranking", *_PACKAGES)
            if importlib.util.find_spec(package.partition(".")[0])
        },
    }


def labelled_questions(path: Path | None = None) -> Questions:
    """Return the labelled set of the checkout."""
    place = path or bundled("tests") / "data" / "knowledge_queries.yaml"
    try:
        return Questions.model_validate(yaml.safe_load(place.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InvalidInputError(f"{place} is not there: it comes with the checkout") from error


def ours(known: Sequence[Article]) -> Scores:
    """Return the ranking that the system uses, before its weights."""
    return Ranking([document_of(article) for article in known]).scores


def quality(
    scores: Scores, known: Sequence[Article], questions: Sequence[Labelled]
) -> dict[str, float]:
    """Return the means over all questions of MRR, recall@1, @3, @5 and nDCG@10."""
    found = [_judged(_order(scores, known, question), question) for question in questions]
    return {
        name: round(sum(one[name] for one in found) / max(len(found), 1), 3) for name in found[0]
    }


def _by_kind(
    scores: Scores, known: Sequence[Article], questions: Sequence[Labelled]
) -> dict[str, dict[str, float]]:
    kinds = dict.fromkeys(question.kind for question in questions)
    return {
        kind: quality(scores, known, [one for one in questions if one.kind == kind])
        for kind in kinds
    }


def _order(scores: Scores, known: Sequence[Article], question: Labelled) -> list[str]:
    weighed = [
        (score * weight_of(article, question.services), article.article_id)
        for article, score in zip(known, scores(question.query), strict=True)
        if score > 0
    ]
    return [name for _, name in sorted(weighed, key=lambda pair: (-pair[0], pair[1]))]


def _judged(order: Sequence[str], question: Labelled) -> dict[str, float]:
    wanted = set(question.relevant)
    places = [place for place, name in enumerate(order, start=1) if name in wanted]
    gained = sum(1 / math.log2(place + 1) for place in places if place <= _GAINS)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, len(wanted) + 1))
    recalls = {
        f"recall_at_{depth}": sum(place <= depth for place in places) / min(len(wanted), depth)
        for depth in (1, 3, 5)
    }
    return {"mrr": 1 / places[0] if places else 0.0, **recalls, "ndcg": gained / ideal}


def _ways() -> Mapping[str, Callable[[Sequence[Article]], Scores]]:
    ways: dict[str, Callable[[Sequence[Article]], Scores]] = {
        "itops": ours,
        "bm25, plain words": lambda known: _okapi(known, _plain_words),
        "bm25, our words": lambda known: _okapi(known, words_of),
        "tf-idf, our words": _cosine,
    }
    others: dict[str, tuple[str, Callable[[Sequence[Article]], Scores]]] = {
        "rank_bm25, plain words": ("rank_bm25", lambda known: _rank_bm25(known, _plain_words)),
        "rank_bm25, our words": ("rank_bm25", lambda known: _rank_bm25(known, words_of)),
        "bm25s, its own words": ("bm25s", _bm25s),
        "wordllama embeddings": ("wordllama", _wordllama),
        "itops and wordllama": ("wordllama", _together),
    }
    there = {name: make for name, (package, make) in others.items() if _has(package)}
    return ways | there


def _has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _text_of(article: Article) -> str:
    parts = (article.title, article.title, *article.services, article.symptoms, article.cause)
    return " ".join((*parts, article.fix, article.body))


def _plain_words(text: str) -> list[str]:
    kept = "".join(mark if mark.isalnum() else " " for mark in text.lower())
    return kept.split()


def _okapi(known: Sequence[Article], words: Callable[[str], list[str]]) -> Scores:
    counts = [Counter(words(_text_of(article))) for article in known]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths)

    def scores(question: str) -> list[float]:
        found = [0.0] * len(counts)
        for word in set(words(question)):
            holding = sum(word in count for count in counts)
            rarity = math.log(1 + (len(counts) - holding + 0.5) / (holding + 0.5))
            for at, count in enumerate(counts):
                length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * lengths[at] / mean
                said = count[word] + _SATURATION * length
                found[at] += rarity * count[word] * (_SATURATION + 1) / said
        return found

    return scores


def _cosine(known: Sequence[Article]) -> Scores:
    counts = [Counter(words_of(_text_of(article))) for article in known]
    holding = Counter(word for count in counts for word in count)

    def vector(count: Counter[str]) -> dict[str, float]:
        raw = {
            word: (1 + math.log(many)) * math.log(len(counts) / holding[word])
            for word, many in count.items()
            if holding[word]
        }
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {word: value / norm for word, value in raw.items()}

    vectors = [vector(count) for count in counts]

    def scores(question: str) -> list[float]:
        asked = vector(Counter(words_of(question)))
        return [sum(value * one.get(word, 0) for word, value in asked.items()) for one in vectors]

    return scores


def _rank_bm25(known: Sequence[Article], words: Callable[[str], list[str]]) -> Scores:
    package: Any = importlib.import_module("rank_bm25")
    index = package.BM25Okapi([words(_text_of(article)) for article in known])
    return lambda question: [float(score) for score in index.get_scores(words(question))]


def _bm25s(known: Sequence[Article]) -> Scores:
    package: Any = importlib.import_module("bm25s")
    stems: Any = importlib.import_module("Stemmer").Stemmer("english") if _has("Stemmer") else None

    def words(texts: list[str]) -> list[list[str]]:
        return package.tokenize(
            texts, stopwords="en", stemmer=stems, return_ids=False, show_progress=False
        )

    index = package.BM25()
    index.index(words([_text_of(article) for article in known]), show_progress=False)

    def scores(question: str) -> list[float]:
        asked = [word for word in words([question])[0] if word in index.vocab_dict]
        if not asked:
            return [0.0] * len(known)
        return [float(score) for score in index.get_scores(asked)]

    return scores


def _wordllama(known: Sequence[Article]) -> Scores:
    package: Any = importlib.import_module("wordllama")
    # The weights lie in the package itself, where its loader does not look.
    folder = Path(package.__file__).parent
    model = package.WordLlama.load(cache_dir=folder, disable_download=True)
    there = model.embed([_text_of(article) for article in known], norm=True)

    def scores(question: str) -> list[float]:
        return [float(score) for score in there @ model.embed([question], norm=True)[0]]

    return scores


def _together(known: Sequence[Article]) -> Scores:
    by_words, by_meaning = ours(known), _wordllama(known)

    def scores(question: str) -> list[float]:
        first, second = by_words(question), by_meaning(question)
        best = max(first) or 1.0
        return [
            0.7 * one / best + 0.3 * max(other, 0.0)
            for one, other in zip(first, second, strict=True)
        ]

    return scores
