"""The kernel half of the widgets; the browser half is plain JavaScript and CSS.

What a user makes, each with what it reads, and a picture of it for a saved notebook:

    rounds/         RoundMonitor: watches a training and steers it
    stake/          StakePanel: a pool, one's part in it, and what can be done about it
    vote/           VotePanel: what a collective votes on and voted on, and how to take part
    model_browser/  ModelBrowser: models, their licences and their lineage, and how to buy
    questionnaire/  QuestionnairePanel: an annotator's items, one key from each to the next
    task/           TaskPanel: how an annotation task goes, and what its owner makes of the answers
    confirm_dialog  confirm: asks in the notebook before much is moved

What they are made of:

    panel           a widget that acts on the chain as an account; see docs/widgets.md
    actions         what its page may ask for, with what arguments
    preview         what an action would do and cost, asked of the chain
    refusal         what went wrong, in plain words
    asking          questions before much is moved, answered from the page
    worker          a panel's own thread
    live            alive while the kernel lives, a picture afterwards
    line            the comm that is answered while a cell runs
    throttle        how often updates leave the kernel
    browser         where the browser half is, and how its modules become one
    receipt         a receipt as plain values, and as JSON for the page to offer as a file
    update_records  a model's updates, what waits among them
    frame_html, wording, roles, identicon    what the pictures share

And a picture that has no widget: `learning_picture`, active learning beside random order.

Only the widgets themselves, `live`, `line`, `panel` and `rounds.chart` need the `notebook` extra;
they are imported when one is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dml_sdk.errors import MissingExtra
from dml_sdk.widgets.learning_picture import learning_html
from dml_sdk.widgets.rounds.display import display_training
from dml_sdk.widgets.rounds.picture import training_html

if TYPE_CHECKING:
    from dml_sdk.widgets.confirm_dialog import confirm
    from dml_sdk.widgets.model_browser.panel import ModelBrowser
    from dml_sdk.widgets.questionnaire.panel import QuestionnairePanel
    from dml_sdk.widgets.rounds.monitor import RoundMonitor
    from dml_sdk.widgets.stake.panel import StakePanel
    from dml_sdk.widgets.task.panel import TaskPanel
    from dml_sdk.widgets.vote.panel import VotePanel

__all__ = [
    "ModelBrowser", "QuestionnairePanel", "RoundMonitor", "StakePanel", "TaskPanel", "VotePanel",
    "confirm",
    "display_training", "learning_html", "training_html",
]  # fmt: skip

# Where each is, and what it is called when it cannot be made.
_MADE_ON_DEMAND = {
    "ModelBrowser": ("model_browser.panel", "The model browser"),
    "QuestionnairePanel": ("questionnaire.panel", "The questionnaire panel"),
    "RoundMonitor": ("rounds.monitor", "The round monitor"),
    "StakePanel": ("stake.panel", "The stake panel"),
    "TaskPanel": ("task.panel", "The task panel"),
    "VotePanel": ("vote.panel", "The vote panel"),
    "confirm": ("confirm_dialog", "Asking in a notebook"),
}
# What is imported there, and the distribution that brings it.
_DISTRIBUTIONS = {
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "plotly": "plotly",
    "traitlets": "traitlets",
    "comm": "comm",
    "IPython": "ipython",
}


def __getattr__(name: str) -> Any:
    if name not in _MADE_ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, words = _MADE_ON_DEMAND[name]
    try:
        return getattr(import_module(f"dml_sdk.widgets.{module}"), name)
    except ModuleNotFoundError as e:
        missing = (e.name or "").partition(".")[0]
        if missing not in _DISTRIBUTIONS:
            raise
        raise MissingExtra(_DISTRIBUTIONS[missing], "notebook", words) from e


def __dir__() -> list[str]:
    return sorted(__all__)
