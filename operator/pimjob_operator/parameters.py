"""Checks a job's parameters against its type's JSON Schema, before anything is started."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from pimjob_api.nesting import is_deeper

MAX_ERRORS = 5
DEEPEST = 32
"""Levels of parameters. What the checks are made with ends at 255."""


class SchemaError(Exception):
    """A PimJobType's schema is not a JSON Schema."""


def parameter_errors(schema: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    """Return what is wrong, one sentence each; empty if nothing is. At most MAX_ERRORS.

    They name no value: status, Events and logs have more readers than a spec.
    """
    try:
        # Offline: whoever may write a PimJobType must not make this process fetch URLs.
        validator = jsonschema_rs.Draft202012Validator(dict(schema), offline=True, mask="the value")
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise SchemaError(str(error)) from error
    if is_deeper(parameters, DEEPEST):
        return [f"parameters: nested deeper than {DEEPEST} levels"]
    errors = []
    for found in validator.iter_errors(dict(parameters)):
        where = ".".join(["parameters", *(str(part) for part in found.instance_path)])
        errors.append(f"{where}: {found.message}")
        if len(errors) == MAX_ERRORS:
            break
    return errors
