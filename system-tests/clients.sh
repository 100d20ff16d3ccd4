# Other people's NBD clients.

test_qemu_img() {
    make_image image 11
    volary start
    volary create v 32M
    qemu-img convert -n -f raw -O raw image "$(uri v)"
    qemu-img compare -f raw -F raw image "$(uri v)"
    qemu-img convert -f raw -O qcow2 "$(uri v)" copy.qcow2
    qemu-img compare -f qcow2 -F raw copy.qcow2 "$(uri v)"
    # What is a hole on both sides is where the image has none of its data.
    qemu-img map -f raw --output=json "$(uri v)" >map.json
    jq -e 'any(.[]; .data) and any(.[]; .zero) and ([.[].length] | add) == 33554432' map.json
    python3 - <<'CHECK'
import json
image = open("image", "rb").read()
for extent in json.load(open("map.json")):
    piece = image[extent["start"] : extent["start"] + extent["length"]]
    assert extent["data"] or not any(piece), extent
CHECK
    qemu-img bench -f raw -w -c 4000 -d 32 -s 4096 --flush-interval=500 "$(uri v)"
    qemu-img bench -f raw -c 4000 -d 32 -s 4096 "$(uri v)"
}

test_qemu_io() {
    volary start
    volary create v 16M
    qemu-io -f raw "$(uri v)" \
        -c 'write -P 0x11 0 1M' -c 'write -P 0x22 512 512' -c 'write -f -P 0x33 1M 65536' -c 'write -z 64k 64k' \
        -c 'write -z -u 128k 64k' -c 'discard 256k 64k' -c 'aio_write -P 0x44 2M 1M' -c 'aio_write -P 0x55 4M 1M' \
        -c aio_flush -c flush >qemu-io.out
    qemu-io -r -f raw "$(uri v)" \
        -c 'read -P 0x11 0 512' -c 'read -P 0x22 512 512' -c 'read -P 0x11 1024 64512' -c 'read -P 0 64k 128k' \
        -c 'read -P 0x11 192k 64k' -c 'read -P 0 256k 64k' -c 'read -P 0x11 320k 704k' -c 'read -P 0x33 1M 65536' \
        -c 'read -P 0x44 2M 1M' -c 'read -P 0x55 4M 1M' -c 'read -P 0 8M 8M' >>qemu-io.out
    ! grep -iE 'fail|error|invalid' qemu-io.out || fail "qemu-io found something else"
    equals "$(grep -c '^read ' qemu-io.out)" 11
}

test_fio_verifies_what_it_wrote() {
    volary start
    volary create v 64M
    fio_verify randwrite --bsrange=512-65536 --blockalign=512
    fio_verify randrw --bsrange=512-16384 --blockalign=512
    fio_verify randtrimwrite --bs=4096
}

fio_verify() {
    pattern=$1
    shift
    fio --name="$pattern" --ioengine=nbd --uri="$(uri v)" --rw="$pattern" "$@" --size=64M --io_size=48M --iodepth=16 \
        --verify=crc32c --verify_fatal=1 --verify_state_save=0 --randseed=7 --do_verify=1 --output="fio.$pattern" ||
        fail "fio: $(grep -iE 'verify|err' "fio.$pattern" | head -5)"
    grep -q 'err= 0' "fio.$pattern"
}

test_nbdcopy_and_nbdinfo() {
    make_image image 12
    volary start
    volary create v 32M
    nbdcopy --flush --connections=4 image "$(uri v)"
    nbdcopy --connections=4 "$(uri v)" copy
    cmp image copy
    volary create w 32M
    nbdcopy --flush "$(uri v)" "$(uri w)"
    nbdcopy "$(uri w)" - | cmp image -
    nbdinfo --json "$(uri v)" >info.json
    equals "$(jq -r '.exports[0] | [."export-size", .is_read_only, .can_fua, .can_multi_conn, .can_trim] | join(" ")' info.json)" \
        "33554432 false true true true"
    nbdinfo --map --json "$(uri v)" | jq -e 'any(.[]; .type == 0) and any(.[]; .type == 3) and ([.[].length] | add) == 33554432'
    volary snapshot v@s
    nbdinfo --is read-only "$(uri v@s)"
}

test_clients_over_tls() {
    make_certificates own >openssl.out 2>&1
    make_certificates foreign >>openssl.out 2>&1
    port=$(free_port)
    mkdir vpool
    cat >vpool/vpool.json <<JSON
{"nbd": {"listen": "127.0.0.1:$port", "tls": {"certificate": "$PWD/own.server/server-cert.pem",
    "key": "$PWD/own.server/server-key.pem", "clientCa": "$PWD/own.ca.pem"}}}
JSON
    make_image image 13
    volary start
    volary create v 32M
    tls_uri="nbds://localhost:$port/v?tls-certificates=$PWD/own.client"
    nbdcopy --flush image "$tls_uri"
    nbdcopy "$tls_uri" - | cmp image -
    tls_object="tls-creds-x509,id=t,dir=$PWD/own.client,endpoint=client,verify-peer=yes"
    tls_options="driver=nbd,host=localhost,port=$port,export=v,tls-creds=t"
    qemu-img compare --object "$tls_object" --image-opts driver=raw,file.filename=image "$tls_options"
    qemu-io --object "$tls_object" --image-opts -c "aio_write -P 0x66 1M 2M" -c aio_flush -c flush -c "read -P 0x66 1M 2M" "$tls_options"
    ! nbdinfo "nbds://localhost:$port/v?tls-certificates=$PWD/foreign.client" || fail "a foreign certificate gets in"
    ! nbdinfo "nbd://localhost:$port/v" || fail "a client without TLS gets in"
    nbdinfo --is tls "$tls_uri"
}
