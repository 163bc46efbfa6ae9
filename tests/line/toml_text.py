"""Writes settings as TOML (the standard library only reads it)."""

import json


def to_toml(settings):
    """A dict as TOML text: values first, then tables, then lists of tables, at any depth. None is left out."""
    lines = []
    _write_table(lines, settings, [])
    return "\n".join(lines).strip() + "\n"


def merge(base, changes):
    """A copy of `base` with `changes` on top; tables merge, everything else replaces."""
    merged = dict(base)
    for key, value in (changes or {}).items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _write_table(lines, table, path):
    later = []
    for key, value in table.items():
        if value is None:
            continue
        if isinstance(value, dict) or _is_list_of_tables(value):
            later.append((key, value))
        else:
            lines.append(f"{key} = {_scalar(value)}")
    for key, value in later:
        name = ".".join([*path, key])
        for item in value if isinstance(value, list) else [value]:
            lines.append("")
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            _write_table(lines, item, [*path, key])


def _is_list_of_tables(value):
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)  # JSON strings are TOML basic strings
