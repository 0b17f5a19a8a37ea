"""CoNLL: a token a line with its tag, B- and I- and O, and an empty line between texts.

A text's tokens are what spaces separate. Spans that begin or end within a token, or overlap, have
no tags and are refused.

Source: Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 shared task" (2003), with
the IOB2 tags of CoNLL-2002.
"""

from __future__ import annotations

import re
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Spans
from dml_sdk.annotation.formats.labelling import LARGEST, Labelling, question_of
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "conll"
_TOKEN = re.compile(r"\S+")
_TAG = re.compile(r"(?:O|([BI])-(\S+))")


def to_conll(labelling: Labelling, question: str) -> str:
    """Tokens and tags, of one annotator's answers to each item, such as the consensus.

    Raises:
        UsageError: no such question, or several answers to an item, which CoNLL cannot tell apart.
        FormatInvalid: spans that overlap, or cut a token; names the item.
    """
    question_of(labelling.questionnaire, question, Spans)
    texts = []
    for item, answers in enumerate(labelling.by_item()):
        if len(answers) > 1:
            raise UsageError(f"Item {item} has {len(answers)} answers: export the consensus.")
        spans = [span for _, answer in answers for span in answer.given.get(question, ())]
        texts.append(_tagged(labelling.items[item]["text"], spans, item))
    return "\n".join(texts)


def from_conll(document: str) -> Labelling:
    """Texts with spans, as a labelling with one question, "spans".

    The token is a line's first column and the tag its last. Tokens are joined by single spaces.

    Raises:
        FormatInvalid: a tag that is none; names the line.
        UsageError: nothing is tagged, so that there is nothing to ask.
    """
    if len(document) > LARGEST:
        raise FormatInvalid(f"The file has more than {LARGEST:,} characters: import it in parts.")
    texts: list[str] = []
    spans: list[list[dict[str, Any]]] = []
    fresh, inside = True, False
    for at, line in enumerate(document.splitlines(), start=1):
        columns = line.split()
        if not columns or columns[0] == "-DOCSTART-":
            fresh = True
            continue
        tag = _TAG.fullmatch(columns[-1])
        if tag is None or len(columns) < 2:
            raise FormatInvalid(f"Line {at}: {line[:60]!r} is no token with a tag of B-, I- or O.")
        if fresh:
            texts.append("")
            spans.append([])
            fresh = inside = False
        start = len(texts[-1]) + 1 if texts[-1] else 0
        texts[-1] = f"{texts[-1]} {columns[0]}" if texts[-1] else columns[0]
        begins, label = tag.groups()
        goes_on = begins == "I" and inside and spans[-1][-1]["label"] == label
        if goes_on:
            spans[-1][-1]["end"] = len(texts[-1])
        elif label is not None:
            spans[-1].append({"label": label, "start": start, "end": len(texts[-1])})
        inside = label is not None
    labels = sorted({span["label"] for told in spans for span in told})
    if not labels:
        raise UsageError("Nothing in the file is tagged: there is nothing to ask.")
    asked = Spans("spans", "What is named where?", labels=labels, most=1_000, required=False)
    answers = [(ANNOTATOR, Answer(at, {"spans": told})) for at, told in enumerate(spans)]
    return Labelling(
        Questionnaire([asked], media=("text",)),
        tuple({"text": text} for text in texts),
        tuple(answers),
    )


def _tagged(text: str, spans: list[dict[str, Any]], item: int) -> str:
    tokens = list(_TOKEN.finditer(text))
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
