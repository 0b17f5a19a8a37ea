"""The round monitor's kernel half: a training, watched and steered.

monitor         RoundMonitor: the widget
display         what a training shows of itself where nobody made one
snapshot        the training as plain values
chart           accuracy and loss as a plotly figure
picture         the last state, for a saved notebook
picture_chart   the same curves as SVG
series          as many points of a curve as can be seen
"""
