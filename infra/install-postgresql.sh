#!/usr/bin/env bash
# Installs PostgreSQL, Prefect's database under load, on Debian or Ubuntu; no cluster is created or started.
set -euo pipefail

mkdir --parents /etc/postgresql-common
[[ -e /etc/postgresql-common/createcluster.conf ]] ||
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get update
apt-get install --yes --no-install-recommends postgresql
