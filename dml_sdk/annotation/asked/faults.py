"""What pydantic found wrong in a document, in this SDK's words: each fault by its path."""

from __future__ import annotations

from pydantic import ValidationError

from dml_sdk.errors import QuestionnaireInvalid

ADVICE = "Correct these places; Questionnaire.json_schema() is the whole schema."
WHAT = "The questionnaire breaks the schema"
_CHOSEN_BY = 2  # the place in a path where pydantic names the kind of a question
_UNIONS = ("value", "equals")


def invalid(error: ValidationError) -> QuestionnaireInvalid:
    """The error to raise instead."""
    told: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        told.setdefault(_path(fault["loc"]), fault["msg"].removeprefix("Value error, "))
    # Of a list of which an element is wrong, pydantic counts the sound ones, and finds too few.
    inner = [path for path in told if "[" in path]
    faults = [
        (path, why)
        for path, why in told.items()
        if not ("after validation" in why and any(i.startswith(f"{path}[") for i in inner))
    ]
    return QuestionnaireInvalid(WHAT, faults, ADVICE)


def _path(steps: tuple[int | str, ...]) -> str:
    told = ""
    for place, step in enumerate(steps):
        if isinstance(step, int):
            told += f"[{step}]"
            continue
        if steps[0] == "questions" and place == _CHOSEN_BY:
            continue
        told += f".{step}" if told else step
        if step in _UNIONS:  # what follows names the types that were tried
            return told + "".join(f"[{s}]" for s in steps[place + 1 :] if isinstance(s, int))
    return told or "$"
