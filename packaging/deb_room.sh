#!/usr/bin/env bash
# `make test-deb`: the built packages on a bare Debian 12, in a chroot, as a user without a network.
#
# Installed by apt; the app is started from its menu entry and opens a file by its type; the engine
# trains on the sample and answers; purged, nothing stays but what the user made. Everything is
# under build/deb-room, and ends with it.          (root; Debian's debootstrap; `make deb` before)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${TUNEDESK_IN_ROOM:-}" ]; then
    [ "$(id -u)" = 0 ] || { echo "make test-deb needs root, for chroot."; exit 1; }
    command -v debootstrap > /dev/null || { echo "Next: apt-get install debootstrap"; exit 1; }
    export TUNEDESK_IN_ROOM=1
    exec unshare --mount --pid --fork --kill-child bash "$0" "$@"
fi

SUITE=bookworm
ROOM=$PWD/build/deb-room
BASE=$ROOM/base
ROOT=$ROOM/root
TOOLS="xvfb xauth openbox xdotool x11-apps imagemagick curl dbus libglib2.0-bin xdg-utils procps"

say() { printf '\n== %s\n' "$*"; }
root_inside() { chroot "$ROOT" env -i HOME=/root PATH="$PATH" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
ann_inside() {
    unshare --net sh -c 'ip link set lo up; exec "$@"' sh chroot "$ROOT" setpriv --reuid=ann --regid=ann --clear-groups env -i HOME=/home/ann \
        PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 bash -c "cd; $1"
}
sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u | grep " $SUITE"
}
files_of_system() { (cd "$ROOT" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./home -o -path ./tmp \
    -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/log -o -path ./var/cache \) -prune -o -print | sort); }

make_base() {
    [ ! -e "$BASE.done" ] || return 0
    say "debootstrap minbase $SUITE (once; kept in build/deb-room)"
    local mirror=${MIRROR:-$(sources | awk -v suite=$SUITE '$3 == suite {print $2; exit}')}
    rm -rf --one-file-system "$BASE"
    mkdir -p "$ROOM"
    debootstrap --variant=minbase $SUITE "$BASE" "$mirror" > "$ROOM/debootstrap.log"
    touch "$BASE.done"
}

lay_room() {
    rm -rf --one-file-system "$ROOT"
    cp -a "$BASE" "$ROOT"
    cp -L /etc/resolv.conf /etc/hosts "$ROOT/etc/" 2> /dev/null || true
    [ ! -d /etc/apt/apt.conf.d ] || cp -L /etc/apt/apt.conf.d/*[Pp]roxy* "$ROOT/etc/apt/apt.conf.d/" 2> /dev/null || true
    sources > "$ROOT/etc/apt/sources.list"
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/dev/shm"
    echo force-unsafe-io > "$ROOT/etc/dpkg/dpkg.cfg.d/in-a-room"  # no waiting for the disk
    root_inside useradd --create-home ann
    root_inside apt-get -q update > "$ROOM/apt.log"
    root_inside apt-get -q -y install --no-install-recommends $TOOLS iproute2 >> "$ROOM/apt.log" 2>&1
}

install() {
    cp build/deb/*.deb "$ROOT/tmp/"
    # What the packages depend on comes first, so that the lists below differ by them alone.
    local needs; needs=$(for one in build/deb/*.deb; do dpkg-deb -f "$one" Depends; done | tr ',' '\n' \
        | sed 's/(.*//; s/|.*//' | grep -v '^ *tunedesk' | sort -u | tr '\n' ' ')
    root_inside apt-get -q -y install --no-install-recommends $needs >> "$ROOM/apt.log" 2>&1
    files_of_system > "$ROOM/before"
    root_inside bash -c "apt-get -q -y install --no-install-recommends /tmp/tunedesk*.deb" 2>&1 | tail -4
    rm "$ROOT"/tmp/*.deb
}

start_from_menu() {
    say "started from its menu entry, with a file, without a network"
    cat > "$ROOT/tmp/look.sh" <<'LOOK'
set -u
cp /usr/lib/tunedesk/_internal/tunedesk/resources/samples/marv-train.jsonl "$HOME/my rows.jsonl"
echo "type of a .jsonl: $(gio info -a standard::content-type "$HOME/my rows.jsonl" | sed -n 's/.*content-type: //p')"
gio mime application/jsonl | sed -n '1,3p'
Xvfb :0 -screen 0 1440x900x24 > /dev/null 2>&1 & screen=$!
export DISPLAY=:0; sleep 1; openbox > /dev/null 2>&1 &
sleep 1
dbus-run-session -- bash -c '
    gio launch /usr/share/applications/app.tunedesk.Tunedesk.desktop "$HOME/my rows.jsonl" > /tmp/app.log 2>&1
    begin=$(date +%s%N)
    until xdotool search --onlyvisible --name Tunedesk > /dev/null 2>&1; do
        [ $(( ($(date +%s%N) - begin) / 1000000000 )) -lt 60 ] || { echo "no window"; cat /tmp/app.log; exit 1; }
        sleep 0.02
    done
    echo "window after $(( ($(date +%s%N) - begin) / 1000000 )) ms"
    for _ in $(seq 120); do pgrep -f "[t]unedesk-engine -m tunedesk.engine --uds" > /dev/null && break; sleep 1; done
    sleep 8
    import -window root /tmp/first-window.png
    pgrep -af "tunedesk" | cut -c 1-120
    ls ~/.local/share/tunedesk/engine/models
    xdotool search --onlyvisible --name Tunedesk windowclose; sleep 1
    pkill -u ann -TERM -f "^tunedesk " ; sleep 4
    echo "still there: $(pgrep -u ann -fc "^tunedesk|^/usr/lib/[t]unedesk")"'
kill $screen
log=~/.local/share/tunedesk/logs/tunedesk.log
if [ -e $log ]; then echo "unexpected errors:"; cat $log; exit 1; fi
LOOK
    ann_inside "bash /tmp/look.sh"
    cp "$ROOT/tmp/first-window.png" "$ROOM/"
    echo "picture: build/deb-room/first-window.png"
}

train_and_answer() {
    say "the engine alone: a job on the sample, and an answer of the new model, without a network"
    cat > "$ROOT/tmp/loop.sh" <<'LOOP'
set -eu
tunedesk-engine fetch-model --data ~/engine
tunedesk-engine --data ~/engine --port 8123 > ~/address 2> ~/engine.err & engine=$!
for _ in $(seq 300); do [ -s ~/address ] && break; sleep 0.2; done
ask() { curl -s -S -H "Authorization: Bearer $(cat ~/engine/token)" "$@"; }
base=http://127.0.0.1:8123/v1
pick() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -1; }
file=$(ask $base/files -F purpose=fine-tune -F "file=@/usr/lib/tunedesk/_internal/tunedesk/resources/samples/marv-train.jsonl" | sed 's/,/\n/g' | pick id)
job=$(ask $base/fine_tuning/jobs -H 'Content-Type: application/json' -d "{\"model\": \"smollm2-135m-instruct\", \"training_file\": \"$file\", \"method\": {\"type\": \"supervised\", \"supervised\": {\"hyperparameters\": {\"n_epochs\": 1}}}}" | sed 's/,/\n/g' | pick id)
begin=$(date +%s)
while :; do
    said=$(ask $base/fine_tuning/jobs/$job | sed 's/,/\n/g')
    state=$(pick status <<< "$said")
    case $state in succeeded|failed|cancelled) break ;; esac
    [ $(($(date +%s) - begin)) -lt 900 ] || break
    sleep 2
done
model=$(pick fine_tuned_model <<< "$said")
echo "job $state after $(($(date +%s) - begin)) s: $model"
ask $base/chat/completions -H 'Content-Type: application/json' -d "{\"model\": \"$model\", \"max_tokens\": 30, \"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of France?\"}]}"
echo
kill $engine; wait $engine || true
cat ~/engine.err
[ "$state" = succeeded ]
LOOP
    ann_inside "bash /tmp/loop.sh"
}

purge() {
    say "purged"
    root_inside apt-get -q -y purge tunedesk tunedesk-engine 2>&1 | tail -2
    files_of_system > "$ROOM/after"
    echo "what the system has more than before (nothing, if all is well):"
    comm -13 "$ROOM/before" "$ROOM/after" | grep -v '/__pycache__\|/mime/\|icon-theme.cache\|mimeinfo.cache' || true
    echo "what the user keeps:"
    find "$ROOT/home/ann" -maxdepth 4 -path '*tunedesk*' | sed "s|$ROOT||" | head -20
    ! comm -13 "$ROOM/before" "$ROOM/after" | grep -i tunedesk
}

make_base
lay_room
say "installed"
install
start_from_menu
train_and_answer
purge
say "the room has seen it all"
