# How the demo talks, and how it runs what it shows. Sourced by demo.sh.

say() {
    printf '%s\n' "$*"
}

title() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf 'volary: demo: %s\n' "$*" >&2
    exit 3
}

# A command as a reader would type it.
show() {
    printf '$ %s\n' "$*"
}

run() {
    show "$*"
    "$@"
}

# Like run, for what is said better by one line of shell.
run_line() {
    show "$1"
    eval "$1"
}

volary() {
    show "volary $*"
    "$VOLARY_LAUNCHER" "$@"
}
