#!/usr/bin/env bash
# Runs a private PostgreSQL for trials and tests: a cluster in a temporary folder, at a free port of this
# computer. Prints the setting that Prefect's server takes, then runs until it is ended and leaves nothing.
#
#     infra/start-postgresql.sh     PREFECT_API_DATABASE_CONNECTION_URL=postgresql+asyncpg://...
set -euo pipefail

programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2> /dev/null | sort --version-sort | tail -1)
if [[ -z $programs ]]; then
    echo "PostgreSQL is missing: infra/install-postgresql.sh installs it" >&2
    exit 1
fi

# PostgreSQL refuses to run as root; its package brings a user for it.
as_postgres=()
if ((EUID == 0)); then as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups); fi

folder=$(cd / && "${as_postgres[@]}" mktemp --directory --tmpdir=/tmp kuzushiji-postgresql-XXXXXX)
cd "$folder"
server=
finish() {
    if [[ -n $server ]]; then
        kill -INT "$server" 2> /dev/null || true # fast shutdown: open connections are closed
        wait "$server" || true
    fi
    cd / && rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(head --bytes=24 /dev/urandom | base64 --wrap=0 | tr -d '/+=')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

"${as_postgres[@]}" tee "$folder/password" <<< "$password" > /dev/null
"${as_postgres[@]}" "$programs/initdb" --pgdata="$folder/data" --username=prefect --auth=scram-sha-256 \
    --pwfile="$folder/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync > "$folder/initdb.log"
"${as_postgres[@]}" "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" \
    -c listen_addresses=127.0.0.1 -c fsync=off > "$folder/postgres.log" 2>&1 &
server=$!
until "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$port"; do
    if ! kill -0 "$server" 2> /dev/null; then
        cat "$folder/postgres.log" >&2
        exit 1
    fi
    sleep 0.2
done

echo "PREFECT_API_DATABASE_CONNECTION_URL=postgresql+asyncpg://prefect:$password@127.0.0.1:$port/postgres"
wait "$server"
