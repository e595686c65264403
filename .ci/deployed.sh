#!/usr/bin/env bash
# The image and the units as they are used: the Dockerfile is built and its image run, then its
# program is started by a systemd with the units of deploy/; to both is pushed. Needs root and
# 8 GB below target/deployed, and takes as long as a release build does, so that .ci/run only comes
# here with QMLSERVE_CI_SLOW=1.
#
# No image is pulled: those that the Dockerfile begins with are made of Debian's packages and of
# rustup's toolchain, of the versions that it names.
set -euo pipefail
cd "$(dirname "$0")/.."

# crun refuses where both kinds of cgroups are mounted.
if mountpoint -q /sys/fs/cgroup/unified; then
  exec unshare --mount bash -c 'umount /sys/fs/cgroup/unified && exec "$@"' - ".ci/${0##*/}" "$@"
fi

step() { printf '\n-- %s (%ss)\n' "$1" "$SECONDS"; }
fail() { echo "$1" >&2; exit 1; }

packages=(buildah podman crun debootstrap systemd-container iproute2 git curl)
dpkg-query -W "${packages[@]}" >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; }

work=$PWD/target/deployed
mkdir -p "$work"
scratch=$(mktemp -d)
export CONTAINERS_CONF=$scratch/containers.conf GIT_CONFIG_GLOBAL=$scratch/gitconfig
# What a container may have at most is not more than what there is.
cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=$(ulimit -Sn):$(ulimit -Hn)", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
END
git config --global user.name qmlserve
git config --global user.email qmlserve@localhost
git config --global init.defaultBranch main
store=(--root "$work/storage" --runroot "$work/run" --storage-driver overlay)
buildah() { command buildah "${store[@]}" "$@"; }
podman() { command podman "${store[@]}" "$@"; }

machine=
end() {
  podman rm --force --ignore --time 0 qmlserve >/dev/null 2>&1 || true
  ip netns delete qmlserve 2>/dev/null || true
  ip netns delete qmlserve-client 2>/dev/null || true
  podman volume rm --force qmlserve >/dev/null 2>&1 || true
  [ -z "$machine" ] || kill "$machine" 2>/dev/null && wait "$machine" || true
  rm -rf "$scratch"
}
trap end EXIT

# The server's machine, and one that has a cable to it: no other can reach either.
address=192.0.2.1:8080
ip netns add qmlserve
ip netns add qmlserve-client
ip -n qmlserve link add eth0 type veth peer name eth0 netns qmlserve-client
for name in qmlserve:1 qmlserve-client:2; do
  ip -n "${name%:*}" address add "192.0.2.${name#*:}/24" dev eth0
  ip -n "${name%:*}" link set eth0 up
  ip -n "${name%:*}" link set lo up
done
client() { ip netns exec qmlserve-client "$@"; }

# Waits until a command does what it should, for a minute.
until_it() {
  for _ in {1..300}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  fail "for a minute this failed: $*"
}

# Finds the address with the token that a log tells other machines, which is what the command
# prints; nobody comes in without it.
told() {
  find_url() {
    url=$("$@" 2>&1 | sed -n "s#.* \(http://$address/~[^/]*\)/remote.qml\$#\1#p" | tail -n 1)
    [ -n "$url" ]
  }
  until_it find_url "$@"
  client curl -sSf -o /dev/null "$url/@qmlserve/status"
  client curl -sSf -o /dev/null "http://$address/@qmlserve/status" 2>/dev/null &&
    fail 'without a token somebody came in'
  return 0
}

# Pushes to the server at $1, with its token in it: once, again, something broken, and back.
push_to() {
  local url=$1 clone
  clone=$(mktemp -d -p "$scratch")
  cp -r www/. "$clone"
  git -C "$clone" init -q
  git -C "$clone" add .
  git -C "$clone" commit -qm 'First'
  client git -C "$clone" push -q "$url/@qmlserve/git" HEAD:main
  client curl -sSf "$url/main.qml" | cmp - www/main.qml
  echo '// Second' >>"$clone/main.qml"
  git -C "$clone" commit -qam 'Second'
  client git -C "$clone" push -q "$url/@qmlserve/git" HEAD:main
  client curl -sSf "$url/main.qml" | cmp - "$clone/main.qml"
  echo 'Broken {' >"$clone/main.qml"
  git -C "$clone" commit -qam 'Third'
  client git -C "$clone" push -q "$url/@qmlserve/git" HEAD:main 2>&1 | tee "$scratch/refused" || true
  grep -q 'main.qml:1: ' "$scratch/refused" || fail 'what is broken was not refused'
  client git -C "$clone" push -q --force "$url/@qmlserve/git" HEAD~2:main
  client curl -sSf "$url/main.qml" | cmp - www/main.qml
  client git clone -q "$url/@qmlserve/git" "$clone/back"
  diff -r --exclude .git www "$clone/back"
}

version=$(sed -n 's/^FROM rust:\([0-9.]*\)-.*/\1/p' Dockerfile)
suite=$(sed -n 's/^FROM debian:\([a-z]*\)-slim$/\1/p' Dockerfile)

step "what the images begin with: Rust $version, Debian $suite"
if [ ! -e "$work/$suite/etc/debian_version" ]; then
  debootstrap --variant=minbase "$suite" "$work/$suite" >"$work/debootstrap.log"
fi
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$@"; }
# Makes an image of a folder.
import() {
  local container
  container=$(buildah from scratch)
  cp -a "$1/." "$(buildah mount "$container")"
  buildah umount "$container" >/dev/null
  buildah config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit -q --rm "$container" "docker.io/library/$2" >/dev/null
}
buildah inspect "debian:$suite-slim" >/dev/null 2>&1 || import "$work/$suite" "debian:$suite-slim"
if ! buildah inspect "rust:$version-$suite" >/dev/null 2>&1; then
  rustup toolchain install "$version" --profile minimal --no-self-update
  cp -a "$work/$suite" "$scratch/rust"
  inside "$scratch/rust" apt-get update -qq
  inside "$scratch/rust" apt-get install -y -qq --no-install-recommends gcc g++ make libc6-dev ca-certificates >/dev/null
  cp -a "$(dirname "$(dirname "$(rustup which --toolchain "$version" rustc)")")/." "$scratch/rust/usr/local"
  # Whoever this machine trusts.
  cp -L /etc/ssl/certs/ca-certificates.crt "$scratch/rust/etc/ssl/certs"
  import "$scratch/rust" "rust:$version-$suite"
fi

step "the image is built"
# Only what is committed, or is about to be.
mkdir "$scratch/context"
git ls-files -z | xargs -0 cp --parents -t "$scratch/context"
buildah bud --isolation chroot --pull-never --layers --format docker -t qmlserve "$scratch/context" \
  >"$work/build.log" 2>&1 || fail "see $work/build.log"
podman images qmlserve

step "the image runs"
start() {
  podman run --detach --name qmlserve --network ns:/run/netns/qmlserve "$@" >/dev/null
  until_it podman healthcheck run qmlserve
  told podman logs qmlserve
}
stop() {
  podman stop --time 10 qmlserve >/dev/null
  [ "$(podman inspect --format '{{.State.ExitCode}}' qmlserve)" = 0 ] ||
    fail 'SIGTERM did not end it'
  podman rm qmlserve >/dev/null
}
start --volume qmlserve:/srv/qmlserve qmlserve
push_to "$url"
# Of a push that breaks off no process stays, not even a dead one.
has_git() { podman exec qmlserve bash -c 'cat /proc/[0-9]*/stat' | grep -q ' (git'; }
has_none() { ! has_git; }
line="$(printf '0%.0s' {1..40}) $(printf '1%.0s' {1..40}) refs/heads/main"
{ printf '%04x%s\0%s0000PACK\0\0\0\2\0\0\1\0' $((${#line} + 19)) "$line" ' report-status' && sleep 60; } |
  client curl -sS --upload-file - --request POST "$url/@qmlserve/git/git-receive-pack" \
    --header 'Content-Type: application/x-git-receive-pack-request' >/dev/null 2>&1 &
until_it has_git
kill "$!"
until_it has_none
stop
start --volume qmlserve:/srv/qmlserve --cap-drop all --read-only qmlserve
client curl -sSf "$url/main.qml" | cmp - www/main.qml
stop
start --volume "$PWD/www:/srv/www:ro" qmlserve /srv/www --poll
client curl -sSf "$url/main.qml" | cmp - www/main.qml
stop

step "the units are started"
root=$scratch/root
cp -a "$work/$suite" "$root"
inside "$root" apt-get update -qq
inside "$root" apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus git >/dev/null
container=$(buildah from --pull-never qmlserve)
cp "$(buildah mount "$container")/usr/bin/qmlserve" "$root/usr/bin"
buildah rm "$container" >/dev/null
cp deploy/*.service deploy/*.socket "$root/etc/systemd/system"
cp deploy/qmlserve.toml "$root/etc"
printf '\n[collections.colors]\nkey = "name"\n' >>"$root/etc/qmlserve.toml"
systemd-nspawn --quiet --register=no --keep-unit --network-namespace-path=/run/netns/qmlserve --console=pipe \
  --directory "$root" --boot >"$work/systemd.log" 2>&1 </dev/null &
machine=$!
until_it pgrep --parent "$machine"
server=$(pgrep --parent "$machine")
within() {
  nsenter --target "$server" --mount --uts --ipc --pid --net --cgroup -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
until_it within systemctl is-system-running
# As the documentation has it.
sed -n '/changes the machine/,/^```$/{/^systemctl/p}' docs/deploy.md | within bash -e
told within journalctl --unit qmlserve --output cat
push_to "$url"

step "the service is started anew"
color='{"name":"red","value":"#f00"}'
client curl -sSf -o /dev/null --json "$color" "$url/colors"
client curl -sSN "$url/@qmlserve/events" >/dev/null &
for _ in {1..100}; do client curl -sS -o /dev/null -w '%{http_code}\n' "$url/main.qml" || true; done \
  >"$scratch/meanwhile" 2>&1 &
asking=$!
within systemctl restart qmlserve
wait "$asking"
[ "$(sort -u "$scratch/meanwhile")" = 200 ] || fail "$(sort "$scratch/meanwhile" | uniq -c)"
client curl -sSf "$url/colors/red" | cmp - <(printf %s "$color")
within systemctl stop qmlserve.socket qmlserve
within systemctl show --property Result qmlserve | grep -x Result=success
# The first client starts it.
within systemctl start qmlserve.socket
client curl -sSf "$url/main.qml" | cmp - www/main.qml
within systemctl is-active qmlserve

step "done"
