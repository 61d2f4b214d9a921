"""CSV files as two export tools write them, made from a world (Sales Navigator fact sheet §2, §5).

`python -m resources.sandbox.exports FOLDER` writes the committed samples: seed 7, 2,000 people.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from resources.sandbox.apollo.directory import knows
from resources.sandbox.apollo.export import contacts
from resources.sandbox.evaboot import evaboot
from resources.sandbox.world import World

if TYPE_CHECKING:
    from resources.sandbox.world import Person


def chosen(world: World, *, rows: int = 120) -> tuple[list[Person], list[Person]]:
    """Choose the people of the Evaboot file and of the Apollo file.

    Half of each file is unknown to Apollo's search, and about half is in the other file, too.
    """
    listed = [person for person in world.people if knows(world, person)]
    unlisted = [person for person in world.people if not knows(world, person)]
    rng = world.rng("exports")
    half, quarter = rows // 2, rows // 4
    known = rng.sample(listed, min(len(listed), half + quarter))
    unknown = rng.sample(unlisted, min(len(unlisted), half + quarter))
    first = known[:half] + unknown[:half]
    second = known[quarter:] + unknown[quarter:]
    for people in (first, second):
        rng.shuffle(people)
    return first, second


def write(world: World, folder: Path, *, rows: int = 120) -> tuple[Path, Path]:
    """Write both files into a folder and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    first, second = chosen(world, rows=rows)
    paths = folder / "evaboot_search.csv", folder / "apollo_contacts_export.csv"
    for path, text in zip(paths, (evaboot(world, first), contacts(world, second)), strict=True):
        path.write_text(text, encoding="utf-8", newline="")
    return paths


if __name__ == "__main__":
    write(World(7, 2000), Path(sys.argv[1]))
