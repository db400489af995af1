#!/usr/bin/env bash
# Runs Prefect's server with its UI on a private PostgreSQL, for trials and tests: both at free ports of this
# computer. Prints the setting that clients and workers take, then runs until it is ended and leaves nothing.
#
#     infra/start-prefect.sh     PREFECT_API_URL=http://127.0.0.1:PORT/api
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

database= server=
finish() {
    # The server first: it still writes when it is told to end.
    for process in $server $database; do
        kill "$process" 2> /dev/null || true
        wait "$process" || true
    done
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

exec {settings}< <(exec "$here/start-postgresql.sh")
database=$!
read -r setting <&"$settings"
export "${setting?}"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PREFECT_API_URL=http://127.0.0.1:$port/api PREFECT_UI_API_URL=http://127.0.0.1:$port/api
export PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1
prefect server start --host 127.0.0.1 --port "$port" >&2 &
server=$!
until python3 -c "import urllib.request as u; u.urlopen('$PREFECT_API_URL/health', timeout=5)" 2> /dev/null; do
    kill -0 "$server" 2> /dev/null || exit 1
    sleep 0.5
done

echo "PREFECT_API_URL=$PREFECT_API_URL"
wait "$server"
