# The launcher's first use.

test_two_first_uses_at_once_in_a_path_with_spaces() {
    root=$(dirname "$(readlink -f "$(command -v volary)")")
    mkdir 'a clone'
    (cd "$root" && tar -cf - --exclude=./.git --exclude=./.build --exclude=target .) | tar -xf - -C 'a clone'
    'a clone/volary' --version >first 2>&1 &
    'a clone/volary' --version >second 2>&1
    wait $!
    grep -q '^volary [0-9]' first || fail "$(cat first)"
    grep -q '^volary [0-9]' second || fail "$(cat second)"
    equals "$(ls -d 'a clone/.build'/app-* | wc -l)" 1
    equals "$('a clone/volary' --version 2>&1 | wc -l)" 1
}
