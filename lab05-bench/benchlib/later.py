# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Scenarios that later labs have: packages in labNN-*/bench/, found by looking.

Such a package has

    SCENARIOS    as in scenarios.py
    FOR_PEERS    the names of those that peers take part in, with real-time rights
    SHOWN        as in progress.py
    findings()   as in findings.py
    about()      what belongs to bench.json
"""

import importlib
import sys
from types import ModuleType
from typing import Any

from . import ROOT, findings, progress, scenarios

loaded: list[ModuleType] = []


def load() -> None:
    """Find them, and put them beside the scenarios of this lab."""
    for package in sorted(ROOT.glob("lab*/bench/*/__init__.py")):
        sys.path.append(f"{package.parent.parent}")
        module = importlib.import_module(package.parent.name)
        scenarios.SCENARIOS.update(module.SCENARIOS)
        scenarios.FIFO_FOR_PEERS.update(module.FOR_PEERS)
        progress.SHOWN.update(module.SHOWN)
        findings.MORE.append(module.findings)
        loaded.append(module)


def about() -> dict[str, Any]:
    """What they say of what they measure with."""
    return {name: value for module in loaded for name, value in module.about().items()}
