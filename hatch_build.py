"""Compile the translations when linkmgr is built: git has the .po files alone."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Else each file would hold the time at which it was compiled, and no two wheels would be alike.
_NO_DATE = datetime(1980, 1, 1, tzinfo=UTC)


class CompileTranslations(BuildHookInterface[BuilderConfig]):
    """Put a .mo beside each .po of the package, for the wheel and for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile, and name the results: hatchling leaves out what git ignores."""
        root = Path(self.root)
        for source in sorted(root.glob("linkmgr/**/LC_MESSAGES/*.po")):
            compiled = compile_translations(source)
            build_data["artifacts"].append(f"/{compiled.relative_to(root).as_posix()}")


def compile_translations(source: Path) -> Path:
    """Write the .mo of a .po beside it, unless it is there, and return it.

    Several installations may do so at once, and programs may be reading it.
    """
    with source.open("rb") as opened:
        catalog = read_po(opened)
    catalog.creation_date = _NO_DATE
    content = BytesIO()
    write_mo(content, catalog)
    compiled = source.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != content.getvalue():
        new = source.with_name(f"{source.stem}.{token_hex(8)}.mo")  # git ignores it as any .mo
        try:
            new.write_bytes(content.getvalue())
            new.replace(compiled)
        finally:
            new.unlink(missing_ok=True)
    return compiled
