"""The vote panel's kernel half: what a collective votes on, and voted on.

panel           VotePanel: the widget
reading         the votes, read anew at each block
records         the chain's proposals, kept while they do not change
texts           what proposers wrote, from the store
history         what happened to each proposal
snapshot        a proposal as plain values: how it stands
details         what it would set
metrics         what is known of the versions that it is about
proposing       forms for the actions
refusals        why something cannot be done now
picture         the last state, for a saved notebook
"""
