#!/usr/bin/env bash
# Installs the browser that tests the viewer, and its driver, on Debian or Ubuntu.
set -euo pipefail

apt-get update
apt-get install --yes --no-install-recommends chromium chromium-driver
