"""The `dml-sdk` command.

demo     the story of one model, headless: `demo.py`
doctor   what works on this machine: `doctor.py`

`main.py` reads the words, `interruption.py` hears Ctrl-C and SIGTERM.
"""

from dml_sdk.cli.main import main

__all__ = ["main"]
