#!/usr/bin/env bash
# Requests per second for a small document, beside nginx with one worker, in
# turn: cargo build --release && benches/requests.sh [SECONDS] [ROUNDS]
# Needs nginx and wrk.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5} rounds=${2:-3}
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT

cat >"$folder/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $folder/pid; error_log $folder/error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 100000000; types { text/plain qml; }
  server { listen 127.0.0.1:8181; root $PWD/www; }
}
CONF
nginx -c "$folder/nginx.conf" &
target/release/qmlserve www --port 8182 -q >"$folder/out" &
until curl -sf -o /dev/null http://127.0.0.1:8182/Button.qml && curl -sf -o /dev/null http://127.0.0.1:8181/Button.qml; do sleep 0.1; done
version=$(curl -sf http://127.0.0.1:8182/@qmlserve/version)

measure() {
  printf '%-22s %s\n' "$1" "$(wrk -t1 -c32 -d"${seconds}s" "$2" | grep Requests/sec)"
}
for _ in $(seq "$rounds"); do
  measure "nginx /PATH" http://127.0.0.1:8181/Button.qml
  measure "qmlserve /PATH" http://127.0.0.1:8182/Button.qml
  measure "qmlserve /@V/PATH" "http://127.0.0.1:8182/@$version/Button.qml"
done
