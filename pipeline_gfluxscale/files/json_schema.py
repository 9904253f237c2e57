"""Make the JSON schema (draft 2020-12) of a dataclass as `typed_json.encode` writes it."""

import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

from .docstrings import attributes_of, summary_of
from .json_entries import Entry, entries_of, function_of, is_open
from .typed_json import INFINITIES, MAPPINGS, SEQUENCES, SETS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NUMBER = {
    "description": "A number; null if there is none (NaN).",
    "anyOf": [{"type": ["number", "null"]}, {"enum": list(INFINITIES)}],
}
_BASIC = {str: "string", Path: "string", int: "integer", bool: "boolean", types.NoneType: "null"}

Schema = dict[str, Any]


def schema_of(kind: Any) -> Schema:
    """Return the schema of a dataclass, with descriptions from the docstrings.

    Parameters
    ----------
    kind : type
        A dataclass.

    Raises
    ------
    TypeError
        A field has a type that cannot be written as JSON.
    """
    schemas = _Schemas()
    schemas.of(kind)
    root = schemas.definitions.pop(kind.__name__)
    return {"$schema": DIALECT, **root, "$defs": dict(sorted(schemas.definitions.items()))}


@dataclass
class _Schemas:
    """Schemas of types; the schemas of dataclasses are definitions to which other schemas refer."""

    definitions: dict[str, Schema] = field(default_factory=dict)

    def of(self, kind: Any) -> Schema:
        if kind is Any:
            return {}
        if kind is float:
            return self._reference("number", _NUMBER)
        if kind in _BASIC:
            return {"type": _BASIC[kind]}
        return self._dataclass(kind) if is_dataclass(kind) else self._items(kind)

    def _items(self, kind: Any) -> Schema:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        if origin is tuple and arguments[-1] is not Ellipsis:
            return self._fixed(arguments)
        if origin in SEQUENCES or origin in SETS:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin in MAPPINGS:
            return self._mapping(arguments)
        raise TypeError(f"{kind} has no schema")

    def _fixed(self, kinds: Sequence[Any]) -> Schema:
        schemas = [self.of(kind) for kind in kinds]
        return {"type": "array", "prefixItems": schemas, "items": False, "minItems": len(schemas)}

    def _reference(self, name: str, definition: Schema) -> Schema:
        self.definitions[name] = definition
        return {"$ref": f"#/$defs/{name}"}

    def _dataclass(self, kind: Any) -> Schema:
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # so that a type may refer to itself
            entries = self._entries(kind)
            self.definitions[name] = {
                "title": name,
                "description": summary_of(kind),
                "type": "object",
                "properties": {entry.name: schema for entry, schema in entries},
                "required": [entry.name for entry, _ in entries if not entry.is_omitted],
                "additionalProperties": is_open(kind),
            }
        return {"$ref": f"#/$defs/{name}"}

    def _entries(self, kind: Any) -> list[tuple[Entry, Schema]]:
        described, entries = attributes_of(kind), []
        for entry in entries_of(kind):
            if entry.is_flat:
                is_optional = types.NoneType in typing.get_args(entry.kind)
                inner = self._entries(entry.dataclass)
                entries += [(item, _or_null(schema) if is_optional else schema) for item, schema in inner]
                continue
            text = described.get(entry.attribute, "")
            if entry.is_computed:
                text = summary_of(function_of(kind, entry.attribute))
            entries.append((entry, self.of(entry.kind) | ({"description": text} if text else {})))
        return entries

    def _union(self, kinds: tuple[Any, ...]) -> Schema:
        if float in kinds:  # its schema allows whole numbers and null
            kinds = tuple(kind for kind in kinds if kind not in (int, types.NoneType))
        schemas = [self.of(kind) for kind in kinds]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def _mapping(self, kinds: tuple[Any, ...]) -> Schema:
        values = self.of(kinds[1])
        if kinds[0] is str:
            return {"type": "object", "additionalProperties": values}
        if kinds[0] is int:
            names = {"pattern": "^(0|-?[1-9][0-9]*)$"}
            return {"type": "object", "propertyNames": names, "additionalProperties": values}
        # An empty mapping is written as an object, as the type of its keys is not known.
        pairs = {"type": "array", "items": self._fixed(kinds)}
        return {"anyOf": [pairs, {"type": "object", "maxProperties": 0}]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
