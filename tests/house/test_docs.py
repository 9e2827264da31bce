"""What the docs name exists."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# Of the kubelet and the scheduler: they come through unchanged.
OF_KUBERNETES = {"ImagePullBackOff", "ErrImagePull", "Unschedulable", "CreateContainerConfigError",
                 "FailedMount", "FailedAttachVolume", "OOMKilled"}  # fmt: skip
SYMPTOM = re.compile(r"^\| ((?:`[A-Z][A-Za-z]+`(?: \(condition\))?(?:, )?)+) \|", re.MULTILINE)


def code() -> str:
    roots = ("crds/pimjob_api", "operator/pimjob_operator", "job_runner/pimjob_runner")
    files = (file for root in roots for file in (ROOT / root).rglob("*.py"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_reason_of_the_troubleshooting_is_one_of_the_code() -> None:
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    cells = SYMPTOM.findall(text)
    named = {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 25
    known = set(re.findall(r'"([A-Z][A-Za-z]+)"', code()))
    assert named - OF_KUBERNETES - known == set()


def test_every_link_inside_the_project_leads_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert broken == []


def test_what_a_restore_reads_is_what_a_backup_has_saved() -> None:
    text = (DOCS / "backup.md").read_text(encoding="utf-8")
    [(kinds, form, file)] = re.findall(r"kubectl get (\S+) -A .*-o (\w+) > (\S+)", text)
    assert form == "json", "jq reads it"
    assert re.search(rf"\$ jq -f \S+ {re.escape(file)} \| kubectl apply", text)
    # Notifications are what is still to be sent of jobs that are another's then.
    there = {crd.stem for crd in (ROOT / "crds").glob("*.yaml")} - {"pimnotifications"}
    assert set(kinds.split(",")) == there


def test_the_log_of_one_job_is_found_among_lines_that_are_no_json() -> None:
    text = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    (options, program) = re.findall(r"\| jq (-\w+) '([^']+NAME[^']+)'", text)[0]
    mine, other = '{"object":{"name":"NAME"}}', '{"object":{"name":"OTHER"}}'
    lines = ["Traceback (most recent call last):", other, "1", '{"message":"started"}', mine]
    jq = ["jq", options, program]
    done = subprocess.run(jq, input="\n".join(lines), capture_output=True, text=True, check=True)
    assert done.stdout == f"{mine}\n"


@pytest.mark.parametrize("name", ["guarantees", "upgrade", "uninstall", "support"])
def test_every_test_that_is_named_exists(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    for path, function in re.findall(r"`(?:tests/)?([a-z_]+/[a-z_/]+\.py)::(\w+)`", text):
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert f"def {function}(" in source, f"{path}::{function}"
