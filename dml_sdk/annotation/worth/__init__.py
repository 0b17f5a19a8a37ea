"""What answers are worth; nothing in here knows a chain.

evidence.py        all sheets of a task, arranged for judging
votes.py           who said which label, as arrays
dawid_skene.py     consensus and confusion matrices
certainty.py       how sure a consensus can be, by how far all agree
bounds.py          kappa, and what chance leaves open of a part
outsiders.py       who judges whether a pair copies, and how far they can be relied on
copying.py         who has answers from whom
chance.py          what chance brings about where answers are free
reliability.py     both together, and each annotator's standing
findings.py        who did not annotate at all
agreement.py       kappa and alpha
concord.py         the same of each question, whatever its answers are
overlap.py         intersection over union
likeness.py        how alike two answers are
policies.py        how sheets are judged; strategies and their mix
validation.py      a score for each sheet, and the consensus
review.py          the owner's own word on items and sheets
figures.py         agreement, annotators, confusion and disagreements, to look at
uncertainty.py     how unsure a model is
"""
