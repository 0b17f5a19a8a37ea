"""The stake panel's kernel half: a pool, and one's part in it.

panel           StakePanel: the widget
snapshot        the pool as plain values
pool_history    what went in and out, block after block
picture         the last state, for a saved notebook
"""
