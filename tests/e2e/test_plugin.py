"""`kubectl pimjob` where there are pods: logs, files and a stop that waits."""

import uuid
from pathlib import Path

import pytest
from jobs import Jobs

from imports import WHILE_UPGRADED, LongImport
from support.kube import kubeconfig
from support.plugin import Plugin

pytestmark = pytest.mark.cluster
ROWS = 800_000


@pytest.fixture
def plugin(jobs: Jobs, tmp_path: Path) -> Plugin:
    return Plugin(kubeconfig(), jobs.namespace, tmp_path)


def test_logs_and_the_refused_lines_of_a_job_that_has_ended(jobs: Jobs, plugin: Plugin) -> None:
    prefix = uuid.uuid4().hex[:6]
    text = f"sku;name-en_US;stock\n{prefix}-1;One;1\n{prefix}-2;Two;many\n"
    source = jobs.write(f"{prefix}.csv", text)
    name = jobs.create(type="csv_product_import", parameters={"source": source})
    waited = plugin("wait", name, "--timeout=60s")
    assert waited.code == 0, waited
    log = plugin("logs", name, "--step=import").out.splitlines()
    assert log[0].endswith(" INFO import: begins after 0 items")
    assert " INFO import: Completed, " in log[-1]
    copied = plugin("files", name, "--kind=input", "--to=-")
    assert (copied.out, copied.code) == (text, 0), copied.err
    kept = {path.name for path in plugin.home.iterdir()}
    refused = plugin("files", name, "--kind=invalid")
    assert refused.code == 0, refused.err
    [saved] = [path for path in plugin.home.iterdir() if path.name not in kept]
    assert f"{prefix}-2;Two;many" in saved.read_text(encoding="utf-8")


def test_files_of_a_running_job_are_read_in_its_own_pod_and_a_stop_waits(
    jobs: Jobs, plugin: Plugin
) -> None:
    work = LongImport.at_work(jobs, cpu=WHILE_UPGRADED, user="julia")
    copied = plugin("files", work.name, "--kind=input", "--to=-")
    assert (len(copied.out), copied.code) == (len(work.text), 0), copied.err
    stopped = plugin("stop", work.name, "--reason=wrong file", "--wait", "--timeout=60s")
    assert stopped.code == 0, stopped
    assert "which stay done" in stopped.out
