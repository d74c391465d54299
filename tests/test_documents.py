"""What the documents say is so: files, links, commands, the quick start."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

import maria_model
from maria_model.command_line.program import build_parser

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text()
DOCUMENTS = [
    *CHECKOUT.glob("*.md"),
    *CHECKOUT.glob("docs/**/*.md"),
    CHECKOUT / "packaging" / "README.md",
]
# Indented lines, with what comes before a pipe and what explains them cut off.
COMMANDS = sorted(
    {
        command
        for document in ("README.md", "docs/user/guide.md")
        for command in re.findall(
            r"^ {4}(?:\$ )?(?:.*\| )?(maria(?: [^\s<]+)+)",
            (CHECKOUT / document).read_text(),
            re.MULTILINE,
        )
    }
)


def test_every_line_of_the_readmes_tree_names_something_that_is_there():
    tree = README.split("## What is where")[1].split("##")[0]
    folder = CHECKOUT
    lines = re.findall(r"^ {4}( *)(\S+) {2,}\S", tree, flags=re.MULTILINE)
    assert len(lines) > 10
    for indent, name in lines:
        parent = folder if indent else CHECKOUT
        assert (parent / name).exists(), f"{parent / name} is in the README's tree only"
        if not indent:
            folder = CHECKOUT / name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    missing = [
        link
        for link in links
        if not link.startswith("https://") and not (document.parent / link).exists()
    ]
    assert not missing


def test_every_make_target_that_is_named_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^ {4})make ([a-z-]+)", document.read_text(), re.MULTILINE)
    }
    assert {"run", "test"} <= named <= targets


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command):
    build_parser().parse_args(shlex.split(command)[1:])


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 8


def test_the_quick_start_runs():
    [code] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    text, *blanks = printed.getvalue().splitlines()
    assert re.fullmatch(r"She poured the \w+ into a cup\.", text)
    assert len(blanks) == 1


def test_every_decision_is_listed():
    index = (CHECKOUT / "docs" / "adr" / "README.md").read_text()
    pages = {path.name for path in (CHECKOUT / "docs" / "adr").glob("0*.md")}
    assert set(re.findall(r"\]\((0\d+[^)]*)\)", index)) == pages


def test_one_version():
    citation = (CHECKOUT / "CITATION.cff").read_text()
    assert f"\nversion: {maria_model.__version__}\n" in citation
