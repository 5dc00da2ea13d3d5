"""Where the binary of this installation is."""

import os
import shutil
import sysconfig
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

NAME = "hf-token-check"


def find() -> str:
    """The binary that was installed with this module; one on PATH only if there is none."""
    places = list(_places())
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            return str(place)
    elsewhere = shutil.which(NAME)
    if elsewhere is None:
        looked = ", ".join(str(place) for place in places)
        raise FileNotFoundError(f"{NAME} is neither at {looked} nor on PATH: install the package {NAME} again")
    return elsewhere


def _places() -> Iterator[Path]:
    site = Path(__file__).absolute().parent.parent
    # `--target FOLDER` puts it here, and leaves a wrong path in the list of installed files.
    yield site / "bin" / NAME
    for distribution in Distribution.discover(name=NAME, path=[str(site)]):
        for file in distribution.files or ():
            if file.name == NAME:
                yield Path(os.path.abspath(str(distribution.locate_file(file))))
    yield Path(sysconfig.get_path("scripts")) / NAME
