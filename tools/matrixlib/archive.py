# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Gets packages of any Debian release, apart from the host's own.

apt works in folders of our own, with a list of one archive: the one that this
machine gets its Debian packages from. Nothing is installed, and no root is needed.
"""

import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from . import CannotTry

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
INDEX = "$(CREATED_BY) $(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)"
CONFIGURATION = """\
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "/dev/null";
Dir::Cache "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "{machine}";
APT::Architectures {{ "{machine}"; }};
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
"""


def mirror() -> str:
    """Where this machine's apt gets Debian's packages."""
    said = output_of(["apt-get", "indextargets", "--format", INDEX], os.environ)
    found = re.search(r"^Packages Debian Debian main (\S+)$", said, re.M)
    if not found:
        raise CannotTry("this machine's apt knows no archive of Debian; see --mirror")
    return found[1]


class Archive:
    """The main archive of one release, seen from a folder."""

    def __init__(self, suite: str, machine: str, url: str, folder: Path) -> None:
        self.folder = folder
        configuration = folder / "apt.conf"
        for part in ("lists/partial", "archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        source = f"deb {signed}{url or mirror()} {suite} main\n"
        (folder / "sources.list").write_text(source)
        text = CONFIGURATION.format(folder=folder, machine=machine)
        configuration.write_text(text)
        self.environment = {**os.environ, "APT_CONFIG": f"{configuration}"}
        self.run("apt-get", "update")

    def run(self, *command: str) -> str:
        options = ["-q", "-y"] if command[0] == "apt-get" else []
        return output_of([*command, *options], self.environment, self.folder)

    def needed_by(self, package: str) -> list[str]:
        """The packages that a meta-package is there for."""
        said = self.run("apt-cache", "depends", "--important", package)
        return re.findall(r"^ +\|?Depends: (\S+)$", said, re.M)

    def download(self, *packages: str, depends: bool = False) -> list[Path]:
        """Package files; with all that they depend on, if that is asked for."""
        place = self.folder / "archives"
        for old in place.glob("*.deb"):
            old.unlink()
        if depends:
            self.run("apt-get", "install", "--download-only", *packages)
        else:
            output_of(["apt-get", "-q", "download", *packages], self.environment, place)
        return sorted(place.glob("*.deb"))


def output_of(
    command: list[str], environment: os._Environ | dict[str, str], where: Path = Path()
) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=where,
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise CannotTry(f"{command[0]} is not here") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
        why = said[0] if said else f"exit status {done.returncode}"
        raise CannotTry(f"{' '.join(command[:2])} fails: {why}")
    return done.stdout


def contents(package: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The files and links in a package, without its folders."""
    command = ["dpkg-deb", "--fsys-tarfile", package]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
            for member in tar:
                member.name = member.name.removeprefix("./")
                file = tar.extractfile(member) if member.isfile() else None
                if file or member.issym():
                    yield member, file.read() if file else b""
    if process.returncode:
        raise CannotTry(f"dpkg-deb cannot read {package.name}")
