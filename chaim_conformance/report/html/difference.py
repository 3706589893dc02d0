"""Expected against seen: what only one of two texts has is marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from chaim_conformance.report.html.elements import Markup, joined, tag

# A UUID is one word: what two of them share is nothing but hyphens.
WORDS = re.compile(r"\w+(?:-\w+)*|\s+|[^\w\s]")
# Texts that share less than this are different sentences: marks on all of it would tell nothing.
ALIKE = 0.3
# Words that share less than this are different words, marked as a whole.
ALIKE_WORDS = 0.6
# Comparing longer texts takes seconds, longer words too: these are marked as a whole.
MOST, LONGEST = 2000, 200


def marked(expected: str, seen: str) -> tuple[Markup, Markup]:
    """Both texts, with ``<ins>`` around what is missing, ``<del>`` around what is instead."""
    one, other = WORDS.findall(expected[:MOST]), WORDS.findall(seen[:MOST])
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    words = len(one) == len(other) == 1
    if not words and _alike(matcher, one, other) < ALIKE:
        return joined(expected), joined(seen)
    left: list[str] = []
    right: list[str] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        before, after = one[a:b], other[c:d]
        if kind == "equal":
            left += before
            right += after
        elif kind == "replace" and len(before) == len(after):
            for word, instead in zip(before, after, strict=True):
                left += _letters(word, instead, "ins")
                right += _letters(instead, word, "del")
        else:
            left += _all(before, "ins")
            right += _all(after, "del")
    return joined(*left, expected[MOST:]), joined(*right, seen[MOST:])


def _alike(matcher: SequenceMatcher[str], one: list[str], other: list[str]) -> float:
    """Which part of the shorter text the other one has too, by its letters."""
    same = sum(
        _weight(word)
        for block in matcher.get_matching_blocks()
        for word in one[block.a : block.a + block.size]
    )
    return same / max(1, min(sum(map(_weight, one)), sum(map(_weight, other))))


def _weight(word: str) -> int:
    """What a word counts: one that is long, a hash say, hides nothing else."""
    return 0 if word.isspace() else min(len(word), 8)


def _letters(word: str, other: str, mark: str) -> Iterator[str]:
    """The word with what only it has marked, or all of it where the two have little in common."""
    matcher = SequenceMatcher(None, word, other, autojunk=False)
    if max(len(word), len(other)) > LONGEST or matcher.ratio() < ALIKE_WORDS:
        yield from _all([word], mark)
        return
    for kind, a, b, _, _ in matcher.get_opcodes():
        yield from [word[a:b]] if kind == "equal" else _all([word[a:b]], mark)


def _all(words: list[str], mark: str) -> Iterator[str]:
    text = "".join(words)
    if text:
        yield tag(mark, text)
