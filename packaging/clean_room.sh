#!/usr/bin/env bash
# `make test-clean`: the two commands of the README on a bare Debian 12, in a chroot.
#
# The room has what debootstrap's minbase has, plus python3, python3-venv, make and ca-certificates.
# Mirror, certificates and pip's settings are this machine's own, read when this runs. Everything
# happens in a mount and process namespace of its own, under build/clean-room, and ends with it.
#   packaging/clean_room.sh [--no-window] [--no-tests]      (root; Debian's debootstrap)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${TUNEDESK_IN_ROOM:-}" ]; then
    [ "$(id -u)" = 0 ] || { echo "make test-clean needs root, for chroot."; exit 1; }
    command -v debootstrap > /dev/null || { echo "Next: apt-get install debootstrap"; exit 1; }
    export TUNEDESK_IN_ROOM=1
    exec unshare --mount --pid --fork --kill-child bash "$0" "$@"
fi

SUITE=bookworm
BARE=python3,python3-venv,make,ca-certificates
ROOM=$PWD/build/clean-room
BASE=$ROOM/base
ROOT=$ROOM/root
HOME_INSIDE="/home/ann/Tune desk"    # a space, as people have them

say() { printf '\n== %s\n' "$*"; }

# Runs a line of shell in the room, in the checkout, with nothing of this machine's environment
# but pip's settings. WITHOUT=network takes the network away, AS=ann the rights.
inside() {
    local wrap=()
    [ "${WITHOUT:-}" != network ] || wrap=(unshare --net)
    "${wrap[@]}" chroot "$ROOT" setpriv ${AS:+--reuid=$AS --regid=$AS --clear-groups} env -i \
        HOME="${INSIDE_HOME:-/root}" PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        LANG=C.UTF-8 PYTHONUNBUFFERED=1 "${PIP_SETTINGS[@]}" bash -c "cd \"$HOME_INSIDE\" && $1"
}

seconds() { local begin; begin=$(date +%s%3N); "$@"; echo "took $(($(date +%s%3N) - begin)) ms"; }

# This machine's own sources of the suite, as lines for a sources.list.
sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        | sort -u | grep " $SUITE"
}

make_base() {
    [ ! -e "$BASE.done" ] || return 0
    say "debootstrap minbase $SUITE + $BARE (once; kept in build/clean-room)"
    local mirror=${MIRROR:-$(sources | awk -v suite=$SUITE '$3 == suite {print $2; exit}')}
    rm -rf --one-file-system "$BASE"
    mkdir -p "$ROOM"
    debootstrap --variant=minbase --include=$BARE $SUITE "$BASE" "$mirror" > "$ROOM/debootstrap.log"
    touch "$BASE.done"
}

lay_room() {
    rm -rf --one-file-system "$ROOT"
    cp -a "$BASE" "$ROOT"
    cp -L /etc/resolv.conf /etc/hosts "$ROOT/etc/" 2> /dev/null || true
    sources > "$ROOT/etc/apt/sources.list"
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/dev/shm"
    chroot "$ROOT" useradd --create-home ann
    hand_in_pip
    copy_checkout
}

# pip's files and variables, its certificate, and the folders of packages they name.
hand_in_pip() {
    PIP_SETTINGS=()
    local line word folder
    while IFS= read -r line; do PIP_SETTINGS+=("$line"); done < <(env | grep -E '^(PIP_|SSL_CERT_FILE=)' || true)
    local said; said=$(printf '%s\n' "${PIP_SETTINGS[@]}")
    for line in /etc/pip.conf ~/.pip/pip.conf ~/.config/pip/pip.conf; do
        [ -e "$line" ] || continue
        folder=${line/#"$HOME"//root}
        mkdir -p "$ROOT${folder%/*}"
        cp -L "$line" "$ROOT$folder"
        said+=$'\n'$(cat "$line")
    done
    for word in ${said//=/ }; do
        folder=${word#file://}
        case $folder in
            /*.crt | /*.pem) [ ! -f "$folder" ] || { mkdir -p "$ROOT${folder%/*}"; cp -L "$folder" "$ROOT$folder"; } ;;
            /*/simple) lend "${folder%/simple}" ;;
            /*) lend "$folder" ;;
        esac
    done
}

lend() {
    [ -d "$1" ] && [ ! -d "$ROOT$1" ] || return 0
    mkdir -p "$ROOT$1"
    mount --bind -o ro "$1" "$ROOT$1"
}

copy_checkout() {
    mkdir -p "$ROOT$HOME_INSIDE"
    git ls-files -z -co --exclude-standard | xargs -0 -I{} sh -c '[ ! -e "$1" ] || printf "%s\0" "$1"' _ {} \
        | tar --null -T- -c | tar -x -C "$ROOT$HOME_INSIDE"
    chown -R --reference="$ROOT/home/ann" "$ROOT$HOME_INSIDE"
}

refused_without_rights() {
    say "make setup as a user who may not install packages: must name the line to run"
    local said
    said=$(AS=ann INSIDE_HOME=/home/ann inside "make setup 2>&1" || true)
    printf '%s\n' "$said"
    grep -q "sudo apt-get install --no-install-recommends" <<< "$said"
}

look_at_window() {
    say "make run under Xvfb, without a network: the window, and how long it took"
    cat > "$ROOT/root/look.sh" <<'LOOK'
set -eu
Xvfb -displayfd 3 -screen 0 1440x900x24 3> /root/display & screen=$!
for _ in $(seq 200); do [ -s /root/display ] && break; sleep 0.05; done
export DISPLAY=:$(cat /root/display)
openbox & sleep 0.5
begin=$(date +%s%N)
setsid make run & app=$!
until xdotool search --onlyvisible --name Tunedesk > /dev/null 2>&1; do
    kill -0 $app || { echo "the app ended before its window was there"; exit 1; }
    [ $(( ($(date +%s%N) - begin) / 1000000000 )) -lt 60 ] || { echo "no window after 60 s"; exit 1; }
    sleep 0.02
done
echo "window after $(( ($(date +%s%N) - begin) / 1000000 )) ms"
sleep 8
QT_QPA_PLATFORM=xcb .venv/bin/python -c '
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
assert app.primaryScreen().grabWindow(0).save("/root/first-window.png")'
kill -TERM -- -$app; wait $app || true; kill $screen
LOOK
    WITHOUT=network inside "bash /root/look.sh"
    cp "$ROOT/root/first-window.png" "$ROOM/first-window.png"
    echo "picture: build/clean-room/first-window.png"
}

make_base
lay_room
refused_without_rights
say "make setup as root, from nothing"
seconds inside "make setup"
say "make setup once more, without a network"
WITHOUT=network seconds inside "make setup"
say "make setup without a network after the checkout was moved"
mv "$ROOT$HOME_INSIDE" "$ROOT$HOME_INSIDE moved"; HOME_INSIDE="$HOME_INSIDE moved"
WITHOUT=network seconds inside "make setup && .venv/bin/tunedesk --version"
say "what the tests need"
seconds inside "make setup-test"
[[ " $* " = *" --no-window "* ]] || look_at_window
[[ " $* " = *" --no-tests "* ]] || { say "make test"; seconds inside "make test TESTS='${TESTS:-}'"; }
say "the clean room has seen it all"
