# The vhost-user-blk sockets of the daemon, as far as no guest is needed.

test_vhost_sockets_come_and_go_with_the_volumes() {
    volary start
    volary create v 32M
    equals "$(socket_of v)" "$VOLARY_POOL/run/vhost/v.sock"
    [ -S "$(socket_of v)" ]
    equals "$(stat -c %a "$(socket_of v)")" 600
    volary clone v w
    make_image image 21
    volary import image i
    [ -S "$(socket_of w)" ] && [ -S "$(socket_of i)" ]
    volary delete w
    [ ! -e "$VOLARY_POOL/run/vhost/w.sock" ]
    kill -9 "$(daemon_pid)"
    volary start
    [ -S "$(socket_of v)" ] && [ -S "$(socket_of i)" ]
    volary stop
    [ -z "$(find "$VOLARY_POOL/run" -name '*.sock')" ]
}

test_a_long_name_has_a_short_socket() {
    directory=$PWD/$(printf 'd%.0s' $(seq 40))
    mkdir "$directory"
    name=$(printf 'n%.0s' $(seq 64))
    export VOLARY_POOL=$directory
    volary start
    volary create "$name" 1M
    socket=$(socket_of "$name")
    case $socket in "$directory"/run/v/????????????????.sock) ;; *) fail "$socket" ;; esac
    [ -S "$socket" ] && [ ${#socket} -le 107 ]
    volary qemu "$name" | grep -q "path=$socket,"
}

test_volary_qemu_prints_what_attaches_over_shared_memory() {
    volary start
    volary create v 32M
    volary snapshot v@s
    volary qemu v >arguments
    for part in memory-backend-memfd share=on vhost-user-blk-pci "path=$(socket_of v),reconnect=1"; do
        grep -qF -- "$part" arguments || fail "$part is not in $(cat arguments)"
    done
    [ ! -e "$VOLARY_POOL/run/vhost/v@s.sock" ]
    volary qemu v@s | grep -qF "path=$VOLARY_POOL/run/vhost/v@s.sock"
    [ -S "$VOLARY_POOL/run/vhost/v@s.sock" ]
    volary delete v@s
    [ ! -e "$VOLARY_POOL/run/vhost/v@s.sock" ]
    volary qemu v --via nbd | grep -q driver=nbd
    refused 1 "no snapshot 'x'" volary qemu v@x
}

test_fs_enable_shm_interface_switches_the_sockets() {
    mkdir vpool
    echo '{"filesystem": {"fs_enable_shm_interface": false}}' >vpool/vpool.json
    volary start
    volary create v 32M
    equals "$(socket_of v)" ""
    [ -z "$(find vpool/run/vhost -name '*.sock')" ]
    refused 1 fs_enable_shm_interface volary qemu v --via vhost
    volary qemu v | grep -q driver=nbd
}

test_vhost_sockets_get_their_mode() {
    mkdir vpool
    echo '{"sockets": {"mode": "0660", "group": "nogroup"}}' >vpool/vpool.json
    volary start
    volary create v 32M
    equals "$(stat -c '%a %G' "$(socket_of v)" vpool/run/vhost | tr '\n' ' ')" "660 nogroup 710 nogroup "
}

test_idle_attached_volumes_cost_nothing() {
    run_python idle.py
}
