#!/bin/bash
# Makes the container image of the release binary, runs it as docs/install.md says, and looks at it: a root that is read only, no
# capability, a first password as a secret, and the same certificate after a second start with the same volume.
#
#   sudo packaging/contained.sh [BINARY]     # target/release/certway
#
# Needs podman, and what `cargo xtask package` leaves in packaging/out. The base image is pulled, unless BASE names one that is here. Where no registry is reachable, make one of that name:
#
#   debootstrap --variant=minbase bookworm /tmp/base
#   tar --directory /tmp/base --create . | podman import - docker.io/library/debian:stable-slim
#
# OPTIONS are given to each `podman run`, such as --ulimit where the machine lets nobody raise limits.
set -euo pipefail

cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/release/certway}")
name=certway-contained-$$
folder=$(mktemp --directory)
password='a long enough password'
read -r -a options <<<"${OPTIONS:-}"

say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
finish() {
    podman rm --force --ignore "$name"
    podman volume rm --force "$name"
    podman secret rm "$name"
    podman rmi --force "$name"
    rm --recursive --force "$folder"
} >/dev/null 2>&1
trap finish EXIT

say "Image"
cp "$binary" "$folder/certway"
cp --parents packaging/out/third-party-notices.txt "$folder"
podman build --quiet --isolation "${ISOLATION:-oci}" --pull=missing ${BASE:+--build-arg "BASE=$BASE"} --build-arg BINARY=certway \
    --file packaging/Containerfile --tag "$name" "$folder" >/dev/null

say "Run"
podman secret create "$name" - <<<"$password" >/dev/null
podman run --detach --name "$name" --read-only --cap-drop all --publish 127.0.0.1::8443 --volume "$name:/var/lib/certway" \
    --secret "$name,target=admin-password,uid=10001,mode=0400" --env CERTWAY_ADMIN_PASSWORD_FILE=/run/secrets/admin-password \
    --env CERTWAY_NAME=expe1.example.com "${options[@]}" "$name" >/dev/null
address() { podman port "$name" 8443/tcp; }
ready() {
    for _ in $(seq 50); do
        [ "$(curl --silent --insecure "https://$(address)/readyz")" = ready ] && return
        sleep 0.2
    done
    podman logs "$name" >&2
    fail "it does not answer at $(address)"
}
served() { openssl s_client -connect "$(address)" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 -ext subjectAltName; }
ready
certificate=$(served)
grep --quiet expe1.example.com <<<"$certificate" || fail "it serves $certificate"
here=https://localhost:$(address | cut --delimiter : --fields 2)
status=$(curl --silent --insecure --output /dev/null --write-out '%{http_code}' --header "Origin: $here" --header 'X-Certway-CSRF: 1' \
    --json "{\"username\":\"admin\",\"password\":\"$password\"}" "$here/api/v1/session")
[ "$status" = 200 ] || fail "signing in was answered with $status"

say "What it may, and may not"
pid=$(podman inspect --format '{{.State.Pid}}' "$name")
[ "$(awk '/^(Uid|CapEff|CapBnd):/ { print $2 }' "/proc/$pid/status" | xargs)" = "10001 0000000000000000 0000000000000000" ] ||
    fail "it is another user, or has capabilities"
podman exec "$name" touch /certway-was-here 2>/dev/null && fail "its root can be written to"

say "Stopped, and started again with the same volume"
podman stop "$name" >/dev/null
[ "$(podman inspect --format '{{.State.ExitCode}}' "$name")" = 0 ] || fail "it did not end by itself"
podman start "$name" >/dev/null
ready
[ "$(served)" = "$certificate" ] || fail "it serves another certificate"
say "All is as it must be"
