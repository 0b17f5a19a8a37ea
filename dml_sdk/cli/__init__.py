"""The `dml-sdk` command.

demo     the story of one model, headless: `demo.py`
doctor   what works on this machine: `doctor.py`
"""

from dml_sdk.cli.main import main

__all__ = ["main"]
