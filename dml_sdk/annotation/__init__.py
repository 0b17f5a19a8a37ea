"""Asking people about data: what is asked, what they say, and what that is worth.

    asking.py          a model, to who wants its data annotated: annotation_task, train_on
    tasks.py task.py   the tasks of a chain; one of them
    looking.py         a task, to who looks at its answers: sheets, judge, figures, a data set
    overseeing.py      a task, to who opened it: score, report, pay, end
    reviewing.py       a task, to an owner who decides on items and sheets, and takes files along
    earning.py         a task, to who answers it: awards, explain, dispute, accept
    batch.py desk.py   some items on lease; an annotator's place of work
    active.py          which items to ask about next, and what the model makes of the answers
    course/            how a task runs, on the chain and on people's machines
    asked/             questionnaires, answers, media
    worth/             evidence, reliability, policies, scores
    formats/           other tools' files, pandas, and data sets for training

asked/, worth/ and formats/ know neither chain nor store's whereabouts.
"""
