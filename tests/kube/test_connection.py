"""Which API server a component uses, and what it says if it can use none."""

from pathlib import Path

import pytest

from pimjob_kube.connection import Connection, KubeconfigError, connect

KUBECONFIG = """\
current-context: a
contexts: [{name: a, context: {cluster: b, user: c}}]
clusters: [{name: b, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: c, user: {tokenFile: token}}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("secret\n")
    found = tmp_path / "config"
    found.write_text(KUBECONFIG)
    return found


def test_files_are_beside_the_kubeconfig(file: Path) -> None:
    found = connect(file)
    assert found == Connection("https://127.0.0.1:1", token=file.parent / "token")
    assert found.bearer() == "secret"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("current-context: a", "", "'current-context' is missing."),
        ("current-context: a", "current-context: z", "there is no context 'z'; choose a context"),
        ("cluster: b,", "cluster: z,", "there is no cluster 'z'; choose a context"),
        ("user: c}", "user: z}", "there is no user 'z'; choose a context"),
        ('server: "https://127.0.0.1:1"', "", "'server' is missing."),
        ("tokenFile: token", "tokenFile: /nope", "No such file or directory: '/nope'"),
        ("tokenFile: token", "client-certificate: token", "PEM"),
        ("tokenFile: token", "client-certificate-data: secret", "is no kubeconfig"),
        ("users: [", "users: secret [", "is no kubeconfig"),
        (KUBECONFIG, "", "is no kubeconfig"),
        (KUBECONFIG, "[]", "is no kubeconfig"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_named_and_no_secret(
    file: Path, before: str, after: str, message: str
) -> None:
    assert before in KUBECONFIG
    file.write_text(KUBECONFIG.replace(before, after))
    with pytest.raises(KubeconfigError) as raised:
        connect(file)
    assert str(raised.value).startswith(str(file))
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_kubeconfig_that_is_not_there_is_named() -> None:
    with pytest.raises(KubeconfigError) as raised:
        connect(Path("/nope"))
    assert str(raised.value) == (
        "/nope cannot be read (No such file or directory): name a kubeconfig with --kubeconfig."
    )


def test_a_pod_without_a_token_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr("pimjob_kube.connection._MOUNT", Path("/nope"))
    with pytest.raises(KubeconfigError, match=r"the pod's ServiceAccount: .*'/nope/ca\.crt'"):
        connect(None)
