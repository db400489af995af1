#!/usr/bin/env bash
# Installs the fonts that synthesis draws with, on Debian or Ubuntu; docs/fonts.md names them.
set -euo pipefail

apt-get update
apt-get install --yes --no-install-recommends \
    fonts-kouzan-mouhitsu \
    fonts-aoyagi-soseki \
    fonts-aoyagi-kouzan-t \
    fonts-ipamj-mincho \
    fonts-hanazono
