"""Asking people about data: what is asked, what they say, and what that is worth.

What a user holds:

    asking.py          a model, to who wants its data annotated: annotation_task, train_on
    tasks.py task.py   the tasks of a chain; one of them
    looking.py         a task, to who looks at its answers: sheets, judge, figures, a data set
    overseeing.py      a task, to who opened it: score, report, pay, end
    earning.py         a task, to who answers it: awards, dispute, accept
    batch.py desk.py   some items on lease; an annotator's place of work
    active.py          which items to ask about next, and what the model makes of the answers

How a task is opened, answered and judged on the chain:

    opening.py unopened.py terms.py    its documents are stored, its terms go to the chain
    leasing.py company.py              who gets which batch
    worksheet.py drafts.py keeping.py  what is answered so far, and kept on this machine
    handing_in.py revealing.py         commit first, show when nobody can copy any more
    collecting.py judging.py           what was revealed, read and judged; the report
    explaining.py reviewing.py         why a score is what it is; the owner's own word on answers
    gold.py policy_document.py         what only the owner knows, and what everybody may
    documents.py contents.py           what a task refers to, checked
    earnings.py results.py holding_out.py exports.py    what came of it

What is asked and said; nothing below here knows a chain:

    questionnaire.py   the document: media, questions, conditions; its schema and version
    questions.py       the kinds of questions
    values.py          whether a value answers a question
    answers.py         sheets: what somebody says of a batch, checked
    faults.py          what is wrong in a questionnaire, by path
    media.py           items and their manifest in the store
    sniffing.py        what bytes are, whatever they are called
    png.py             arrays as images, and back

What that is worth:

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
    review.py          the owner's own word on items and sheets
    concord.py         how far annotators agree on each question, and what that means
    figures.py         the same with annotators, confusion and disagreements, to look at
    uncertainty.py     how unsure a model is
    formats/           other tools' files, pandas, and data sets for training
"""
