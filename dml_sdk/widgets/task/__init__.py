"""The task panel's kernel half: what a task's owner looks at, decides and signs.

    panel       TaskPanel: the widget
    acting      what can be done, or why not
    asking      what its page asks beside that, and what the owner decides
    stages      what became of each answer, as the chain tells it
    judging     what the answers come to, counted in a thread of its own
    looking     what one view of the page looks at: items, a confusion matrix, an annotator
    snapshot    the task as plain values
    words       answers in words
    picture     the last state, for a saved notebook

No rule of judging or paying is in here: figures are those of `dml_sdk.annotation`, amounts are the
chain's.
"""
