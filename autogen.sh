#!/bin/sh
# Makes configure and Makefile.in from a fresh clone.
set -eu
cd "$(dirname "$0")"
mkdir -p m4
exec autoreconf --install --force --warnings=all,no-portability
