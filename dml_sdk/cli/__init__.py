"""The `dml-sdk` command.

demo        the story of one model, headless: `demo.py`
node        a chain that others reach: `node.py`; or, instead of serving one, `replay.py` audits a
            network and `carry.py` writes a chain to a file or reads one
account     encrypted keystores: `account.py`
annotate    annotation tasks from a terminal: `annotate.py`, `answering.py`
chain-spec  the same chain for a network's node: `chain_spec.py`
doctor      what works on this machine: `doctor.py`

`main.py` reads the words, `interruption.py` hears Ctrl-C and SIGTERM.
"""

from dml_sdk.cli.main import main

__all__ = ["main"]
