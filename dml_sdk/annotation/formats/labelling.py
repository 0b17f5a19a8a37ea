"""Items and what was answered, as every format is read into and written from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dml_sdk.annotation.asked.answers import Answer, faults_of
from dml_sdk.annotation.asked.questionnaire import Media, Questionnaire
from dml_sdk.annotation.asked.questions import Asked
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.arguments import shown
from dml_sdk.errors import FormatInvalid, UsageError

LARGEST = 1 << 30  # bytes of a file that is imported
CONSENSUS = "consensus"
"""Who answers where the answers are what all together come to."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """Items with answers.

    Attributes:
        questionnaire: what was asked.
        items: the parts of each; a text and a table row as they are, other media by a name or an
            address, as another tool's file has them.
        answers: with the annotators' names, in the items' order. An answer's `item` is its place
            in `items`.

    Raises:
        FormatInvalid: an answer that does not fit, or of an item that is not there.
    """

    questionnaire: Questionnaire
    items: tuple[Mapping[Media, Any], ...]
    answers: tuple[tuple[str, Answer], ...]

    def __post_init__(self) -> None:
        for annotator, answer in self.answers:
            if not 0 <= answer.item < len(self.items):
                raise FormatInvalid(
                    f"{annotator} answers item {answer.item} of {len(self.items):,}: items count "
                    "from 0."
                )
            for path, why in faults_of(answer, self.questionnaire, f"items[{answer.item}]"):
                raise FormatInvalid(f"{path}, by {shown(annotator)}: {why}. Correct the file.")

    def of(self, item: int) -> Iterator[tuple[str, Answer]]:
        """What was answered of an item."""
        return (told for told in self.answers if told[1].item == item)

    def by_item(self) -> list[list[tuple[str, Answer]]]:
        """All answers, item by item."""
        told: list[list[tuple[str, Answer]]] = [[] for _ in self.items]
        for annotator, answer in self.answers:
            told[answer.item].append((annotator, answer))
        return told


def agreed_labelling(
    validation: Validation,
    questionnaire: Questionnaire,
    items: Sequence[Mapping[Media, Any]],
) -> Labelling:
    """What all together came to, as one annotator's answers.

    Questions with several choices have no single consensus and are left out of it; so are answers
    to a question that the consensus on an earlier one does not lead to.
    """
    given: dict[int, dict[str, Any]] = {}
    for agreed in validation.consensus:
        given.setdefault(agreed.item, {})[agreed.question] = agreed.value
    told = []
    for item, values in sorted(given.items()):
        for path, _ in list(faults_of(Answer(item, values), questionnaire, "")):
            values.pop(path.rsplit(".", 1)[-1], None)
        if not list(faults_of(Answer(item, values), questionnaire, "")):
            told.append((CONSENSUS, Answer(item, values)))
    return Labelling(questionnaire, tuple(items), tuple(told))


def question_of(questionnaire: Questionnaire, id: str, *kinds: type[Asked]) -> Any:
    """The question of that id, of one of these kinds.

    Raises:
        UsageError: there is none, or it is of another kind.
    """
    question = questionnaire.question(id)
    if question is None or not isinstance(question, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise UsageError(f"question={shown(id)}: name a question of the kind {wanted}.")
    return question


def json_of(document: bytes | str, what: str) -> Any:
    """JSON that another tool wrote.

    Raises:
        FormatInvalid: too large, or no JSON.
    """
    if len(document) > LARGEST:
        raise FormatInvalid(f"{what} has more than {LARGEST:,} bytes: import it in parts.")
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as e:
        raise FormatInvalid(f"{what} is no JSON: {e}. Export it again.") from None
