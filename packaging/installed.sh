#!/bin/bash
# Installs the Debian package on a bare Debian of its own, started with systemd, and looks at it: nothing runs before it is asked to; the
# node in its unit, with what it may and may not do; killed, upgraded, removed and purged. With the package of a former version, that one
# is installed first, and upgraded with its store, and gone back to as docs/upgrade.md tells.
#
#   sudo packaging/installed.sh target/debian/certway_VERSION-1_amd64.deb [certway_FORMER-1_amd64.deb]
#
# Needs root, debootstrap, systemd-container and a Debian mirror; changes nothing outside a folder in /tmp, which it removes.
set -euo pipefail

package=$(realpath "${1:?which package? e.g. target/debian/certway_0.1.0-1_amd64.deb}")
former=$(realpath "${2:-$package}")
suite=${SUITE:-bookworm}
folder=$(mktemp --directory /tmp/certway-installed.XXXXXX)
root=$folder/root
password='a long enough password'
# Where systemd does not run, there is nobody to be registered with.
nspawn=(systemd-nspawn --quiet --directory "$root" --register=no)
[ -d /run/systemd/system ] || nspawn+=(--keep-unit)
booted=

say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
inside() { nsenter --target "$leader" --mount --uts --ipc --net --pid --root --wd -- "$@"; }
# What a shell says inside must be this.
is() {
    local said
    said=$(inside sh -c "$1" 2>&1) || true
    [ "$said" = "$2" ] || fail "'$1' says '$said' instead of '$2'"
}
until_is() {
    for _ in $(seq 50); do
        [ "$(inside sh -c "$1" 2>/dev/null || true)" = "$2" ] && return
        sleep 0.2
    done
    is "$1" "$2"
}
finish() {
    [ -z "$booted" ] || { inside systemctl poweroff || kill "$booted"; wait "$booted" || true; } >"$folder/end" 2>&1
    rm --recursive --force --one-file-system "$folder"
}
trap finish EXIT

say "A bare Debian ($suite)"
debootstrap --variant=minbase --include=systemd-sysv,dbus,curl,ca-certificates "$suite" "$root" >"$folder/log" || fail "$(tail "$folder/log")"
cp "$package" "$root/opt/certway.deb"
cp "$former" "$root/opt/former.deb"

say "Install"
install=(env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends --reinstall --allow-downgrades)
"${nspawn[@]}" "${install[@]}" /opt/former.deb >"$folder/log" 2>&1 || fail "$(tail "$folder/log")"
"${nspawn[@]}" --boot --private-network >"$folder/console" 2>&1 &
booted=$!
for _ in $(seq 100); do
    leader=$(pgrep --parent "$booted" --newest) && [ -n "$(inside systemctl is-system-running 2>/dev/null | grep running)" ] && break
    sleep 0.3
done
is 'systemctl is-system-running' running
is 'systemctl is-enabled certway; systemctl is-active certway' $'disabled\ninactive'
is 'getent passwd certway | cut --delimiter : --fields 6,7' /var/lib/certway:/usr/sbin/nologin
is 'stat --format "%a %U" /etc/certway/certway.toml' '644 root'
is 'ls -d /var/lib/certway 2>/dev/null' ''

say "Start, at port 443, with a first password as a credential"
inside sh -c "install -D --mode 0600 /dev/stdin /etc/credstore/certway.admin-password" <<<"$password"
inside sed --in-place 's|^# https = .*|https = "0.0.0.0:443"|' /etc/certway/certway.toml
is 'certway config check --config /etc/certway/certway.toml >/dev/null; echo $?' 0
inside systemctl enable --now certway 2>"$folder/log"
node='$(systemctl show --property MainPID --value certway)'
answer='curl --silent --insecure https://localhost/readyz'
until_is "$answer" ready
sign_in="curl --silent --insecure --output /dev/null --write-out '%{http_code}' --header 'Origin: https://localhost' \
    --header 'X-Certway-CSRF: 1' --json '{\"username\":\"admin\",\"password\":\"$password\"}' https://localhost/api/v1/session"
is "$sign_in" 200
served='curl --silent --insecure --verbose https://localhost/readyz 2>&1 | grep --fixed-strings "start date"'
certificate=$(inside sh -c "$served")

say "What it may, and may not"
is "awk '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { print \$2 }' /proc/$node/status" $'0000000000000400\n0000000000000400\n1\n2'
is "ps --no-headers --format user $node 2>/dev/null || stat --format %U /proc/$node" certway
is 'stat --format "%a %U" /var/lib/certway /var/lib/certway/certway.db /var/lib/certway/node.key' $'700 certway\n600 certway\n600 certway'
for place in /etc /usr /var /var/log /home; do
    is "nsenter --target $node --mount sh -c 'touch $place/certway-was-here 2>/dev/null && echo written'" ''
done
inside systemd-analyze security certway --no-pager | tail --lines 1

say "Killed: started again, with the same certificate"
inside sh -c "kill -9 $node"
until_is 'systemctl show --property NRestarts --value certway' 1
until_is "$answer" ready
is "$served" "$certificate"
is 'runuser --user certway -- certway events verify --config /etc/certway/certway.toml >/dev/null; echo $?' 0

upgrade() {
    local before
    before=$(inside sh -c "echo $node")
    inside "${install[@]}" /opt/certway.deb >"$folder/log" 2>&1 || fail "$(tail "$folder/log")"
    [ "$(inside sh -c "echo $node")" != "$before" ] || fail "the node was not started again"
    until_is "$answer" ready
    is "$served" "$certificate"
    is "$sign_in" 200
    is 'runuser --user certway -- certway events verify --config /etc/certway/certway.toml >/dev/null; echo $?' 0
}
say "Upgraded: started again, with the same certificate and password"
upgrade

copy=$(inside sh -c 'ls /var/lib/certway/certway.format-*.db 2>/dev/null || true')
if [ -n "$copy" ]; then
    say "The former version refuses the store ($copy is beside it), and is gone back to"
    inside systemctl stop certway
    inside "${install[@]}" /opt/former.deb >"$folder/log" 2>&1 || fail "$(tail "$folder/log")"
    inside systemctl start certway
    until_is 'journalctl --unit certway --quiet | grep --quiet "later version of Certway.*Nothing was changed" && echo refused' refused
    inside systemctl stop certway
    inside sh -ec "cd /var/lib/certway
        rm --force certway.db-wal certway.db-shm
        mv certway.db certway.later.db
        mv $copy certway.db"
    inside systemctl reset-failed certway || true
    inside systemctl start certway
    until_is "$answer" ready
    is "$served" "$certificate"
    is "$sign_in" 200
    say "Upgraded once more"
    upgrade
fi

say "Removed, then purged"
inside apt-get remove --quiet --quiet --yes certway >"$folder/log" 2>&1 || fail "$(tail "$folder/log")"
is 'systemctl is-active certway; ls /usr/bin/certway 2>/dev/null' inactive
is 'ls /etc/certway/certway.toml /var/lib/certway/certway.db' $'/etc/certway/certway.toml\n/var/lib/certway/certway.db'
inside apt-get purge --quiet --quiet --yes certway >"$folder/log" 2>&1 || fail "$(tail "$folder/log")"
is 'ls -d /etc/certway 2>/dev/null; ls /var/lib/certway/certway.db' /var/lib/certway/certway.db
say "What is left after the purge:"
inside sh -c 'find / -xdev -newer /opt/certway.deb \( -path "*certway*" \) -not -path "/opt/*" -not -path "/proc/*" | sort; getent passwd certway'
say "All is as it must be"
