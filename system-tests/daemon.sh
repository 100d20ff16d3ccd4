# The daemon's life.

test_start_status_stop() {
    volary start | grep -q "ready"
    volary start | grep -q "already running"
    equals "$(stat -c %a vpool/run)" 700
    equals "$(stat -c %a vpool/run/api.sock)" 600
    equals "$(stat -c %a vpool/run/nbd.sock)" 600
    volary status --json >status.json
    equals "$(jq -r .pool status.json)" "$VOLARY_POOL"
    equals "$(jq -r 'keys | join(" ")' status.json)" "ioEngine loops pid pool store uptimeSeconds version"
    equals "$(jq -r '.loops[0] | keys | join(" ")' status.json)" "busyRatio name polls sleeps volumes"
    pid=$(jq .pid status.json)
    volary stop | grep -q stopped
    ! kill -0 "$pid" 2>/dev/null || fail "it still runs"
    volary stop
    refused 1 "volary start" volary status
    volary start
}

test_serve_says_ready_and_ends_with_sigterm() {
    volary serve >serve.out 2>serve.err &
    for _ in $(seq 100); do ! grep -q '^ready' serve.out || break; sleep 0.1; done
    grep -q '^ready.*api.sock.*nbd.sock' serve.out
    volary create v 10M
    kill -TERM $!
    wait $!
    [ ! -e vpool/run/api.sock ] || fail "a socket is left"
}

test_second_daemon_is_refused() {
    volary start
    refused 1 "pid $(daemon_pid)" volary serve
    volary list
}

test_killed_daemon_leaves_nothing_in_the_way() {
    volary start
    volary create v 10M
    kill -9 "$(daemon_pid)"
    sleep 0.2
    volary start
    equals "$(volary list --json | jq -r '.[].name')" v
}

test_sigterm_under_load_keeps_what_was_flushed() {
    volary start
    volary create v 64M
    pid=$(daemon_pid)
    nbdsh -u "$(uri v)" -c 'h.pwrite(b"kept" * 1024, 8192); h.flush()'
    (timeout 20 nbdsh -u "$(uri v)" -c '
while True:
    h.pwrite(b"x" * 65536, 1 << 20)' >/dev/null 2>&1 || true) &
    sleep 0.5
    kill -TERM "$pid"
    for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    ! kill -0 "$pid" 2>/dev/null || fail "it still runs"
    volary start
    nbdsh -u "$(uri v)" -c 'assert h.pread(4096, 8192) == b"kept" * 1024'
}

test_systemd_is_told() {
    python3 - <<'END' &
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify.sock")
s.settimeout(30)
open("told", "w").write(s.recv(100).decode() + " " + s.recv(100).decode())
END
    for _ in $(seq 50); do [ ! -S notify.sock ] || break; sleep 0.1; done
    NOTIFY_SOCKET=$PWD/notify.sock volary serve >/dev/null 2>&1 &
    daemon=$!
    for _ in $(seq 100); do [ ! -S vpool/run/api.sock ] || break; sleep 0.1; done
    sleep 0.5
    kill $daemon
    wait $daemon
    for _ in $(seq 50); do [ ! -s told ] || break; sleep 0.1; done
    equals "$(cat told)" "READY=1 STOPPING=1"
}

test_long_paths_are_refused() {
    refused 1 "use a shorter path" volary --pool "$PWD/$(printf 'x%.0s' $(seq 90))" serve
    refused 1 "use a shorter path" volary --pool "$PWD/$(printf 'x%.0s' $(seq 90))" start
}

test_configuration_errors_name_key_and_value() {
    mkdir vpool
    while IFS='|' read -r json words; do
        printf '%s' "$json" >vpool/vpool.json
        refused 1 "$words" volary serve
    done <<'END'
{"engin": {}}|unknown key engin
{"engine": {"loops": -1}}|engine.loops is -1
{"engine": {"ioEngine": "fast"}}|one of auto, io_uring, plain
{"sockets": {"mode": "999"}}|sockets.mode is "999"
{"filesystem": {"mountpoint": "/"}}|would hide what it serves
{"filesystem": {"mountpoint": "vpool.json"}}|cannot be made
{"filesystem": {"fs_enable_shm_interface": 1}}|true or false
{"network_interface": {"network_uri": "udp://x"}}|tcp://HOST:PORT
{"nbd": {"listen": "0.0.0.0:10809"}}|TLS
{"nbd": {"listen": "127.0.0.1:10999"}, "filesystem": {"fs_enable_network_interface": true}, "network_interface": {"network_uri": "tcp://0.0.0.0:21321"}}|TLS
{"store": {"type": "tape"}}|one of local, orangefs, s3
{"store": {"type": "s3"}}|store.bucket is missing
{"sockets": {"owner": "no-such-user"}}|sockets.owner is "no-such-user", and there is nobody
{"nbd": {"listen": "127.0.0.1:0"}}|nbd.listen is "127.0.0.1:0"
{"nbd": {"listen": "127.0.0.1:10999", "tls": {"psk": "vpool.json"}}}|make it private
{"engine": {}, "engine": {}}|Duplicate
{]|not JSON
END
}

test_sockets_belong_to_whom_the_configuration_says() {
    volary start
    equals "$(stat -c '%U %a' vpool vpool/run | sort -u)" "$(id -un) 700"
    volary stop
    user=nobody
    group=$(id -gn nobody)
    echo "{\"sockets\": {\"owner\": \"$user\", \"group\": \"$group\", \"mode\": \"0660\"}}" >vpool/vpool.json
    if [ "$(id -u)" != 0 ]; then
        refused 1 "cannot be set" volary start
        return
    fi
    volary start
    equals "$(stat -c '%U %G %a' vpool/run/api.sock vpool/run/nbd.sock | sort -u)" "$user $group 660"
    equals "$(stat -c '%U %G %a' vpool vpool/run | sort -u)" "root $group 711"
    chmod 755 .
    uri=$(uri '')
    setpriv --reuid="$user" --clear-groups --regid="$group" nbdinfo --list "$uri"
}

test_plain_engine_by_configuration() {
    mkdir vpool
    echo '{"engine": {"ioEngine": "plain", "loops": 1}, "sockets": {"mode": "0660"}}' >vpool/vpool.json
    volary start
    equals "$(volary status --json | jq -r '.ioEngine, (.loops | length)' | tr '\n' ' ')" "plain 1 "
    equals "$(stat -c %a vpool/run/nbd.sock)" 660
    equals "$(stat -c %a vpool/run)" 710
    volary create v 10M
    nbdsh -u "$(uri v)" -c 'h.pwrite(b"y" * 512, 512); h.flush(); assert h.pread(512, 512) == b"y" * 512'
}
