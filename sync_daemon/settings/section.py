"""What every table of the configuration has in common: strictness, paths beside the file, errors in our words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


class Section(BaseModel):
    """A table of the configuration: strict, and without the values in what is said of errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Refused(ValueError):
    """A value that cannot be, raised while it is validated: what is wrong with it, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Folders:
    """What paths are relative to: the folder of the TOML file, and that of the secrets, if there is one."""

    configuration: Path
    secrets: Path | None = None


def beside_the_file(path: Path, info: ValidationInfo[Folders | None]) -> Path:
    """The path as it is meant: relative to the folder of the TOML file."""
    return path if info.context is None else info.context.configuration / path


FilePath = Annotated[Path, AfterValidator(beside_the_file)]
"""A path as the TOML file has it, relative to that file's folder."""
