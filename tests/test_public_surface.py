"""What `import dml_sdk` gives, and what it must not do."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import dml_sdk as dml


def test_the_public_names_are_exactly_these():
    assert dml.__all__ == [
        "Account", "ActiveLearning", "AnnotationTask", "Boxes", "Choice", "Choices", "Client",
        "Collective", "CollectiveTerms", "Dataset", "Licence", "LicenceTerms", "Model", "Number",
        "Points", "Polygons", "Pool", "PoolTerms", "Preference", "Proposal", "Questionnaire",
        "Ranking", "ReferendumTerms", "Regions", "Scale", "Session", "Spans", "StakingTerms",
        "Text", "Training", "Update", "actions", "connect", "datasets", "errors", "formats",
        "networks", "order_by_uncertainty", "types", "validation",
    ]  # fmt: skip


def test_every_public_name_can_be_used_and_completed():
    for name in dml.__all__:
        assert getattr(dml, name) is not None
        assert name in dir(dml)


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones():
    with pytest.raises(AttributeError, match="connect"):
        dml.conect  # noqa: B018


def test_importing_loads_nothing_heavy_and_touches_neither_network_nor_disk():
    script = """
        import sys, os
        opened = []
        def watch(event, args):
            if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
                opened.append(args[0])
            if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
                opened.append(event)
        sys.dont_write_bytecode = True
        sys.addaudithook(watch)
        import dml_sdk
        heavy = {"tensorflow", "tensorflow_federated", "numpy", "wasmtime", "substrateinterface",
                 "sklearn", "plotly", "ipywidgets", "anywidget", "IPython", "rich"}
        print(sorted(heavy & set(sys.modules)), opened)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] []"
