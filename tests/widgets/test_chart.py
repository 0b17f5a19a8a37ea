"""The chart of a training's rounds."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

_WHILE_A_THREAD_IMPORTS_PANDAS = """
    import sys, threading, time
    import plotly.graph_objects
    plotly.graph_objects.FigureWidget()

    class Slowly:
        begun = threading.Event()

        def find_spec(self, name, path=None, target=None):
            if name == "pandas.core":
                self.begun.set()
                time.sleep(2)

    sys.meta_path.insert(0, Slowly())
    threading.Thread(target=__import__, args=("pandas",)).start()
    assert Slowly.begun.wait(60)
    assert not hasattr(sys.modules["pandas"], "Series")
    from dml_sdk.widgets.rounds.chart import RoundChart
    print(type(RoundChart(0.9).figure).__name__)
"""


def test_it_is_drawn_while_another_thread_is_still_importing_pandas():
    pytest.importorskip("pandas", reason="pandas is not installed here")
    script = textwrap.dedent(_WHILE_A_THREAD_IMPORTS_PANDAS)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "FigureWidget\n"), done.stderr
