# Guests on serial consoles: each has a fifo for what is typed and a file for what it prints. Sourced by demo.sh.

guests=""
accelerator=tcg
typed=0

# A guest may hang although /dev/kvm is there, so only a kernel that has printed its first line counts.
choose_accelerator() {
    if [ -w /dev/kvm ] && timeout 5 qemu-system-x86_64 -accel kvm -cpu host -m 128 -nographic -no-reboot -kernel vmlinuz \
        -append "console=ttyS0 panic=-1" </dev/null 2>/dev/null | grep -q -m 1 'Linux version'; then
        accelerator="kvm -cpu host"
    else
        # It would not notice that the disk's server writes to code which it has translated already.
        via="--via nbd "
        say "(KVM is not usable here, so QEMU emulates the processor, and gets its disk over NBD)"
    fi
}

# boot NAME: with $via and $qemu_options, if they are set, as further options of volary's and of QEMU's.
boot() {
    mkfifo "$1.in"
    arguments="${via:-}$1 -- -m 256 -nographic -no-reboot -accel $accelerator${qemu_options:-}"
    show "volary qemu $arguments"
    # shellcheck disable=SC2086 # a list of words
    "$VOLARY_LAUNCHER" qemu $arguments <"$1.in" >"$1.out" 2>&1 &
    eval "pid_$1=$!"
    guests="$guests $1"
    # Held open, so that the guest's terminal does not end between two lines.
    case $1 in vm) exec 7>"$1.in" ;; *) exec 8>"$1.in" ;; esac
    await "$1" 'the guest is ready'
    say "(the guest $1 is up)"
}

send() {
    case $1 in vm) printf '%s\n' "$2" >&7 ;; *) printf '%s\n' "$2" >&8 ;; esac
}

# Types a command in a guest, waits until it is done, and prints what it printed.
guest() {
    typed=$((typed + 1))
    before=$(wc -l <"$1.out")
    printf '%s# %s\n' "$1" "$2"
    # The mark is typed in two parts, so that the echo of what is typed does not look like it.
    send "$1" "$2; echo do''ne-$typed"
    await "$1" "done-$typed"
    answer=$(tail -n "+$((before + 1))" "$1.out" | tr -d '\r' | sed 's/\x1b\[[0-9;?]*[A-Za-z]//g' |
        grep -v -e "''ne-" -e 'done-' -e '^# *$' -e '^ *$' -e 'BusyBox' -e 'built-in commands' || true)
    [ -z "$answer" ] || printf '%s\n' "$answer"
}

expect() {
    case $answer in *"$2"*) ;; *) fail "the guest $1 should have answered '$2', but said '$answer'" ;; esac
}

await() {
    tries=0
    until grep -qs "$2" "$1.out"; do
        eval "kill -0 \$pid_$1" 2>/dev/null || fail "the guest $1 has ended: $(tail -3 "$1.out")"
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || fail "the guest $1 does not answer: $(tail -3 "$1.out")"
        sleep 0.1
    done
}

power_off() {
    printf '%s# poweroff -f\n' "$1"
    send "$1" 'sync; poweroff -f'
    eval "wait \$pid_$1" || true
}

stop_guests() {
    for name in $guests; do
        eval "kill \$pid_$name" 2>/dev/null || true
    done
    wait
}
