"""How a task runs: opened, leased, answered, revealed, judged; what came of it.

opening.py unopened.py terms.py    its documents are stored, its terms go to the chain
leasing.py company.py              who gets which batch
work.py worksheet.py drafts.py keeping.py    what is answered so far, and kept on this machine
handing_in.py revealing.py         commit first, show when nobody can copy any more
collecting.py judging.py           what was revealed, read and judged; the report
scoring.py review.py               what of that is scored, reported, or left open; the owner's word
reports.py                         the report on scores, found and read by who was judged
explaining.py tracing.py           why answers earn what they do; what the chain's history knows
gold.py policy_document.py         what only the owner knows, and what everybody may
documents.py contents.py           what a task refers to, checked
earnings.py results.py holding_out.py exports.py    what came of it
"""
