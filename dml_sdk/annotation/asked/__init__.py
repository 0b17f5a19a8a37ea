"""What is asked of people, and what they say; nothing in here knows a chain.

questionnaire.py   the document: media, questions, conditions; its schema and version
questions.py       the kinds of questions
values.py          whether a value answers a question
answers.py         sheets: what somebody says of a batch, checked
faults.py          what is wrong in a questionnaire, by path
media.py           items and their manifest in the store
sniffing.py        what bytes are, whatever they are called
recordings.py      how long a recording is
looks.py           what a text looks like to whoever reads it
reading.py         JSON of strangers
png.py             arrays as images, and back
"""
