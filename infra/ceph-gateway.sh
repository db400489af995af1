#!/usr/bin/env bash
# Runs Ceph's S3 gateway on this computer, in memory, for tests and trials; infra/install-ceph.sh
# installs it. One monitor, one OSD and one gateway listen on free ports of 127.0.0.1. Once objects
# can be written, three lines tell how to reach it:
#
#     AWS_ENDPOINT_URL=http://127.0.0.1:PORT
#     AWS_ACCESS_KEY_ID=...
#     AWS_SECRET_ACCESS_KEY=...
#
# It runs until Ctrl-C or SIGTERM; with a pipe as its standard input also until that is closed.
# Everything is gone then.
set -euo pipefail

FOLDER=$(mktemp --directory "${TMPDIR:-/tmp}/ceph.XXXXXX") # short: a socket's path has 107 bytes
export CEPH_CONF=$FOLDER/ceph.conf
daemons=()

end() {
    trap - EXIT
    # There is nothing to keep: no daemon needs time to save anything.
    { kill -KILL "${daemons[@]}" && wait || true; } 2> /dev/null
    rm -rf "$FOLDER"
}
trap end EXIT
trap 'exit 0' INT TERM

give_up() {
    echo "Ceph does not start: $1" >&2
    tail -n 20 "$FOLDER"/*.log >&2 || true
    exit 1
}

free_ports() { # how many; below those that the system gives to outgoing connections meanwhile
    python3 -c '
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    try:
        held.append(socket.create_server(("127.0.0.1", random.randrange(15000, 32000))))
    except OSError:
        pass
print(*(it.getsockname()[1] for it in held))' "$1"
}

configure() { # monitor's port, gateway's port
    cat > "$CEPH_CONF" << END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = v1:127.0.0.1:$1
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $FOLDER
log_file = $FOLDER/\$name.log
pid_file =
admin_socket = $FOLDER/\$name.asok
# One copy of everything, on the one OSD.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
[mon]
mon_data = $FOLDER/mon
[osd]
# It is told its place below: an OSD that tells it the monitor itself may do so before it knows the
# cluster's id, is refused ("wrong fsid") and ends.
osd_class_update_on_start = false
osd_crush_update_on_start = false
osd_data = $FOLDER/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
[client.rgw]
rgw_data = $FOLDER/rgw
rgw_frontends = beast endpoint=127.0.0.1:$2
rgw_enable_ops_log = false
rgw_thread_pool_size = 64
END
}

start() { # a daemon and its arguments
    "$@" -f >> "$FOLDER/output.log" 2>&1 < /dev/null &
    daemons+=("$!")
}

wait_for() { # what, then the command that succeeds once it is there
    local what=$1 attempt daemon
    shift
    for ((attempt = 0; attempt < 1200; attempt++)); do
        "$@" > /dev/null 2>&1 && return
        for daemon in "${daemons[@]}"; do
            kill -0 "$daemon" 2> /dev/null || give_up "a daemon ended before $what"
        done
        sleep 0.1
    done
    give_up "no $what after two minutes"
}

start_monitor() { # port
    local fsid
    fsid=$(sed -n 's/^fsid = //p' "$CEPH_CONF")
    monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$1]" "$FOLDER/monmap" > /dev/null
    ceph-mon --mkfs -i a --monmap "$FOLDER/monmap"
    start ceph-mon -i a
    wait_for "an answer of the monitor" timeout 5 ceph --connect-timeout 5 status
}

start_osd() {
    local number
    number=$(ceph osd create)
    ceph osd crush add "osd.$number" 1 root=default 2>> "$FOLDER/output.log"
    mkdir "$FOLDER/osd"
    ceph-osd --mkfs -i "$number" >> "$FOLDER/output.log" 2>&1
    start ceph-osd -i "$number"
}

start_gateway() { # port
    mkdir "$FOLDER/rgw"
    start radosgw -n client.rgw
    wait_for "an answer of the gateway" bash -c "exec 3<> /dev/tcp/127.0.0.1/$1"
}

make_user() {
    radosgw-admin user create --uid archive --display-name archive > "$FOLDER/user.json"
    python3 -c '
import json, sys
keys = json.load(open(sys.argv[1]))["keys"][0]
print("AWS_ACCESS_KEY_ID=" + keys["access_key"])
print("AWS_SECRET_ACCESS_KEY=" + keys["secret_key"])' "$FOLDER/user.json"
}

read -r monitor_port gateway_port < <(free_ports 2)
configure "$monitor_port" "$gateway_port"
start_monitor "$monitor_port"
start_osd
start_gateway "$gateway_port"
keys=$(make_user)
printf 'AWS_ENDPOINT_URL=http://127.0.0.1:%s\n%s\n' "$gateway_port" "$keys"
if [[ -p /dev/stdin ]]; then
    read -r || true
else
    wait -n "${daemons[@]}" || true
    give_up "a daemon ended"
fi
