# The network interface: REST over TCP, which says where NBD is.

# The status of a request, whose answer is in the file `answer`.
request() {
    curl --silent --output answer --write-out '%{http_code}' "$@"
}

nbd_on_tcp() {
    jq -r '.exports[] | select(.type == "nbd").address' | grep "^$1://"
}

test_volumes_are_managed_over_tcp() {
    network_pool ""
    volary start
    rest=http://127.0.0.1:$port/v1
    equals "$(request "$rest/volumes" -d '{"name": "v", "size": 33554432}')" 201
    equals "$(volary info v --json | jq .size)" 33554432
    data=$(nbd_on_tcp nbd <answer)
    make_image image 14
    nbdcopy --flush image "$data"
    equals "$(request "$rest/volumes/v/snapshots" -d '{"name": "s"}')" 201
    nbdcopy "$(echo "$data" | sed 's|/v$|/v@s|')" - | cmp image -
    equals "$(request "$rest/volumes/v/resize" -d '{"size": 67108864}')" 200
    equals "$(nbdinfo --size "$data")" 67108864
    equals "$(request -X DELETE "$rest/volumes/v")" 409
    equals "$(request -X DELETE "$rest/volumes/v?snapshots=true")" 204
    equals "$(volary list --json)" "[ ]"
    equals "$(request "$rest/status")" 200
}

test_the_network_cannot_stop_the_daemon_and_web_pages_get_nothing() {
    network_pool ""
    volary start
    rest=http://127.0.0.1:$port/v1
    equals "$(request -X POST "$rest/stop")" 404
    equals "$(request "$rest/imports" -d '{}')" 404
    equals "$(request "$rest/volumes" -H "Origin: http://127.0.0.1:$port" -d '{"name": "v", "size": 1048576}')" 403
    equals "$(request "$rest/volumes" -H "Host: pages.example:$port")" 403
    equals "$(request "http://localhost:$port/v1/volumes")" 200
    equals "$(head -c 100000 /dev/zero | request "$rest/volumes" --data-binary @-)" 413
    equals "$(volary list --json)" "[ ]"
}

test_the_network_interface_over_tls() {
    make_certificates own >openssl.out 2>&1
    make_certificates foreign >>openssl.out 2>&1
    network_pool "\"tls\": {\"certificate\": \"$PWD/own.server/server-cert.pem\",
        \"key\": \"$PWD/own.server/server-key.pem\", \"clientCa\": \"$PWD/own.ca.pem\"}"
    volary start
    rest=https://localhost:$port/v1
    equals "$(with_credentials own request "$rest/volumes" -d '{"name": "v", "size": 33554432}')" 201
    data=$(nbd_on_tcp nbds <answer | sed 's/127.0.0.1/localhost/')
    nbdinfo --is tls "$data?tls-certificates=$PWD/own.client"
    ! with_credentials foreign request --cacert own.ca.pem "$rest/volumes" || fail "a foreign certificate gets in"
    ! request --cacert own.ca.pem "$rest/volumes" || fail "a client without a certificate gets in"
    ! request "http://localhost:$port/v1/volumes" || fail "a client without TLS gets in"
    equals "$(volary list --json | jq length)" 1
}

with_credentials() {
    of=$1
    shift
    "$@" --cacert "$of.client/ca-cert.pem" --cert "$of.client/client-cert.pem" --key "$of.client/client-key.pem"
}

test_recipe_openvstorage_over_tcp() {
    volary qemu-driver
    network_pool ""
    volary start
    remote=openvstorage+tcp:127.0.0.1:$port/v
    make_image image 15
    volary qemu-img convert -f raw -O raw image "$remote"
    volary qemu-img compare -f raw -F raw image openvstorage:v
    volary snapshot v@s
    volary qemu-io -f raw -c 'write -P 4 0 1M' -c 'flush' -c 'discard 1M 1M' -c 'read -P 0 1M 1M' "volary+tcp:localhost:$port/v"
    volary qemu-img compare -f raw -F raw image "$remote@s"
    volary qemu-img compare --image-opts "driver=openvstorage,transport=tcp,host=127.0.0.1,port=$port,volume=v" driver=openvstorage,volume=v
    volary qemu-img map --output=json -f raw "$remote" | jq -e 'any(.[]; .data == false)'
    refused 1 "there is a volume v already" volary qemu-img create -q "$remote" 1G
    refused 1 "there is no volume nosuch" volary qemu-img info "openvstorage+tcp:127.0.0.1:$port/nosuch"
    refused 1 "which needs TLS" volary qemu-img info "openvstorage+tcp:192.0.2.1/v"
    refused 1 "has no host" volary qemu-img info "openvstorage+tcp:v"
    refused 1 "say host=HOST" volary qemu-img info --image-opts driver=openvstorage,transport=tcp,volume=v
}

test_openvstorage_over_tcp_resizes() {
    volary qemu-driver
    network_pool ""
    volary start
    remote=openvstorage+tcp:127.0.0.1:$port/v
    volary qemu-img create -q "$remote" 8M
    volary qemu-io -f raw -c 'write -P 1 7M 1M' "$remote"
    volary qemu-img resize -f raw "$remote" 16M >resize.out 2>&1
    grep -q '^Image resized' resize.out || fail "$(cat resize.out)"
    equals "$(volary info v --json | jq .size)" 16777216
    volary qemu-io -f raw -c 'read -P 1 7M 1M' -c 'read -P 0 8M 8M' -c 'write -P 2 15M 1M' "$remote"
    volary qemu-img resize -q --shrink -f raw "$remote" 7M
    equals "$(volary info v --json | jq .size)" 7340032
    # One program, which sees the new size at once, before and after it has written.
    volary qemu-io -f raw -c 'truncate 12M' -c 'write -P 3 11M 1M' -c 'truncate 16M' -c 'write -P 4 15M 1M' -c 'read -P 3 11M 1M' \
        -c 'read -P 0 12M 3M' -c 'read -P 0 7M 1M' -c length "$remote" >qemu-io.out
    ! grep -iE 'fail|error' qemu-io.out || fail "qemu-io says so"
    grep -q '^16 MiB' qemu-io.out
    equals "$(volary qemu-img info --output=json "$remote" | jq '."virtual-size"')" 16777216
    # What would be refused to anybody else's sake is refused.
    mkfifo input
    volary qemu-io -f raw openvstorage:v <input >output 2>&1 &
    exec 3>input
    echo 'write 0 512' >&3
    await_words wrote output
    refused 1 "volume v is held by pid $! (qemu-io)" volary qemu-img resize -q --shrink -f raw "$remote" 8M
    exec 3>&-
    wait $!
}

test_openvstorage_over_tcp_makes_snapshots() {
    volary qemu-driver
    network_pool ""
    volary start
    remote=openvstorage+tcp:127.0.0.1:$port/v
    volary qemu-img create -q "$remote" 8M
    volary qemu-io -f raw -c 'write -P 1 0 1M' "$remote"
    volary qemu-img snapshot -c one "$remote"
    volary qemu-io -f raw -c 'write -P 2 0 1M' "$remote"
    volary snapshot v@two
    equals "$(volary qemu-img snapshot -l "$remote" | awk 'NR > 2 { print $1, $2 }' | tr '\n' ' ')" "one one two two "
    volary qemu-io -r -f raw -c 'read -P 1 0 1M' "$remote@one" | grep -q '^read 1048576'
    volary qemu-img snapshot -a one "$remote"
    volary qemu-io -f raw -c 'read -P 1 0 1M' "$remote" | grep -q '^read 1048576'
    volary qemu-img snapshot -d one "$remote"
    equals "$(volary snapshots v --json | jq -r '.[].name')" two
    ! volary qemu-img snapshot -a one "$remote" 2>error || fail "it is gone"
    grep -q 'has no snapshot one' error
    # By somebody who writes meanwhile.
    mkfifo input
    volary qemu-io -f raw "$remote" <input >output 2>&1 &
    exec 3>input
    echo 'write -P 5 0 1M' >&3
    await_words wrote output
    volary qemu-img snapshot -c busy "$remote"
    echo 'write -P 6 0 1M' >&3
    for _ in $(seq 100); do [ "$(grep -c '^wrote' output)" -lt 2 ] || break; sleep 0.1; done
    volary qemu-io -r -f raw -c 'read -P 5 0 1M' "$remote@busy" | grep -q '^read 1048576'
    exec 3>&-
    wait $!
    equals "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$VOLARY_POOL/run/api.sock" -X POST http://localhost/v1/volumes/v/detach)" 404
}

test_openvstorage_over_tls() {
    volary qemu-driver
    make_certificates own >openssl.out 2>&1
    make_certificates foreign >>openssl.out 2>&1
    network_pool "\"tls\": {\"certificate\": \"$PWD/own.server/server-cert.pem\",
        \"key\": \"$PWD/own.server/server-key.pem\", \"clientCa\": \"$PWD/own.ca.pem\"}"
    volary start
    own="tls-creds-x509,id=own,endpoint=client,dir=$PWD/own.client"
    foreign="tls-creds-x509,id=foreign,endpoint=client,dir=$PWD/foreign.client"
    remote=openvstorage+tcp:localhost:$port/v
    volary qemu-img create --object "$own" "$remote:tls-creds=own" 32M
    volary qemu-io --object "$own" -c 'write -P 6 0 1M' -c 'read -P 6 0 1M' \
        --image-opts "driver=raw,file.driver=openvstorage,file.transport=tcp,file.host=localhost,file.port=$port,file.volume=v,file.tls-creds=own"
    volary qemu-io -r -f raw -c 'read -P 6 0 1M' openvstorage:v
    volary qemu-img snapshot --object "$own" -c s "$remote:tls-creds=own"
    volary qemu-img resize --object "$own" -f raw "$remote:tls-creds=own" 64M
    equals "$(volary info v --json | jq -c '[.size, .snapshots]')" '[67108864,1]'
    ! volary qemu-img info --object "$foreign" "$remote:tls-creds=foreign" || fail "a foreign certificate gets in"
    ! volary qemu-img info "$remote" || fail "a client without TLS gets in"
    refused 1 "no TLS credentials 'x'" volary qemu-img info "$remote:tls-creds=x"
}

test_a_taken_port_is_said() {
    network_pool ""
    python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1 &
    for _ in $(seq 50); do ! curl --silent --output answer "http://127.0.0.1:$port" || break; sleep 0.1; done
    ! volary serve 2>err || fail "it serves"
    grep -q "network_interface.network_uri: .*127.0.0.1:$port: is it in use" err
    printf 'alice:%064d\n' 7 >keys
    chmod 600 keys
    rm -r vpool
    network_pool "\"tls\": {\"psk\": \"$PWD/keys\"}"
    refused 1 "no pre-shared keys" volary serve
}
