"""A place of work to test with."""

from __future__ import annotations

import pytest

from tests.annotation.tasks import CATS, desk_of, opened


@pytest.fixture
def desk(model, tmp_path):
    desk = desk_of(opened(model, questionnaire=CATS), "bob", drafts=tmp_path)
    desk.open()
    return desk
