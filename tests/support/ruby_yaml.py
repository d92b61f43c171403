"""YAML as Ruby reads it, by the released Jekyll's rules, and a form to compare values in."""

import json
import math
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.safe_yaml_specs import SPECS

RUBY = Path(__file__).parent / "ruby"
GEM_YAML, GEM_JEKYLL = RUBY / "gem_yaml.rb", RUBY / "gem_jekyll.rb"

FORMS = """
require "json"
def form(value)
  case value
  when Hash then ["Hash", value.map { |key, own| [form(key), form(own)] }]
  when Array then ["Array", value.map { |own| form(own) }]
  when Float then ["Float", value.to_s]
  when Time then ["Time", value.getutc.strftime("%F %T"), value.utc_offset]
  else [value.class.to_s, value.to_s]
  end
end
puts JSON.generate(JSON.parse($stdin.read).map { |text|
  begin
    form(GemYaml.load(text))
  rescue StandardError
    nil
  end
})
"""


def gem_values(texts: Sequence[str]) -> list[Any]:
    """Return the forms of what the gem's rules in Ruby make of texts, `None` for an error."""
    command = ["ruby", "-r", str(GEM_YAML), "-e", FORMS]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, check=True, encoding="utf-8"
    )
    return [_rounded(value) for value in json.loads(done.stdout)]


def _rounded(value: Any) -> Any:
    """Write Ruby's floats as `form` does: Ruby's own `format` rounds other digits up."""
    match value:
        case ["Float", text] if text not in {"NaN", "Infinity", "-Infinity"}:
            return ["Float", f"{float(text):.9e}"]
        case list():
            return [_rounded(each) for each in value]
    return value


def form(value: Any) -> Any:  # noqa: PLR0911 - one per type
    """Return a value as class and text, whatever language it is of; times without their offset."""
    if isinstance(value, dict):
        return ["Hash", [[form(key), form(own)] for key, own in value.items()]]
    if isinstance(value, list):
        return ["Array", [form(own) for own in value]]
    if value is None:
        return ["NilClass", ""]
    if isinstance(value, bool):
        return ["TrueClass", "true"] if value else ["FalseClass", "false"]
    if isinstance(value, float):
        names = {math.inf: "Infinity", -math.inf: "-Infinity"}
        return ["Float", "NaN" if math.isnan(value) else names.get(value, f"{value:.9e}")]
    if isinstance(value, datetime):
        offset = value.utcoffset()
        seconds = int(offset.total_seconds()) if offset else 0
        return ["Time", value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), seconds]
    if isinstance(value, date):
        return ["Date", value.isoformat()]
    return ["Integer" if isinstance(value, int) else "String", str(value)]


def without_offsets(form: Any) -> Any:
    """Return a form of which times are moments: specs compare them so."""
    if not isinstance(form, list):
        return form
    return form[:2] if form[:1] == ["Time"] else [without_offsets(each) for each in form]


def require_gem_rules() -> None:
    """Let the gem's rules in Ruby judge only if they are those of its specs."""
    found = [without_offsets(each) for each in gem_values([spec.text for spec in SPECS])]
    wrong = [
        spec
        for spec, each in zip(SPECS, found, strict=True)
        if each != without_offsets(form(spec.value))
    ]
    if wrong:
        pytest.fail(f"{GEM_YAML.name} is not SafeYAML: {wrong}")
