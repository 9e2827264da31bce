"""Asks a PostgreSQL a question while packets to it, or from it, are lost without a word.

    unshare --net python lost_packets.py SOCKET_URL DIRECTION

The way leads over the loopback of a network of its own, where nobody else is
disturbed. Prints what the runner's database says, and the seconds it took.
"""

import socket
import subprocess
import sys
import threading
from time import monotonic

import psycopg

from pimjob_runner.stores import postgresql
from pimjob_runner.stores.errors import DatabaseUnavailableError
from support.control_plane import wait_for

SOON = {"keepalives_idle": 1, "keepalives_interval": 1, "tcp_user_timeout": 2_000}
ASLEEP = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
END = {"out": "--dport", "in": "--sport"}


def forward(listener: socket.socket, to: str) -> None:
    """Let one client through to a socket of this machine."""
    near, _ = listener.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(to)
    for one, other in ((near, far), (far, near)):
        threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    while content := one.recv(1 << 16):
        other.sendall(content)


def main(url: str, direction: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with (
        psycopg.connect(url, autocommit=True) as other,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        info, port = other.info, listener.getsockname()[1]
        way = (listener, f"{info.host}/.s.PGSQL.{info.port}")
        threading.Thread(target=forward, args=way, daemon=True).start()
        postgresql._SESSION |= SOON
        database = postgresql.PostgresDatabase(
            f"postgresql://{info.user}@127.0.0.1:{port}/{info.dbname}"
        )
        (pid,) = database.query("SELECT pg_backend_pid()")[0]

        def drop() -> None:
            if direction == "while it works":
                wait_for(lambda: other.execute(ASLEEP, (pid,)).fetchone(), "the statement")
            rule = ["iptables", "--wait", "--append", "INPUT", "--protocol", "tcp"]
            end = END.get(direction, "--dport")
            subprocess.run([*rule, end, str(port), "--jump", "DROP"], check=True)

        thread = threading.Thread(target=drop)
        thread.start()
        if direction != "while it works":
            thread.join()
        began = monotonic()
        try:
            database.query("SELECT pg_sleep(60)")
        except DatabaseUnavailableError as error:
            print(error, f"{monotonic() - began:.0f}", sep="\n")  # noqa: T201 - its output


if __name__ == "__main__":
    main(*sys.argv[1:])
