"""Other tools' files, and what comes after labelling: frames and training sets. `dml.formats`.

    labelling.py      what all formats have in common: items, and what was answered
    label_studio.py   Label Studio's JSON, all kinds of questions
    coco.py           COCO: boxes and outlines in images
    doccano.py        doccano's JSON lines: spans and classes of texts
    conll.py          CoNLL's columns: spans as BIO tags
    frames.py         pandas and Hugging Face datasets
    training.py       consensus as a data set that a model trains on

What is imported is untrusted: it is checked against its questionnaire as any answer is. Nothing is
dropped in silence: what a format cannot express is refused by name.
"""

from __future__ import annotations

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.formats.coco import from_coco, to_coco
from dml_sdk.annotation.formats.conll import from_conll, to_conll
from dml_sdk.annotation.formats.doccano import from_doccano, to_doccano
from dml_sdk.annotation.formats.frames import from_hugging_face, to_hugging_face, to_pandas
from dml_sdk.annotation.formats.label_studio import from_label_studio, to_label_studio
from dml_sdk.annotation.formats.labelling import Labelling

__all__ = [
    "Answer",
    "Labelling",
    "from_coco",
    "from_conll",
    "from_doccano",
    "from_hugging_face",
    "from_label_studio",
    "to_coco",
    "to_conll",
    "to_doccano",
    "to_hugging_face",
    "to_label_studio",
    "to_pandas",
]
