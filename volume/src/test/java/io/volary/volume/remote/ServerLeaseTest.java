package io.volary.volume.remote;

import static io.volary.volume.remote.TestServer.FAMILY;
import static io.volary.volume.remote.TestServer.OTHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.LinuxProcess;
import io.volary.volume.remote.TestServer.World;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ServerLeaseTest {
    private static final long LEASE = 10_000;

    private final World world = new World();
    private final TestServer first = new TestServer(world, 1, LEASE);
    private final TestServer second = new TestServer(world, 2, LEASE);

    @Test
    void itRunsOutByItselfAndComesBack() {
        OwnedFamily family = first.own();
        world.pass(8_999);
        assertThat(first.holds(family)).isTrue();
        world.pass(1);
        assertThat(first.holds(family)).isFalse();

        first.lease.renew();

        assertThat(first.holds(family)).isTrue();
    }

    @Test
    void itIsCountedFromBeforeTheStoreWasAsked() {
        OwnedFamily family = first.own();
        first.store.before(call -> world.pass(4000));
        first.lease.renew();

        world.pass(4999);
        assertThat(first.holds(family)).isTrue();
        world.pass(1);
        assertThat(first.holds(family)).isFalse();
    }

    @Test
    void oneThatTookTooLongIsNone() {
        OwnedFamily family = first.own();
        first.store.before(call -> world.pass(20_000));

        assertThat(first.lease.renew()).isZero();

        assertThat(first.holds(family)).isFalse();
    }

    @Test
    void itIsRenewedFourTimesInItsTermAndEveryThreeSecondsAtLeast() {
        assertThat(millis(first.lease.renew())).isEqualTo(2500);
        assertThat(millis(new TestServer(world, 3, 60_000).lease.renew())).isEqualTo(3000);
        assertThat(millis(new TestServer(world, 4, 0).lease.renew())).isEqualTo(3000);
        first.store.before(call -> world.pass(1000));
        assertThat(millis(first.lease.renew())).isEqualTo(1500);
    }

    @Test
    void whatFailedIsTriedAgainSoon() {
        OwnedFamily family = first.own();
        first.store.fail("list fences/");

        assertThat(millis(first.lease.renew())).isEqualTo(625);

        world.pass(9000);
        assertThat(first.holds(family)).isFalse();
    }

    @Test
    void oneRequestIsForAllFamilies() {
        first.take(FAMILY, OTHER);
        long before = world.objects.requests().lists();

        first.lease.renew();

        assertThat(world.objects.requests().lists() - before).isEqualTo(1);
    }

    @Test
    void theOthersAreHeldOnWhileOneStops() {
        var families = first.take(FAMILY, OTHER).owned();
        first.stopsAtOnce = false;
        fence(FAMILY, 2);
        world.pass(8000);

        assertThat(millis(first.lease.renew())).isEqualTo(100);

        world.pass(8000);
        assertThat(families.get(FAMILY)).matches(family -> !first.holds(family));
        assertThat(families.get(OTHER)).matches(first::holds);
    }

    @Test
    void aFenceIsToldOnceAndAcknowledgedWhenAllIsStopped() {
        OwnedFamily family = first.own();
        first.stopsAtOnce = false;
        fence(FAMILY, 2);
        first.lease.renew();
        first.lease.renew();
        assertThat(first.fenced).containsExactly(family);
        assertThat(world.names("fences/")).hasSize(1);

        family.stopped();
        first.lease.renew();

        assertThat(world.names("fences/")).isEmpty();
        assertThat(first.holds(family)).isFalse();
        assertThat(first.fenced).hasSize(1);
    }

    @Test
    void aFenceOfWhatIsNotServedIsAcknowledged() {
        fence(FAMILY, 2);

        first.lease.renew();

        assertThat(world.names("fences/")).isEmpty();
        assertThat(first.fenced).isEmpty();
    }

    @Test
    void aFenceOfAnEarlierTimeStopsNothing() {
        OwnedFamily family = first.own();
        fence(FAMILY, 1);

        first.lease.renew();

        assertThat(world.names("fences/")).isEmpty();
        assertThat(first.holds(family)).isTrue();
    }

    @Test
    void anAcknowledgementThatFailsIsMadeAgainAndTheLeaseHolds() {
        OwnedFamily other = first.take(FAMILY, OTHER).owned().get(OTHER);
        fence(FAMILY, 2);
        world.pass(8000);
        first.store.fail("delete fences/");
        first.lease.renew();
        assertThat(world.names("fences/")).hasSize(1);
        world.pass(8000);
        assertThat(other).matches(first::holds);

        first.store.fail("none");
        first.lease.renew();

        assertThat(world.names("fences/")).isEmpty();
    }

    @Test
    void acknowledgementsDoNotKeepTheLeaseFromBeingRenewed() {
        for (int i = 1; i <= 20; i++) {
            fence(new UUID(3, i).toString(), 2);
        }
        first.store.before(call -> world.pass(500));

        first.lease.renew();

        assertThat(world.names("fences/")).hasSize(16);
    }

    @Test
    void whatWasTakenBackIsHeldAgain() {
        OwnedFamily before = first.own();
        world.meanwhile = first.lease::renew;
        second.own();
        world.meanwhile = second.lease::renew;

        OwnedFamily again = first.own();

        assertThat(first.holds(again)).isTrue();
        assertThat(first.holds(before)).isFalse();
        assertThat(second.fenced).hasSize(1);
    }

    @Test
    void termsHaveLimits() {
        assertThatThrownBy(() -> new LeaseTerm(999)).hasMessageContaining("999");
        assertThatThrownBy(() -> new LeaseTerm(3_600_001)).hasMessageContaining("3600001");
        assertThatThrownBy(() -> new Owner("one", new LeaseTerm(0), LinuxProcess.current(), "host"))
                .hasMessageContaining("UUID");
    }

    private void fence(String family, int epoch) {
        new OwnershipRecords(world.objects).fence(first.self.server(), new FamilyEpoch(family, epoch));
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
