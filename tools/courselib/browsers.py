# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Whether there are browsers here, and how tests with them are started."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from courselib import anywhere, patience

ROOT = Path(__file__).resolve().parent.parent.parent
DRIVER = ROOT / "build/browser/node_modules/playwright-core/package.json"
SANDBOX = ROOT / "build/common/sandbox"
SERVER = ROOT / "build/swiftcall/swiftcall"
RUNNER = ROOT / "lab07-webrtc/browser/run.mjs"
HOSTS = "alice,bob,carol"
CANNOT_RUN = 77


def obstacle() -> str:
    """What is missing, and what to do about it; or nothing."""
    lacking = [name for name in ("node", "chromium") if not shutil.which(name)]
    if not DRIVER.exists():
        lacking.append("playwright-core")
    if not lacking:
        return ""
    return f"{', '.join(lacking)} not found; `tools/setup --browser` installs it"


def lacking_clients(what: str) -> str:
    """Clients that are not here, by Debian's names or npm/ and npm's.

    what: --list: all of them; --check: those that tools/setup could have installed.
    """
    ask = [ROOT / "tools/setup", what, "--json", "--clients"]
    said = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False).stdout
    rows = [row for row in json.loads(said) if row["for"] == "clients"]
    lacking = [row["package"] for row in rows if not row["present"]]
    return " ".join(re.sub(r"^(npm/.+)@.*", r"\1", name) for name in lacking)


def run_tests(script: str, folder: Path, doc: str) -> int:
    """Run a folder's tests in the sandbox; script: how the user calls this.

    It returns only if they cannot run.
    """
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(doc)
        return 0
    if why := _obstacle_to_tests(script):
        print(f"  - {Path(script).name}: skipped, {why}")
        return CANNOT_RUN
    os.chdir(ROOT)
    os.environ[patience.VARIABLE] = f"{patience.factor():g}"
    os.environ["SWIFTCALL_LACKS"] = lacking_clients("--list")
    if os.environ.get("CI"):
        os.environ["SWIFTCALL_NEEDS"] = lacking_clients("--check")
    command = [SANDBOX, "--hosts", HOSTS, "--", "node", RUNNER, folder]
    os.execv(SANDBOX, [str(word) for word in [*command, *sys.argv[1:]]])


def _obstacle_to_tests(script: str) -> str:
    if os.geteuid():
        return f"needs root: {anywhere.as_root(script)}"
    if not SANDBOX.exists() or not SERVER.exists():
        return "the server is not built: try `make`"
    return obstacle()
