"""The model browser's kernel half: models, their licences and their lineage.

panel               ModelBrowser: the widget
query               which models, and in which order
catalogue           all models, read once and followed
snapshot            a page of them, and the opened one, as plain values
licence_preview     what a purchase would be
lineage             where a model's versions come from
lineage_svg         the same as a picture
picture             the last state, for a saved notebook
"""
