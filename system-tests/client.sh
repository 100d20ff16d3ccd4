# The C library, by its own test program, on the real daemon.

build_client() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    built=$checkout/.build/client
    mkdir -p "$built"
    flock "$built/lock" make -s -C "$checkout/client" BUILD="$built"
    flock "$built/lock" make -s -C "$checkout/client/test" BUILD="$built"
    test_program=$built/volary-test
}

test_client_controls_volumes() {
    build_client
    volary start
    "$test_program" control
    equals "$(volary list --json | jq length)" 0
}

test_client_is_refused_what_it_must_not_do() {
    build_client
    volary start
    "$test_program" refusals
}

test_client_behaves_like_an_array() {
    build_client
    volary start
    for seed in 1 2 3; do
        "$test_program" random "v$seed" $seed 600
    done
}

test_client_outlives_the_daemon() {
    build_client
    volary start
    "$test_program" load v 6 >load.out 2>load.err &
    load=$!
    await_words running load.out
    for _ in 1 2 3; do
        sleep 1
        kill -9 "$(daemon_pid)"
        volary start
    done
    volary stop
    volary start
    wait $load || fail "$(cat load.err)"
    grep -q ' writes$' load.out
}

test_client_and_others_write_one_at_a_time() {
    build_client
    volary start
    volary create v 32M
    make_image image 7
    mkfifo input
    "$test_program" hold v <input >held &
    holder=$!
    exec 3>input
    await_words held held
    volary info v --json | jq -r .holder | grep -q "^pid $holder (volary-test)$"
    refused 1 "held by pid $holder (volary-test)" "$test_program" hold v
    refused 1 "pid $holder (volary-test)" volary delete v
    nbdinfo --json "$(uri v@)" | jq -e '.exports[0].is_read_only'
    ! nbdinfo --list "nbd+unix:///?socket=$VOLARY_POOL/run/nbd.sock" | grep -q 'v@'
    exec 3>&-
    wait $holder
    "$test_program" hold v </dev/null
    volary delete v
}

test_client_finds_the_vpool_as_the_command_line_does() {
    build_client
    volary start
    mkdir elsewhere
    (cd elsewhere && refused 1 "start it with: volary --pool '$PWD/vpool' start" env -u VOLARY_POOL "$test_program" control)
    env -u VOLARY_POOL "$test_program" control
}

test_client_works_over_tcp() {
    build_client
    network_pool ""
    volary start
    export VOLARY_TEST_HOST=127.0.0.1 VOLARY_TEST_PORT="$port"
    "$test_program" control
    "$test_program" remote
    equals "$(volary list --json | jq length)" 0
    for seed in 1 2 3; do
        "$test_program" random "v$seed" $seed 600
    done
    nbdcopy "$(uri v1)" v1.raw
    equals "$(stat -c %s v1.raw)" 16777216
}

test_client_works_over_tls() {
    build_client
    make_certificates own >openssl.out 2>&1
    make_certificates foreign >>openssl.out 2>&1
    network_pool "\"tls\": {\"certificate\": \"$PWD/own.server/server-cert.pem\",
        \"key\": \"$PWD/own.server/server-key.pem\", \"clientCa\": \"$PWD/own.ca.pem\"}"
    volary start
    export VOLARY_TEST_HOST=localhost VOLARY_TEST_PORT="$port"
    VOLARY_TEST_CERTIFICATES=$PWD/own.client "$test_program" control
    VOLARY_TEST_CERTIFICATES=$PWD/own.client "$test_program" random v 4 300
    ! VOLARY_TEST_CERTIFICATES=$PWD/foreign.client "$test_program" control 2>error || fail "a foreign certificate gets in"
    grep -q "localhost:$port: .*certificate" error || fail "$(cat error)"
    ! "$test_program" control 2>error || fail "a client without TLS gets in"
}

test_client_outlives_the_daemon_over_tcp() {
    build_client
    network_pool "\"listen\": \"127.0.0.1:$(free_port)\""
    volary start
    VOLARY_TEST_HOST=127.0.0.1 VOLARY_TEST_PORT=$port "$test_program" load v 4 >load.out 2>load.err &
    load=$!
    await_words running load.out
    for _ in 1 2; do
        sleep 1
        kill -9 "$(daemon_pid)"
        volary start
    done
    wait $load || fail "$(cat load.err)"
    grep -q ' writes$' load.out
}

test_client_and_others_write_one_at_a_time_over_tcp() {
    build_client
    network_pool ""
    volary start
    volary create v 32M
    mkfifo input
    "$test_program" hold v <input >held &
    holder=$!
    exec 3>input
    await_words held held
    VOLARY_TEST_HOST=127.0.0.1 VOLARY_TEST_PORT=$port refused 1 "held by pid $holder (volary-test)" "$test_program" hold v
    exec 3>&-
    wait $holder
    VOLARY_TEST_HOST=127.0.0.1 VOLARY_TEST_PORT=$port "$test_program" hold v </dev/null
}

test_client_is_installed_for_other_programs() {
    build_client
    make -s -C "$checkout/client" BUILD="$PWD/built" PREFIX="$PWD/installed" install
    cat >program.c <<'END'
#include <stdio.h>
#include <volary.h>
int main(void) { return puts(volary_version()) < 0; }
END
    export PKG_CONFIG_PATH="$PWD/installed/lib/pkgconfig"
    # shellcheck disable=SC2046 # a list of options
    gcc -o program program.c $(pkg-config --cflags --libs volary)
    equals "$(LD_LIBRARY_PATH=$PWD/installed/lib ./program)" "$(pkg-config --modversion volary)"
    # shellcheck disable=SC2046
    gcc -static -o program program.c $(pkg-config --cflags volary) "$PWD/installed/lib/libvolary.a" && ./program
    cat >program.c <<'END'
#include <stdio.h>
#include <volary_tcp.h>
int main(void)
{
    volary_pool *pool;
    return volary_pool_connect("192.0.2.1", NULL, NULL, &pool) < 0 ? !puts(volary_error()) : 1;
}
END
    # shellcheck disable=SC2046
    gcc -o program program.c $(pkg-config --cflags --libs volary-tcp)
    LD_LIBRARY_PATH=$PWD/installed/lib ./program | grep -q 'needs TLS'
    [ -z "$(ldd installed/lib/libvolary.so.0 | grep -E 'libnbd|gnutls')" ] || fail "who uses shared memory needs no NBD"
    equals "$(nm -D --defined-only installed/lib/libvolary-tcp.so.0 | awk '{ print $3 }')" volary_pool_connect
    [ "$(nm -D --defined-only installed/lib/libvolary.so.0 | grep -vc ' volary_')" = 0 ] || fail "symbols that are no business of others"
    grep -q volary_open installed/share/man/man3/libvolary.3
}
