"""Other tools' files, and what comes after labelling: frames and training sets.

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
