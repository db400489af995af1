#!/usr/bin/env bash
# Installs Ceph's S3 gateway, which the tests of object stores run, on Debian or Ubuntu.
set -euo pipefail

apt-get update
apt-get install --yes --no-install-recommends radosgw ceph-mon ceph-osd ceph-base ceph-common
