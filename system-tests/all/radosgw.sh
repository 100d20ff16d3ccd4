# A vPool whose segments are on Ceph's S3 gateway, a server that has nothing in common with the one of the daily tests.

. "$(dirname "$FILE")/../../demo/packages.sh"

use_radosgw() {
    ensure_packages ceph-mon ceph-osd radosgw curl
}

test_radosgw_keeps_the_contract_of_objects() {
    use_radosgw
    root=$(dirname "$(readlink -f "$(command -v volary)")")
    JAVA_HOME=$(volary --java-home)
    export JAVA_HOME AWS_ACCESS_KEY_ID=tester AWS_SECRET_ACCESS_KEY="a secret of the test"
    "$root/system-tests/radosgw" 0 "$PWD/s3" volumes >ready 2>server.err &
    server=$!
    trap 'status=$?; kill -9 "$server"; (exit "$status"); finish' EXIT # of other signals it takes no notice
    for _ in $(seq 120); do ! grep -q ready: ready || break; sleep 0.5; done
    grep -q ready: ready || fail "radosgw has not started: $(cat server.err)"
    VOLARY_S3_ENDPOINT=$(sed 's/ready: //' ready) VOLARY_S3_BUCKET=volumes \
        VOLARY_S3_KEY_ID=$AWS_ACCESS_KEY_ID VOLARY_S3_SECRET=$AWS_SECRET_ACCESS_KEY \
        MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow" \
        flock "$root/.build/lock" mvn -B -Dstyle.color=never -Dspotless.check.skip=true -f "$root/pom.xml" -pl store-s3 -am test \
        -Dtest=S3ServerContractTest -Dsurefire.failIfNoSpecifiedTests=false >contract.out || fail "$(tail -40 contract.out)"
    grep -E 'Tests run: [1-9][0-9]*, Failures: 0, Errors: 0, Skipped: 0' contract.out || fail "$(tail -40 contract.out)"
}

test_radosgw_machine_is_lost() {
    use_radosgw
    run_python store.py lost radosgw
}

test_radosgw_second_daemon_takes_over() {
    use_radosgw
    run_python store.py fenced radosgw
}

test_radosgw_cache_is_small() {
    use_radosgw
    run_python store.py small radosgw
}
