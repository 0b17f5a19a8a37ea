from __future__ import annotations

import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dml_sdk.errors import DatasetError, UsageError
from dml_sdk.training import datasets


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    file = tmp_path / "tiny.npz"
    np.savez_compressed(
        file,
        x_train=rng.integers(0, 256, (60, 28, 28), np.uint8),
        y_train=np.arange(60, dtype=np.uint8) % 10,
        x_test=rng.integers(0, 256, (20, 28, 28), np.uint8),
        y_test=np.arange(20, dtype=np.uint8) % 10,
    )
    return file


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which MNIST is in none of the usual places."""
    monkeypatch.delenv("DML_MNIST", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def served(npz: Path) -> Iterator[str]:
    """The directory of `npz` over HTTP, on the loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = partial(Quiet, directory=npz.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_in_keras_format_becomes_a_split_scaled_to_one(npz: Path) -> None:
    split = datasets.load(npz, validation=10)
    assert (split.name, len(split.train), len(split.validation), len(split.test)) == (
        "tiny", 50, 10, 20,
    )  # fmt: skip
    assert split.train.x.shape == (50, 28, 28)
    assert split.train.x.dtype == np.float32
    assert 0 <= split.train.x.min() < split.train.x.max() == 1.0
    assert split.train.classes == 10


def test_validation_examples_are_taken_out_of_training_and_none_is_lost(npz: Path) -> None:
    whole = datasets.load(npz).train.x.reshape(60, -1)
    split = datasets.load(npz, validation=13)
    both = np.concatenate([split.train.x, split.validation.x]).reshape(60, -1)
    assert np.array_equal(np.unique(both, axis=0), np.unique(whole, axis=0))
    with pytest.raises(UsageError, match="leaves nothing"):
        datasets.load(npz, validation=60)
    with pytest.raises(UsageError, match="validation=-1"):
        datasets.load(npz, validation=-1)


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(npz: Path, kept: float) -> None:
    whole = npz.read_bytes()
    npz.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DatasetError, match=r"tiny\.npz"):
        datasets.load(npz)


def test_a_file_altered_within_is_refused(npz: Path) -> None:
    bytes_ = bytearray(npz.read_bytes())
    bytes_[2_000:2_100] = bytes(100)
    npz.write_bytes(bytes_)
    with pytest.raises(DatasetError, match=r"tiny\.npz"):
        datasets.load(npz)


def test_pickled_objects_are_never_read(tmp_path: Path) -> None:
    marker = tmp_path / "executed"

    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    file = tmp_path / "bomb.npz"
    bomb = np.array([Bomb()], dtype=object)
    np.savez(file, x_train=bomb, y_train=bomb, x_test=bomb, y_test=bomb)
    with pytest.raises(DatasetError):
        datasets.load(file)
    assert not marker.exists()


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((3, 2))},
        {"x_train": np.zeros((3, 2)), "y_train": np.zeros(3, int)},
        {"x_train": np.zeros((3, 2)), "y_train": np.zeros(4, int),
         "x_test": np.zeros((3, 2)), "y_test": np.zeros(3, int)},
        {"x_train": np.zeros((3, 2)), "y_train": np.zeros(3, int),
         "x_test": np.zeros((3, 5)), "y_test": np.zeros(3, int)},
        {"x_train": np.zeros((3, 2)), "y_train": np.array(["a", "b", "c"]),
         "x_test": np.zeros((3, 2)), "y_test": np.zeros(3, int)},
        {"x_train": np.array(1.0), "y_train": np.array(1),
         "x_test": np.array(1.0), "y_test": np.array(1)},
    ],
)  # fmt: skip
def test_a_file_with_other_arrays_is_refused(tmp_path: Path, arrays) -> None:
    file = tmp_path / "other.npz"
    np.savez(file, **arrays)
    with pytest.raises(DatasetError, match=r"Keras' format"):
        datasets.load(file)


def test_a_bare_npy_file_a_folder_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "bare.npy", np.zeros(3))
    for file in (tmp_path / "bare.npy", tmp_path, tmp_path / "missing.npz"):
        with pytest.raises(DatasetError):
            datasets.load(file)


def test_only_a_file_that_was_downloaded_is_to_be_deleted(
    tmp_path: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs

    mine = tmp_path / "mine.npz"
    mine.write_bytes(b"PK\x03\x04 cut short")
    for read in (datasets.load, datasets.mnist, datasets.first_available):
        with pytest.raises(DatasetError, match="Check that it is the file") as refused:
            read(mine)
        assert "Delete" not in str(refused.value)
    own = platformdirs.user_cache_path("dml-sdk") / "mnist.npz"
    assert own.is_relative_to(tmp_path)
    own.parent.mkdir(parents=True)
    own.write_bytes(mine.read_bytes())
    with pytest.raises(DatasetError, match="Delete it"):
        datasets.mnist(download=False)


def test_mnist_is_found_by_path_variable_and_keras_cache_in_that_order(
    npz: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = nowhere / "keras" / "datasets" / "mnist.npz"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(npz.read_bytes())
    assert "Keras' cache" in datasets.mnist(validation=5).note
    monkeypatch.setenv("DML_MNIST", str(npz))
    assert "DML_MNIST" in datasets.mnist(validation=5).note
    by_path = datasets.mnist(npz, validation=0)
    assert by_path.note == f"MNIST, read from {npz}."
    assert len(by_path.validation) == 0


def test_without_a_file_and_a_download_mnist_says_what_to_do(nowhere: Path) -> None:
    with pytest.raises(DatasetError, match="Set DML_MNIST"):
        datasets.mnist(download=False)


def test_a_download_is_verified_and_reported_as_it_arrives(
    npz: Path, served: str, tmp_path: Path
) -> None:
    reported: list[tuple[int, int]] = []
    digest = hashlib.sha256(npz.read_bytes()).hexdigest()
    target = tmp_path / "cache" / "mnist.npz"
    datasets.fetch(f"{served}/tiny.npz", target, digest, lambda *told: reported.append(told))
    assert target.read_bytes() == npz.read_bytes()
    assert reported[-1] == (npz.stat().st_size, npz.stat().st_size)


def test_a_download_of_other_bytes_leaves_nothing_behind(served: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "mnist.npz"
    with pytest.raises(DatasetError, match="SHA-256"):
        datasets.fetch(f"{served}/tiny.npz", target, datasets.MNIST_SHA256)
    assert list(target.parent.iterdir()) == []


def test_a_download_that_is_not_there_is_a_typed_error(served: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="404"):
        datasets.fetch(f"{served}/other.npz", tmp_path / "mnist.npz", datasets.MNIST_SHA256)


def test_digits_are_bundled_and_split_three_ways() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn, the extra 'digits', is not installed")
    split = datasets.digits()
    assert (len(split.train), len(split.validation), len(split.test)) == (1_137, 300, 360)
    assert split.train.x.shape[1:] == (8, 8)
    assert 0 <= split.train.x.min() < split.train.x.max() <= 1


def test_digits_stand_in_for_mnist_only_aloud(
    npz: Path, nowhere: Path, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn, the extra 'digits', is not installed")
    monkeypatch.setattr(datasets, "MNIST_URL", f"{served}/missing.npz")
    split = datasets.first_available()
    assert split.name == "digits"
    assert "stand in for MNIST" in split.note
    assert datasets.first_available(npz, validation=4).name == "mnist"
    with pytest.raises(DatasetError):
        datasets.first_available(nowhere / "missing.npz")
