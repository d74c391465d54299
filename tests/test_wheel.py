"""The wheel: built from the sdist, installed away from the checkout, run from `/`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("maria_model", "maria_editor")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made as a release is made: sdist first, then the wheel from it."""
    output = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(output)]
    built = subprocess.run([*command, str(CHECKOUT)], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = output.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script folder of a fresh environment that holds the wheel alone.

    Its dependencies come from the environment that runs the tests; the checkout's own packages,
    installed editable there, must not.
    """
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    [site_packages] = environment.rglob("site-packages")
    command = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    install = [*command, "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    # A .pth file adds the folder, but runs none of the .pth files in it: no editable install.
    (site_packages / "dependencies.pth").write_text("\n".join(dependencies))
    return environment / "bin"


def run_from_root(*command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command from `/`, with nothing of the checkout or of the tests in its environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "QT_"))
    }
    environment["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.run(
        command, input=text, cwd="/", env=environment, capture_output=True, text=True, timeout=180
    )


def test_every_package_is_listed():
    configuration = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    listed = configuration["tool"]["setuptools"]["packages"]
    found = {
        ".".join(path.parent.relative_to(CHECKOUT).parts)
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*.py")
    }
    assert {name for name in listed if ".resources" not in name} == found


def test_the_wheel_holds_the_source_and_each_resource_once(wheel):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = set()
    for package in PACKAGES:
        expected |= {
            str(path.relative_to(CHECKOUT))
            for path in (CHECKOUT / package).rglob("*")
            if path.suffix == ".py" or path.name == "py.typed"
        }
    resources = CHECKOUT / "resources"
    for path in resources.rglob("*"):
        if path.is_file():
            relative = path.relative_to(resources)
            owner = "maria_model" if relative.parts[0] == "model" else "maria_editor"
            expected.add(f"{owner}/resources/{relative}")
    assert inside == expected


def test_the_installed_program_fills_a_blank_from_the_root(scripts):
    text = "She poured the [MASK] into a cup and drank it slowly.\n"
    done = run_from_root(str(scripts / "maria"), "fill", "-", "--json", text=text)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    [blank] = answer["blanks"]
    assert blank["fill"].isalpha()
    assert answer["text"] == text.replace("[MASK]", blank["fill"])


def test_the_installed_program_uses_its_own_files(scripts):
    script = (
        "import maria_editor, maria_model\n"
        "from maria_editor.resources import resource_path\n"
        "from maria_model.resources import embedded_model_path\n"
        "print(maria_editor.__file__, maria_model.__file__)\n"
        "print(resource_path('welcome.md'), embedded_model_path())\n"
        "assert resource_path('welcome.md').is_file()\n"
    )
    done = run_from_root(str(scripts / "python"), "-c", script)
    assert done.returncode == 0, done.stderr
    environment = str(scripts.parent)
    assert all(path.startswith(environment) for path in done.stdout.split()), done.stdout


def test_the_installed_commands_say_their_version(scripts):
    import maria_model

    done = run_from_root(str(scripts / "maria"), "--version")
    assert done.stdout == f"maria {maria_model.__version__}\n"
    assert (scripts / "maria-editor").exists()
