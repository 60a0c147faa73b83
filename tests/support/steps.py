"""What a build ran and what came from the cache, read from BuildKit's own progress."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instruction of one stage, as BuildKit names it: `[runtime 3/5] COPY . .`."""

    stage: str
    number: int
    instruction: str
    cached: bool

    def uses(self, stages: set[str]) -> bool:
        return any(f"from={stage}," in self.instruction for stage in stages)


def steps_of(progress: str) -> list[Step]:
    """Return the steps that `--progress rawjson` tells of, FROM left out."""
    vertexes = {
        vertex["digest"]: vertex
        for line in progress.splitlines()
        if line.startswith("{")
        for vertex in json.loads(line).get("vertexes", [])
    }
    named = (
        (re.match(r"\[(\S+) +(\d+)/\d+\] (.*)", vertex["name"]), vertex)
        for vertex in vertexes.values()
    )
    return [
        Step(
            stage=match[1],
            number=int(match[2]),
            instruction=match[3],
            cached=bool(vertex.get("cached")),
        )
        for match, vertex in named
        if match and not match[3].startswith("FROM")
    ]
