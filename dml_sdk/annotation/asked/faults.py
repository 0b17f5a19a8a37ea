"""What pydantic found wrong in a document, in this SDK's words: each fault by its path."""

from __future__ import annotations

from pydantic import ValidationError

from dml_sdk.arguments import shown
from dml_sdk.errors import QuestionnaireInvalid

ADVICE = "Correct these places; Questionnaire.json_schema() is the whole schema."
WHAT = "The questionnaire breaks the schema"
_CHOSEN_BY = 2  # the place in a path where pydantic names the kind of a question
_UNIONS = ("value", "equals")
_NAMES = {
    "id": "questionId", "text": "questionText", "points": "answerPoints", "help": "helpText",
    "least_label": "leastLabel", "most_label": "mostLabel",
}  # fmt: skip
_OBJECTS = {
    "Option": 'give an option: text, a whole number, or {"value": …, "label": …}',
    "Condition": 'give {"question": …, "equals": […]}',
    "Questionnaire": "a questionnaire is an object",
}


def invalid(error: ValidationError) -> QuestionnaireInvalid:
    """The error to raise instead."""
    told: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        path, why = _path(fault["loc"]), fault["msg"].removeprefix("Value error, ")
        context = fault.get("ctx", {})
        match fault["type"]:
            case "union_tag_not_found":
                path, why = f"{path}.answerType", "it is missing"
            case "union_tag_invalid":
                path = f"{path}.answerType"
                why = f"{shown(context['tag'])} is none of {context['expected_tags']}"
            case "model_type" | "model_attributes_type" | "dataclass_type":
                name = str(context.get("class_name", ""))
                why = _OBJECTS.get(name, "give a question, such as dml.Choice(…)")
            case "tuple_type":
                why = 'give a list, such as ["image"]' if path == "media" else "give a list"
            case "int_type" if path.endswith(".value"):
                why = "give text or a whole number"
        told.setdefault(path, why)
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
        step = _NAMES.get(step, step)
        told += f".{step}" if told else step
        if step in _UNIONS:  # what follows names the types that were tried
            return told + "".join(f"[{s}]" for s in steps[place + 1 :] if isinstance(s, int))
    return told or "$"
