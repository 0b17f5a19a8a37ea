"""Items and what was answered, as every format is read into and written from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dml_sdk.annotation.asked.answers import Answer, asked_of, faults_of
from dml_sdk.annotation.asked.media import Content, Part
from dml_sdk.annotation.asked.questionnaire import Media, Questionnaire
from dml_sdk.annotation.asked.questions import Asked, Question
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.asked.values import fault_of
from dml_sdk.annotation.worth.evidence import Gold
from dml_sdk.annotation.worth.validation import Validation
from dml_sdk.arguments import path_told, require_path, shown, whole_of
from dml_sdk.errors import FormatInvalid, QuestionnaireInvalid, UsageError

LARGEST = 1 << 30  # bytes of a file that is imported
_MARK = "\ufeff"  # of the order of bytes, of which UTF-8 has but one
CONSENSUS = "consensus"
"""Who answers where the answers are what all together come to."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """Items with answers: what another tool's file held, or what a task came to.

    Attributes:
        questionnaire: what was asked.
        items: the parts of each; a text and a table row as they are, other media by a name or an
            address, as another tool's file has them, or as bytes.
        answers: with the annotators' names. An answer's `item` is its place in `items`. What a
            question requires may be missing: another tool need not have asked for it.
        left_out: the places of items that are in no result, because they are broken.
        dropped: what could not be kept of a consensus, by path, and why.

    Raises:
        FormatInvalid: an answer that does not fit, or of an item that is not there.
    """

    questionnaire: Questionnaire
    items: tuple[Mapping[Media, Any], ...]
    answers: tuple[tuple[str, Answer], ...]
    left_out: frozenset[int] = frozenset()
    dropped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        known = [_parts(item) for item in self.items]
        for annotator, answer in self.answers:
            if not _is_answer(answer):
                raise FormatInvalid(f"{shown(answer)} is no answer: give Answer(item, {{…}}).")
            if not 0 <= answer.item < len(self.items):
                raise FormatInvalid(
                    f"{shown(annotator)} answers item {answer.item} of {len(self.items):,}: items "
                    "count from 0."
                )
            where = f"items[{answer.item}]"
            missing = {
                f"{where}.given.{q.id}"
                for q in self.questionnaire.questions
                if q.id not in answer.given
            }
            for path, why in faults_of(answer, self.questionnaire, where, known[answer.item]):
                if path not in missing:
                    raise FormatInvalid(f"{path}, by {shown(annotator)}: {why}. Correct the file.")

    def rows(self) -> Iterator[tuple[int, Mapping[Media, Any], list[tuple[str, Answer]]]]:
        """Each item that is not left out: its place, its parts, and all answers to it."""
        told: list[list[tuple[str, Answer]]] = [[] for _ in self.items]
        for annotator, answer in self.answers:
            told[answer.item].append((annotator, answer))
        for place, (item, answers) in enumerate(zip(self.items, told, strict=True)):
            if place not in self.left_out:
                yield place, item, answers

    def known(self) -> Gold:
        """What is answered, as `dml.validation.gold` takes it: by the item's place and the
        question's id. Of an item that several have answered, what all of them say alike."""
        told: dict[int, dict[str, Any]] = {}
        for place, _, answers in self.rows():
            said: dict[str, list[Any]] = {}
            for _, answer in answers:
                for id, value in answer.given.items():
                    said.setdefault(id, []).append(value)
            alike = {id: v[0] for id, v in said.items() if all(one == v[0] for one in v)}
            if alike:
                told[place] = alike
        return told

    def contents(self, folder: str | Path | None = None) -> list[Content]:
        """The items as `model.annotation_task` takes them, in their order.

        Args:
            folder: where the files are that items name; a file is looked for under its whole name
                there, and under the last part of it. Nothing outside is read.

        Raises:
            UsageError: an item names a file, and there is no folder, or no such file in it.
        """
        names = self.questionnaire.part_names
        kinds = dict(zip(names, self.questionnaire.media, strict=True))
        root = None if folder is None else require_path("folder", folder).resolve()
        told: list[Content] = []
        for place, item in enumerate(self.items):
            parts = {
                name: _content(kinds[name], name, item, root, f"Item {place}") for name in names
            }
            told.append(parts if len(names) > 1 else parts[names[0]])
        return told

    def to_pandas(self) -> Any:
        """A `pandas.DataFrame`: a row for each answer to a question, see `dml.formats.to_pandas`.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from dml_sdk.annotation.formats.frames import to_pandas

        return to_pandas(self)

    def to_hugging_face(self) -> Any:
        """A `datasets.Dataset`: a row for each item and annotator, see
        `dml.formats.to_hugging_face`.

        Raises:
            MissingExtra: datasets is not installed.
            FormatInvalid: a part of an item that has no column's type.
        """
        from dml_sdk.annotation.formats.frames import to_hugging_face

        return to_hugging_face(self)

    def __repr__(self) -> str:
        count, left = len(self.items), len(self.left_out)
        told = f"{count:,} items" + (f" ({left:,} left out)" if left else "")
        return f"<Labelling: {told}, {len(self.answers):,} answers>"


def agreed_labelling(
    validation: Validation,
    questionnaire: Questionnaire,
    items: Sequence[Mapping[Media, Any]],
    answered: Collection[int] = (),
    left_out: frozenset[int] = frozenset(),
) -> Labelling:
    """What all together came to, as one annotator's answers.

    Answers to a question that the consensus on an earlier one does not lead to are dropped from it,
    and told in `dropped`; an item never is.

    Args:
        answered: items that somebody has answered, be it with nothing: they have an answer here.
        left_out: items that are in no result.
    """
    given: dict[int, dict[str, Any]] = {item: {} for item in answered}
    for agreed in validation.consensus:
        given.setdefault(agreed.item, {})[agreed.question] = agreed.value
    told, dropped = [], []
    for item, values in sorted(given.items()):
        if item in left_out:
            continue
        kept, faults = _fitting(values, questionnaire)
        dropped += [(f"items[{item}].given.{id}", why) for id, why in faults]
        told.append((CONSENSUS, Answer(item, kept)))
    return Labelling(questionnaire, tuple(items), tuple(told), left_out, tuple(dropped))


def _fitting(
    values: Mapping[str, Any], questionnaire: Questionnaire
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What is asked for, as the answers before it are; and why the rest is not."""
    kept = dict(values)
    faults: list[tuple[str, str]] = []
    while True:
        asked = asked_of(kept, questionnaire)
        odd = [
            (q.id, "it was not asked, as its condition is not met" if q.id not in asked else why)
            for q in questionnaire.questions
            if q.id in kept and ((why := fault_of(q, kept[q.id]) or "") or q.id not in asked)
        ]
        if not odd:
            return kept, faults
        faults += odd
        for id, _ in odd:
            del kept[id]


def one_each(answers: Sequence[tuple[str, Answer]], item: int) -> Answer | None:
    """The one answer to an item, for a format that cannot tell several apart; None for none.

    Raises:
        UsageError: there are several.
    """
    if len(answers) > 1:
        raise UsageError(f"Item {item} has {len(answers)} answers: export the consensus.")
    return answers[0][1] if answers else None


def part_of(item: Mapping[Media, Any], kind: Media, number: int) -> Any:
    """The part of an item that a format is about.

    Raises:
        FormatInvalid: there is none.
    """
    if kind not in item:
        raise FormatInvalid(f"Item {number} has no {kind}, which this format is about.")
    return item[kind]


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


def questionnaire_of(
    kind: type[Any], id: str, text: str, media: Media, **terms: Any
) -> Questionnaire:
    """The questionnaire of a file that brings none: one question, about what is labelled in it.

    Raises:
        FormatInvalid: its labels are none that a question can have.
    """
    try:
        asked: Question = kind(id, text, **terms)
        return Questionnaire([asked], media=(media,))
    except QuestionnaireInvalid as e:
        path, why = e.faults[0]
        raise FormatInvalid(
            f"The file's labels cannot be those of a question: {path}: {why}. Rename or merge them."
        ) from None


def json_of(document: bytes | str, what: str) -> Any:
    """JSON that another tool wrote.

    Raises:
        FormatInvalid: too large, or no JSON; also where an object has a name twice, of which one
            would be dropped.
    """
    if len(document) > LARGEST:
        raise FormatInvalid(f"{what} has more than {LARGEST:,} bytes: import it in parts.")
    try:
        text = document if isinstance(document, str) else document.decode()
        return read_json(text.removeprefix(_MARK))
    except (ValueError, RecursionError) as e:
        raise FormatInvalid(f"{what} is no JSON: {e}. Export it again.") from None


def text_of_file(document: object) -> str:
    """The text of a file that another tool wrote, however it is given, without the mark (U+FEFF)
    that some begin files with.

    Raises:
        FormatInvalid: neither text nor its bytes in UTF-8, or too much of it.
    """
    if isinstance(document, bytes):
        try:
            document = document.decode()
        except UnicodeDecodeError as e:
            raise FormatInvalid(f"The file is no text in UTF-8: {e}. Export it again.") from None
    if not isinstance(document, str):
        raise FormatInvalid(f"A file is text or bytes, not a {type(document).__name__}.")
    if len(document) > LARGEST:
        raise FormatInvalid(f"The file has more than {LARGEST:,} characters: import it in parts.")
    return document.removeprefix(_MARK)


def text_for_file(text: str, item: int) -> str:
    """What is written about an item, where a file of text can hold it.

    Raises:
        FormatInvalid: half a character (a lone surrogate) is in it, which has no bytes.
    """
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise FormatInvalid(
            f"Item {item} holds half a character, {text[e.start]!a}, which no file of text "
            "can. Correct its text, or what was answered."
        ) from None
    return text


def _is_answer(answer: object) -> bool:
    return (
        isinstance(answer, Answer)
        and whole_of(answer.item) is not None
        and isinstance(answer.given, Mapping)
        and (answer.ms is None or whole_of(answer.ms) is not None)
        and isinstance(answer.skipped, bool)
        and isinstance(answer.flag, str)
    )


def _parts(item: Mapping[Media, Any]) -> tuple[Part, ...]:
    """What is known of an item's parts: how long its text is."""
    text = item.get("text")
    if not isinstance(text, str):
        return ()
    return (Part("text", "text/plain", "", "", len(text.encode(errors="replace")), len(text)),)


def _content(
    kind: Media, name: str, item: Mapping[Any, Any], root: Path | None, where: str
) -> Content:
    told = item.get(name)
    if kind in ("text", "table") or not isinstance(told, str):
        return told
    if root is None:
        raise UsageError(f"{where} names a file, {shown(told)}: give the folder that it is in.")
    path = told.partition("?d=")[2] or told.partition("?")[0]  # as Label Studio and the web have it
    for name in (path.lstrip("/"), PurePosixPath(path).name):
        try:
            found = (root / name).resolve()
            if found.is_relative_to(root) and found.is_file():
                return found
        except (OSError, ValueError):  # a name that no file can have
            continue
    raise UsageError(f"{where}: {path_told(root)} has no file {shown(told)}.")
