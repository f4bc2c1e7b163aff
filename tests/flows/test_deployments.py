"""Every deployment names a flow that loads, by module path."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text())[
    "deployments"
]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_an_entrypoint_is_a_flow_with_those_parameters(deployment: dict[str, Any]) -> None:
    module, _, name = deployment["entrypoint"].partition(":")
    assert "/" not in module, "path entrypoints shadow top-level packages"
    flow = getattr(importlib.import_module(module), name)
    assert isinstance(flow, Flow)
    known = flow.parameters.properties
    assert set(deployment["parameters"]) <= set(known)
    assert deployment["description"]
    assert deployment["concurrency_limit"]["limit"] == 1
    assert flow.timeout_seconds
    assert flow.on_failure_hooks
    assert flow.on_crashed_hooks
    assert all(schedule["timezone"] for schedule in deployment["schedules"])


def test_every_kind_of_run_can_be_deployed() -> None:
    assert {each["name"] for each in DEPLOYMENTS} == {
        "daily",
        "weekly-digest",
        "reclassify",
        "backfill",
    }
