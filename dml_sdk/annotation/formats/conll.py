"""CoNLL: a token a line with its tag, B- and I- and O, and an empty line between texts.

A text's tokens are what white space separates. Spans that begin or end within a token, or overlap,
have no tags and are refused. The format keeps neither a text's number nor its white space.

Source: Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 shared task" (2003), with
the IOB2 tags of CoNLL-2002.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questions import Spans
from dml_sdk.annotation.formats.labelling import (
    Labelling,
    one_each,
    part_of,
    question_of,
    questionnaire_of,
    text_for_file,
    text_of_file,
)
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "conll"
_TOKEN = re.compile(r"\S+")
_BLANKS = re.compile(" +")
_TAG = re.compile(r"(?:O|([BI])-(\S+))")
_BEGINS = "-DOCSTART-"


def to_conll(labelling: Labelling, question: str) -> str:
    """Tokens and tags, of one annotator's answers to each item, such as the consensus.

    Texts that nobody has answered are not in it, as one without tags would say that there is
    nothing named.

    Raises:
        UsageError: no such question, or several answers to an item, which CoNLL cannot tell apart.
        FormatInvalid: spans that overlap, or cut a token; a text without a token, with the one
            that begins a document, or with half a character; names the item.
    """
    question_of(labelling.questionnaire, question, Spans)
    texts = []
    for item, parts, answers in labelling.rows():
        answer = one_each(answers, item)
        if answer is not None and not answer.skipped:
            spans = list(answer.given.get(question, ()))
            texts.append(text_for_file(_tagged(part_of(parts, "text", item), spans, item), item))
    return "\n".join(texts)


def from_conll(document: str | bytes) -> Labelling:
    """Texts with spans, as a labelling with one question, "spans".

    The token is a line's first column and the tag its last. Columns are separated by tabs where a
    line has any, else by spaces. Tokens are joined by single spaces.

    Raises:
        FormatInvalid: a tag that is none, a token with a space; names the line.
        UsageError: nothing is tagged, so that there is nothing to ask.
    """
    texts: list[str] = []
    spans: list[list[dict[str, Any]]] = []
    lines: list[tuple[str, re.Match[str]]] = []

    def end() -> None:
        if lines:
            text, found = _joined(lines)
            texts.append(text)
            spans.append(found)
            lines.clear()

    # Other characters that end a line elsewhere can be in a token.
    for at, line in enumerate(text_of_file(document).split("\n"), start=1):
        columns = _columns(line)
        if columns[0] in ("", _BEGINS):
            end()
            continue
        tag = _TAG.fullmatch(columns[-1])
        if tag is None or len(columns) < 2:
            raise FormatInvalid(f"Line {at}: {line[:60]!r} is no token with a tag of B-, I- or O.")
        if " " in columns[0]:
            raise FormatInvalid(
                f"Line {at}: the token {columns[0][:60]!r} holds a space, by which tokens are told "
                "from each other here. Give each of its words a line."
            )
        lines.append((columns[0], tag))
    end()
    labels = sorted({span["label"] for told in spans for span in told})
    if not labels:
        raise UsageError("Nothing in the file is tagged: there is nothing to ask.")
    questionnaire = questionnaire_of(
        Spans, "spans", "What is named where?", "text", labels=labels, most=1_000, required=False
    )
    answers = [(ANNOTATOR, Answer(at, {"spans": told})) for at, told in enumerate(spans)]
    return Labelling(questionnaire, tuple({"text": text} for text in texts), tuple(answers))


def _columns(line: str) -> list[str]:
    line = line.strip(" \t\r")
    return (
        [column.strip(" ") for column in line.split("\t")] if "\t" in line else _BLANKS.split(line)
    )


def _joined(lines: Sequence[tuple[str, re.Match[str]]]) -> tuple[str, list[dict[str, Any]]]:
    """A text of tokens, and the spans that their tags are."""
    spans: list[dict[str, Any]] = []
    start, inside = 0, False
    for token, tag in lines:
        begins, label = tag.groups()
        end = start + len(token)
        if begins == "I" and inside and spans[-1]["label"] == label:
            spans[-1]["end"] = end
        elif label is not None:
            spans.append({"label": label, "start": start, "end": end})
        start, inside = end + 1, label is not None
    return " ".join(token for token, _ in lines), spans


def _tagged(text: str, spans: list[dict[str, Any]], item: int) -> str:
    tokens = list(_TOKEN.finditer(text))
    if not tokens or any(token.group() == _BEGINS for token in tokens):
        raise FormatInvalid(
            f"Item {item} has no token, or one that is {_BEGINS}, which CoNLL has no line for. "
            "Export to doccano instead."
        )
    tags = ["O"] * len(tokens)
    for span in spans:
        covered = [
            at for at, t in enumerate(tokens) if t.start() < span["end"] and t.end() > span["start"]
        ]
        whole = covered and all(
            span["start"] <= tokens[at].start() and tokens[at].end() <= span["end"]
            for at in covered
        )
        label = str(span["label"])
        if not whole or any(tags[at] != "O" for at in covered) or re.search(r"\s", label):
            raise FormatInvalid(
                f"Item {item}: the span {span['start']}–{span['end']} ({label}) cuts a token, "
                "overlaps another, or has a label with a space, which CoNLL has no tag for. Export "
                "to doccano instead."
            )
        for place, at in enumerate(covered):
            tags[at] = f"{'B' if place == 0 else 'I'}-{label}"
    return "".join(f"{t.group()} {tag}\n" for t, tag in zip(tokens, tags, strict=True))
