# Installs what is missing if it may, and otherwise says what to install and ends with status 3. Needs nothing else.

missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf ' %s' "$package"
    done
}

ensure_packages() {
    command -v dpkg-query >/dev/null || {
        echo "volary: this is not a Debian-like system; the tools of these Debian packages have to be there: $*" >&2
        return
    }
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "volary: these packages are missing; install them first: sudo apt-get install$missing" >&2
        exit 3
    fi
    echo "volary: installing$missing" >&2
    # shellcheck disable=SC2086 # a list of words
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } \
        >/dev/null || {
        echo "volary: apt-get could not install$missing" >&2
        exit 3
    }
}
