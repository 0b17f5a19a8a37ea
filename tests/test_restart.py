"""A kernel that ends or is killed: chain, files and versions are found again, training goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import dml_sdk as dml
from dml_sdk.errors import ChainInUse, TrainingRunning

ROOT = Path(__file__).resolve().parent.parent


def options(split, **changed):
    return {
        **dict(test=split.test, rounds=2, clients_per_round=4, learning_rate=0.2,
               engine="numpy", seed=7),
        **changed,
    }  # fmt: skip


def test_a_model_goes_on_being_trained_after_a_restart(tmp_path, split, network):
    clients = split.partition(8, seed=1)
    with dml.connect(path=tmp_path) as session:
        model = session.models.upload(
            network, name="kept", licence="MIT", pool=dml.PoolTerms(amount=100)
        )
        model.train(clients, **options(split)).wait(60)
        guid, digest, buckets = model.guid, model.latest.sha256, model.pool.buckets
    with dml.connect(path=tmp_path) as session:
        model = session.models.get(guid)
        assert (model.latest.index, model.latest.sha256) == (2, digest)
        assert model.pool.buckets == buckets
        training = model.train(clients, **options(split)).wait(60)
        assert [r.version for r in training.rounds] == [3, 4]
        assert session.conserved().ok


def test_two_sessions_do_not_write_one_chain(tmp_path):
    with dml.connect(path=tmp_path), pytest.raises(ChainInUse):
        dml.connect(path=tmp_path)
    dml.connect(path=tmp_path).close()


def test_a_kernel_killed_in_mid_round_loses_nothing_and_its_open_round_can_be_aborted(
    tmp_path, split
):
    script = f"""
        import sys, time
        sys.path.insert(0, {str(ROOT / "tests")!r})
        import dml_sdk as dml
        from conftest import blobs
        from dml_sdk.training.data import Split
        split = Split("blobs", blobs(400, 2), blobs(100, 3), blobs(200, 4))
        session = dml.connect(path={str(tmp_path)!r})
        model = session.models.upload(dml.networks.softmax(8, 4), name="killed", licence="MIT",
                                      pool=dml.PoolTerms(amount=100))
        def load(data):
            if model.latest.index == 1:
                print(1, model.id, flush=True)
                time.sleep(1e6)
            return data
        late = [dml.Client(c.name, lambda d=c.data: load(d)) for c in split.partition(8, seed=1)]
        model.train(late, test=split.test, validation=split.validation, rounds=50,
                    clients_per_round=4, learning_rate=0.2, engine="numpy", seed=7).wait()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    done, model_id = map(int, process.stdout.readline().split())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    clients = split.partition(8, seed=1)
    with dml.connect(path=tmp_path) as session:
        model = session.models.get(model_id)
        assert model.latest.index >= done
        model.weights()
        with pytest.raises(TrainingRunning, match="abort_round"):
            model.train(clients, **options(split))
        model.abort_round("the kernel was killed")
        assert model.train(clients, **options(split)).wait(60).state == "finished"
        assert session.conserved().ok
