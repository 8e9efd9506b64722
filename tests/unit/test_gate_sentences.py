"""The gates on every labelled sentence; `make bench` prints the same figures."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.gates import FILES, SEALED, Holds, Verdict, harmless_held, judge, read, score


@cache
def verdicts(name: str) -> tuple[Verdict, ...]:
    return tuple(judge(sentence) for sentence in read(name))


def test_there_are_many_sentences_and_about_half_are_harmless() -> None:
    sentences = [sentence for name in (*FILES, *SEALED) for sentence in read(name)]
    harmless = sum(sentence.holds is Holds.NOTHING for sentence in sentences)
    assert len(sentences) >= 4_000
    assert harmless / len(sentences) >= 0.49
    assert len({(sentence.text, sentence.group) for sentence in sentences}) == len(sentences)


def test_every_label_names_a_pupil_of_the_group_or_words() -> None:
    for sentence in (sentence for name in (*FILES, *SEALED) for sentence in read(name)):
        pupils = {
            f"{one.first_name} {one.last_name}" for one in sentence.group.without | sentence.group.consenting
        }
        if sentence.holds is not Holds.TONE:  # where any word will do
            assert bool(sentence.expected) is (sentence.holds is not Holds.NOTHING), sentence.text
        assert sentence.holds is Holds.TONE or sentence.expected <= pupils, sentence.text


@pytest.mark.parametrize("name", FILES)
def test_every_full_name_is_found(name: str) -> None:
    assert score(verdicts(name), Holds.FULL).recall == 1


@pytest.mark.parametrize("name", FILES)
def test_at_least_95_of_100_first_names_are_found(name: str) -> None:
    assert score(verdicts(name), Holds.FIRST).recall >= 0.95


@pytest.mark.parametrize("name", FILES)
def test_at_most_5_of_100_harmless_sentences_are_held(name: str) -> None:
    held, harmless = harmless_held(verdicts(name))
    assert held / harmless <= 0.05


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", [Holds.PERSONAL, Holds.TONE])
def test_what_is_personal_or_coarse_is_held(name: str, kind: Holds) -> None:
    figures = score(verdicts(name), kind)
    assert figures.recall >= 0.9
    assert figures.precision >= 0.9


def test_the_floor_holds_on_sentences_that_nothing_was_mended_for() -> None:
    every = [verdict for name in SEALED for verdict in verdicts(name)]
    assert score(every, Holds.FULL).recall == 1
    assert score(every, Holds.FIRST).recall >= 0.95
    held, harmless = harmless_held(every)
    assert held / harmless <= 0.05
