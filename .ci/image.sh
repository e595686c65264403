#!/usr/bin/env bash
# What of the Dockerfile and of the units can be held without a daemon: what the image is built
# from is all that the build needs, what it starts is understood by the command, and the units are
# understood by systemd and leave as little open as they say.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# The first stage: its COPY lines, then the build, without what makes it slow: the packages are
# those that were built for the commands of the README.
sed -n '/AS build/,/^RUN/p' Dockerfile | sed -n 's/^COPY //p' | while read -r -a words; do
  to=${words[-1]}
  unset 'words[-1]'
  case $to in
    ./) cp -r "${words[@]}" "$place/" ;;
    *) mkdir -p "$place/$to" && cp -r "${words[0]}/." "$place/$to/" ;;
  esac
done
(cd "$place" && CARGO_TARGET_DIR="$OLDPWD/target" cargo build --quiet --locked --bin qmlserve)

# The second stage: what is started.
read -r -a entry <<<"$(sed -n 's#^ENTRYPOINT \[.*"/usr/bin/qmlserve"\(.*\)\]#\1#p' Dockerfile | tr -d '",')"
read -r -a command <<<"$(sed -n 's/^CMD \[\(.*\)\]/\1/p' Dockerfile | tail -1 | tr -d '",')"
printed=$(cargo run --quiet --locked -- "${entry[@]}" "${command[@]}" --print-config)
grep -q '^deploy = true' <<<"$printed"

# The unit: its command, and systemd's own opinion.
line=$(sed -n 's/^ExecStart=[^ ]* //p' deploy/qmlserve.service)
read -r -a words <<<"${line//\/etc\/qmlserve.toml/deploy\/qmlserve.toml}"
printed=$(cargo run --quiet --locked -- "${words[@]}" --print-config)
grep -q '^deploy = true' <<<"$printed"
mkdir "$place/units"
cp deploy/*.service deploy/*.socket "$place/units"
sed -i 's#^ExecStart=/usr/bin/qmlserve#ExecStart=/bin/true#' "$place/units/qmlserve.service"
systemd-analyze verify "$place"/units/*
# In tenths: 1.5 of 10.
systemd-analyze security --offline=true --no-pager --threshold=15 \
  "$place/units/qmlserve.service" | tail -1
