"""Data sets to start with: MNIST, scikit-learn's digits, or a file of your own.

A data set comes as a `Split`: the test part is left as it was published, the validation part is
carved out of the training part by a fixed seed. Values are scaled to 0–1; images keep their shape.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import require_path, require_whole, shown
from dml_sdk.errors import DatasetError, MissingExtra, UsageError
from dml_sdk.training.data import Dataset, Split

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
"""Of the file that Keras publishes; Keras checks the same digest."""
MNIST_VALIDATION, DIGITS_VALIDATION = 5_000, 300
VALIDATION_SEED = 0
DOWNLOAD_BLOCK = 1 << 18
DOWNLOAD_TIMEOUT_S = 30
_GET_IT_AGAIN = "Delete it, and it is downloaded again."
_CHECK_IT = "Check that it is the file you mean, and whole; np.savez(…) writes such files."

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all); all is 0 while it is not known."""


def mnist(
    path: str | os.PathLike[str] | None = None,
    *,
    validation: int = MNIST_VALIDATION,
    download: bool = True,
    progress: Progress | None = None,
) -> Split:
    """MNIST: 60,000 + 10,000 images of handwritten digits, 28 x 28 (LeCun et al. 1998).

    Looked for at `path`, else in the environment variable DML_MNIST, in Keras' cache, in this
    SDK's cache, and last downloaded from where Keras publishes it (11 MB, checked by SHA-256).

    Args:
        path: a file in Keras' format; nothing else is tried when given.
        validation: examples carved out of the 60,000; 0 keeps the FedAvg paper's setting.
        download: whether the network may be asked.
        progress: told as bytes arrive; a bar is drawn on a terminal when None.

    Raises:
        DatasetError: not found, not readable, or the download failed or was altered.
        UsageError: more validation examples than training examples.
    """
    found = _find_mnist(path, download, progress)
    arrays = _read_npz(found.file, _GET_IT_AGAIN if found.downloaded else _CHECK_IT)
    note = f"MNIST, {found.source}."
    return _split(found.file, arrays, validation=validation, name="mnist", note=note)


def digits(*, validation: int = DIGITS_VALIDATION, test: int = 360) -> Split:
    """scikit-learn's bundled digits: 1,797 images, 8 x 8 (Alpaydin and Kaynak 1998).

    Args:
        validation, test: how many to hold out.

    Raises:
        MissingExtra: scikit-learn is not installed.
        UsageError: nothing would be left to train on.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as e:
        raise MissingExtra("scikit-learn", "digits", "The digits data set") from e
    bundled = load_digits()
    everything = Dataset(bundled.images / 16.0, bundled.target, 10)
    rest, held_out = _carve(everything, test, "test")
    note = "scikit-learn's bundled digits, 8 x 8: smaller and easier than MNIST."
    return from_datasets("digits", rest, held_out, validation=validation, note=note)


def load(
    path: str | os.PathLike[str],
    *,
    validation: int = 0,
    name: str | None = None,
    note: str | None = None,
) -> Split:
    """A data set of your own, an .npz file as Keras writes them.

    Args:
        path: holds x_train [n, …], y_train [n], x_test [m, …], y_test [m]; 8-bit integers are
            taken as pixels and divided by 255, other numbers as they are.
        validation: examples carved out of the training part.
        name: the file's stem when None.
        note: the file's name when None.

    Raises:
        DatasetError: missing, truncated, or not in that format. Pickled objects are never read.
        UsageError: more validation examples than training examples.
    """
    file = require_path("path", path)
    return _split(
        file,
        _read_npz(file, _CHECK_IT),
        validation=validation,
        name=name or file.stem,
        note=note or f"Read from {file}.",
    )


def _split(
    file: Path, arrays: dict[str, npt.NDArray[Any]], *, validation: int, name: str, note: str
) -> Split:
    """The split of an .npz file's arrays."""
    try:
        train = Dataset(_scaled(arrays["x_train"]), arrays["y_train"])
        test = Dataset(_scaled(arrays["x_test"]), arrays["y_test"])
        if train.x.shape[1:] != test.x.shape[1:]:
            raise DatasetError(f"x_train is {train.x.shape[1:]} and x_test {test.x.shape[1:]}.")
    except DatasetError as e:
        raise DatasetError(f"{file} is not in Keras' format: {e}") from e
    # A label may be missing from either part.
    classes = max(train.classes, test.classes)
    train, test = Dataset(train.x, train.y, classes), Dataset(test.x, test.y, classes)
    return from_datasets(name, train, test, validation=validation, note=note)


def from_datasets(
    name: str, train: Dataset, test: Dataset, *, validation: int = 0, note: str = ""
) -> Split:
    """A split of data in memory; validation examples are carved out of `train`.

    Raises:
        UsageError: more validation examples than training examples.
    """
    train, held_out = _carve(train, validation, "validation")
    return Split(name, train, held_out, test, note)


def first_available(
    path: str | os.PathLike[str] | None = None,
    *,
    validation: int | None = None,
    progress: Progress | None = None,
) -> Split:
    """MNIST where it can be had, else digits; `Split.name` and `Split.note` say which and why.

    Args:
        path: a file in Keras' format; when given, digits do not stand in for it.
        validation: examples to hold out; each data set's usual number when None.

    Raises:
        DatasetError: `path` cannot be read.
        MissingExtra: neither MNIST nor scikit-learn is at hand.
    """
    carved = MNIST_VALIDATION if validation is None else validation
    if path is not None:
        return mnist(path, validation=carved, progress=progress)
    try:
        return mnist(validation=carved, progress=progress)
    except DatasetError as e:
        small = digits(validation=DIGITS_VALIDATION if validation is None else validation)
        note = f"{small.note} They stand in for MNIST: {e}"
        return Split(small.name, small.train, small.validation, small.test, note)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where MNIST is.

    Attributes:
        source: the same in words.
        downloaded: whether this SDK put it there.
    """

    file: Path
    source: str
    downloaded: bool = False


def _find_mnist(
    path: str | os.PathLike[str] | None, download: bool, progress: Progress | None
) -> _Found:
    if path is not None:
        return _Found(require_path("path", path), f"read from {path}")
    if named := os.environ.get("DML_MNIST"):
        return _Found(require_path("DML_MNIST", named), f"read from {named} (DML_MNIST)")
    keras_home = os.environ.get("KERAS_HOME")
    keras = (Path(keras_home) if keras_home else Path.home() / ".keras") / "datasets/mnist.npz"
    if keras.is_file():
        return _Found(keras, f"read from Keras' cache, {keras}")
    import platformdirs

    own = platformdirs.user_cache_path("dml-sdk") / "mnist.npz"
    if own.is_file():
        return _Found(own, f"read from {own}", downloaded=True)
    if not download:
        raise DatasetError(
            f"MNIST is not on this machine (looked at DML_MNIST, {keras}, {own}). "
            "Set DML_MNIST to an mnist.npz, or allow the download."
        )
    fetch(MNIST_URL, own, MNIST_SHA256, progress)
    return _Found(own, f"downloaded to {own}", downloaded=True)


def fetch(url: str, target: Path, sha256: str, progress: Progress | None = None) -> None:
    """Download a file; it appears under its name only when complete and of that SHA-256.

    Raises:
        DatasetError: no answer, or other bytes than promised.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(url, timeout=DOWNLOAD_TIMEOUT_S) as answer,  # noqa: S310 - hash checked
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as beside,
        ):
            size = int(answer.headers.get("Content-Length") or 0)
            partial = Path(beside) / target.name
            digest = _copy(answer, partial, size, progress)
            if digest != sha256:
                raise DatasetError(
                    f"{url} gave a file of SHA-256 {digest}, {sha256} was expected; it was "
                    "thrown away. Try again, or fetch it another way and set DML_MNIST to it."
                )
            partial.replace(target)
    except (OSError, ValueError) as e:
        raise DatasetError(
            f"{url} could not be downloaded: {e}. "
            "Try again with a network, or set DML_MNIST to an mnist.npz that you have."
        ) from e


def _copy(answer: Any, partial: Path, size: int, progress: Progress | None) -> str:
    from rich.progress import Progress as Bar

    digest, done = hashlib.sha256(), 0
    # rich draws on terminals and notebooks and stays silent elsewhere.
    with partial.open("wb") as file, Bar(disable=progress is not None, transient=True) as bar:
        task = bar.add_task("downloading", total=size or None)
        while block := answer.read(DOWNLOAD_BLOCK):
            file.write(block)
            digest.update(block)
            done += len(block)
            bar.update(task, completed=done)
            if progress is not None:
                progress(done, size)
    return digest.hexdigest()


def _read_npz(file: Path, advice: str) -> dict[str, npt.NDArray[Any]]:
    wanted = ("x_train", "y_train", "x_test", "y_test")
    try:
        # NumPy leaves a file open that it cannot read, unless the file is somebody else's.
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
            return {key: archive[key] for key in wanted}
    except FileNotFoundError as e:
        raise DatasetError(f"{file} does not exist; check the path, or set DML_MNIST.") from e
    except KeyError as e:
        raise DatasetError(
            f"{file} is not in Keras' format: {e}. It needs the arrays {', '.join(wanted)}."
        ) from e
    # A truncated member surfaces as any of these, depending on where it was cut. An .npy file
    # loads as a bare array, which is no context manager: TypeError or AttributeError.
    except (OSError, ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as e:
        raise DatasetError(f"{file} cannot be read as an .npz file: {e}. {advice}") from e


def _scaled(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if x.dtype != np.uint8:
        return x
    scaled = x.astype(np.float32)
    scaled /= np.float32(255)
    return scaled


def _carve(data: Dataset, examples: int, purpose: str) -> tuple[Dataset, Dataset]:
    """(what stays, what is held out), both in their original order."""
    examples = require_whole(purpose, examples)
    if examples >= len(data) > 0:
        raise UsageError(
            f"{purpose}={shown(examples)} leaves nothing of {len(data):,} examples to train on."
        )
    if examples == 0:
        return data, data.take(slice(0, 0))
    held_out = np.zeros(len(data), bool)
    chosen = np.random.default_rng(VALIDATION_SEED).permutation(len(data))[:examples]
    held_out[chosen] = True
    return data.take(np.flatnonzero(~held_out)), data.take(np.flatnonzero(held_out))
