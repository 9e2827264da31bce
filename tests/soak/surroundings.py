"""What an attempt depends on, so that it can be taken away: database, network, disk."""

import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.control_plane import free_port, wait_for

FILLER = "filler"
SMALL_WAL = ("-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB")
"""So that a full disk is met within seconds."""


class Postgres:
    """A PostgreSQL server of its own, with its defaults but for its address and a small WAL."""

    def __init__(self, disk: "Disk", address: str = "127.0.0.1") -> None:
        binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self._postgres, self._ready = binaries / "postgres", binaries / "pg_isready"
        self.disk, self.address, self.port = disk, address, free_port()
        self._data = disk.folder / "data"
        self._data.mkdir()
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            shutil.chown(self._data, "nobody")
            self._as_user = ["setpriv", "--reuid=nobody", "--clear-groups"]
        initdb = [binaries / "initdb", "-D", self._data, "-U", "pim", "--auth=trust"]
        subprocess.run([*self._as_user, *initdb, "-E", "UTF8"], check=True, capture_output=True)
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write("host all all samenet trust\n")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._begin()
        wait_for(self._answers, "PostgreSQL")

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self._server.send_signal(3)
        self._server.wait()

    def revive(self) -> None:
        """Wait until it answers; start it again if it has given up."""
        wait_for(self._answers_or_begins, "PostgreSQL")

    def _begin(self) -> None:
        self._server = subprocess.Popen(
            [*self._as_user, self._postgres, "-D", self._data, "-p", str(self.port),
             "-h", self.address, "-k", self._data, *SMALL_WAL],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _answers(self) -> bool:
        ready = [self._ready, "-q", "-h", self.address, "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _answers_or_begins(self) -> bool:
        if self._server.poll() is not None:
            self._begin()
        return self._answers()


class Network:
    """A way to a port of this machine that can be cut."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._up = True
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Lose all connections, and every new one."""
        self._up = False
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let new connections through."""
        self._up = True

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            try:
                if not self._up:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            self._sockets |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(1 << 16):
                other.sendall(content)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        self._sockets.discard(one)
        one.close()


class Disk:
    """A folder on a disk of its own that can be filled; without root a limit on files does it."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        size = f"size={mebibytes}m"
        mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
        self.can_be_filled = subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave nothing free."""
        with (self.folder / FILLER).open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 16))

    def free(self) -> None:
        """Give it back."""
        (self.folder / FILLER).unlink(missing_ok=True)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [int(child) for child in text.split()]
    return []


def words(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Say what differs, shortly."""
    return [f"{k}: {str(found[k])[:300]} != {str(wanted[k])[:300]}" for k in wanted
            if found[k] != wanted[k]]  # fmt: skip
