# The command line without a daemon, and what it refuses.

test_version_is_quick() {
    volary --version | grep -q '^volary [0-9]'
    start=$(date +%s%N)
    for _ in 1 2 3 4 5; do volary --version >/dev/null; done
    average=$((($(date +%s%N) - start) / 5000000))
    [ $average -lt 500 ] || fail "--version takes $average ms"
}

test_help_and_completion_need_no_daemon() {
    volary help | grep -q 'rollback'
    volary help create | grep -q 'SIZE'
    volary create --help | grep -q 'SIZE'
    volary completion >completion
    bash -n completion
    grep -q snapshots completion
    [ ! -e vpool ] || fail "a vPool was made"
}

test_misuse_has_status_2() {
    refused 2 "did you mean 'list'?" volary lsit
    refused 2 "did you mean 'snapshot'?" volary snapshto v
    refused 2 "'10X' is not a size" volary create v 10X
    refused 2 "multiple of 512" volary create v 513
    refused 2 "multiple of 512" volary create v 0
    refused 2 "at most 64T" volary create v 65T
    refused 2 "no option '--jsno' here; did you mean '--json'?" volary list --jsno
    refused 2 "did you mean 'list'?" volary help lsit
    refused 2 "'w' is one word too many" volary info v w
    refused 2 "volary: '-1' is not a size" volary create v -1
    refused 2 "volary: 'ü' cannot be the name" volary create ü 1G
    refused 2 "volary: '' cannot be the name" volary create '' 1G
    refused 2 "cannot be the name" volary create "$(printf 'x%.0s' $(seq 65))" 1G
    refused 2 "cannot be the name of a snapshot" volary snapshot v@s@t
    refused 2 "cannot be the name" volary create -- -v 1G
    refused 2 "cannot be the name" volary create a/b 1G
    refused 2 "wants a volume" volary create a@b 1G
    refused 2 "wants a snapshot" volary snapshot a
    refused 2 "SIZE" volary create v
}

test_commands_name_start_when_no_daemon_runs() {
    for command in "list" "info v" "create v 1G" "snapshot v@s" "snapshots v" "rollback v@s" "clone v w" "delete v" \
        "import /dev/null v" "export v file" "qemu v" "status" "resize v 1G"; do
        refused 1 "volary start" volary $command
    done
    volary stop | grep -q 'not running'
    refused 1 "volary --pool '$PWD/my pool' start" volary --pool "$PWD/my pool" list
    refused 1 "is empty" volary --pool '' list
    touch file
    refused 1 "is not a directory" volary --pool file start
}

test_an_installed_volary_needs_no_source_tree() {
    volary install --prefix "$PWD/usr" | grep -q "$PWD/usr/bin/volary"
    volary install --prefix usr # over what is there
    equals "$(usr/bin/volary --version)" "$(volary --version)"
    usr/bin/volary start | grep -q ready
    usr/bin/volary create v 10M
    tr '\0' ' ' <"/proc/$(daemon_pid)/cmdline" | grep -q "$PWD/usr/lib/volary/app" || fail "it runs from elsewhere"
    usr/bin/volary stop
    PKG_CONFIG_PATH=usr/lib/pkgconfig pkg-config --exists volary
    [ -e usr/lib/libvolary.so ] && [ -e usr/include/volary.h ] && [ -e usr/share/man/man3/libvolary.3 ]
    for command in $(volary help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        grep -q "^\.SS $command$" usr/share/man/man1/volary.1 || fail "$command is not in the manual"
    done
    bash -c '. usr/share/bash-completion/completions/volary && complete -p volary'
    grep -q "^ExecStart=$PWD/usr/bin/volary " usr/lib/systemd/system/volary.service
    refused 1 "source tree" usr/bin/volary install
    refused 1 "cannot be written to" volary install --prefix /proc
}
