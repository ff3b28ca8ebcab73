# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Whether there are browsers here, for what drives real ones."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DRIVER = ROOT / "build/browser/node_modules/playwright-core/package.json"


def obstacle() -> str:
    """What is missing, and what to do about it; or nothing."""
    lacking = [name for name in ("node", "chromium") if not shutil.which(name)]
    if not DRIVER.exists():
        lacking.append("playwright-core")
    if not lacking:
        return ""
    return f"{', '.join(lacking)} not found; `tools/setup --browser` installs it"
