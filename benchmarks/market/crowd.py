"""Everybody at once: who says what in the next block."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.market import governing, stories
from benchmarks.market.hostile import Hostile
from benchmarks.market.scene import Job, Outcome, Scene
from benchmarks.market.stories import Story

STORIES = 90  # that are told at a time
MEANT = 0.64  # of the calls in a block, as far as the stories have any


@dataclass(slots=True)
class Telling:
    """A story, and what became of its last call."""

    story: Story
    outcome: Outcome | None = None
    begun: bool = False

    def next(self) -> Job | None:
        """Its next call, or None while it waits.

        Raises:
            StopIteration: it has ended.
        """
        if not self.begun:
            self.begun = True
            return next(self.story)
        outcome, self.outcome = self.outcome, None
        return self.story.send(outcome)


class Crowd:
    """Those who mean what they do, and the others, in one block after the other."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.hostile = scene, Hostile(scene)
        tales = {**stories.TALES, **governing.TALES}
        self._tales, self._weights = list(tales), list(tales.values())
        self._tellings: list[Telling] = []
        self._speaking: list[tuple[Job, Telling | None]] = []

    def block(self, calls: int) -> list[Job]:
        """What is said in the next block."""
        self.scene.look_around()
        meant = round(calls * MEANT)
        self._speaking = []
        self.scene.random.shuffle(self._tellings)
        going: list[Telling] = []
        waiting = iter(self._tellings)
        while len(self._speaking) < meant:
            telling = next(waiting, None)
            if telling is None:
                if len(going) >= STORIES:
                    break
                telling = Telling(self._tale())
            try:
                job = telling.next()
            except StopIteration:
                continue
            going.append(telling)
            if job is not None:
                self._speaking.append((job, telling))
        self._tellings = [*going, *waiting]
        while len(self._speaking) < calls:
            self._speaking.append((self.hostile.job(), None))
        return [job for job, _ in self._speaking]

    def hear(self, outcomes: list[Outcome]) -> None:
        """Tells everybody what became of it."""
        for (job, telling), outcome in zip(self._speaking, outcomes, strict=True):
            self.hostile.heard(job, outcome)
            if telling is not None:
                telling.outcome = outcome

    def _tale(self) -> Story:
        (tale,) = self.scene.random.choices(self._tales, self._weights)
        return tale(self.scene)
