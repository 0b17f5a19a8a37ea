"""The questionnaire panel's kernel half: what an annotator works at, item after item.

    panel       QuestionnairePanel: the widget
    hearing     what its page asks of the desk, in order and once
    delivery    what items show, sent to the page ahead of time, in pieces
    plain       desk and items as plain values
    picture     the last state, for a saved notebook

No rule of answering is in here: those are the desk's, in `dml_sdk.annotation.desk`.
"""
