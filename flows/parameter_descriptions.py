"""Descriptions of a flow's parameters, for the form in Prefect's UI."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic.fields import FieldInfo

F = TypeVar("F", bound=Callable[..., Any])


def describe_parameters(function: F) -> F:
    """Let Prefect show what ``Field(description=...)`` says of each parameter.

    Prefect takes bounds from annotations, but descriptions from the docstring's section ``Args``
    alone: this writes that section, so that a description stands once, beside its bounds.

    Args:
        function: a function that is about to become a flow.

    Returns:
        The same function with a longer docstring.
    """
    parameters = inspect.signature(function, eval_str=True).parameters
    fields = {name: FieldInfo.from_annotation(p.annotation) for name, p in parameters.items()}
    lines = [f"    {name}: {field.description}" for name, field in fields.items()]
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *lines])
    return function
