"""kopf as the frame of the process: signals, log-in, and their order. See docs/decisions/0050."""

from typing import Any

import kopf

from pimjob_kube.connection import Connection


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: nothing is written or looked up by itself."""
    made = kopf.OperatorSettings()
    made.posting.enabled = False
    made.scanning.disabled = True
    made.networking.request_timeout = 30
    return made


def registry(connection: Connection) -> kopf.OperatorRegistry:
    """Return kopf's handlers: of no kind, so that no object of anybody's can end it."""
    made = kopf.OperatorRegistry()

    @kopf.on.login(registry=made)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=connection.server,
            ca_path=_text(connection.certificate_authority),
            token=connection.bearer(),
            certificate_path=_text(connection.client_certificate),
            private_key_path=_text(connection.client_key),
        )

    return made


def _text(value: object) -> str | None:
    return None if value is None else str(value)
