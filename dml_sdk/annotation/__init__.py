"""Asking people about data: what is asked, what they say, and what that is worth.

    questionnaire.py   the document: media, questions, conditions; its schema and version
    questions.py       the kinds of questions
    values.py          whether a value answers a question
    answers.py         sheets: what somebody says of a batch, checked
    faults.py          what is wrong in a questionnaire, by path
    media.py           items and their manifest in the store
    sniffing.py        what bytes are, whatever they are called
    png.py             arrays as images
    evidence.py        all sheets of a task, arranged for judging
    votes.py           who said which label, as arrays
    dawid_skene.py     consensus and confusion matrices
    copying.py         who has answers from whom
    reliability.py     both together, and each annotator's standing
    findings.py        who did not annotate at all
    agreement.py       kappa and alpha
    overlap.py         intersection over union
    likeness.py        how alike two answers are
    policies.py        how sheets are judged; strategies and their mix
    validation.py      a score for each sheet, and the consensus
    formats/           other tools' files, pandas, and data sets for training

Nothing in here knows a chain.
"""
