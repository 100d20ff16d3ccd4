package io.volary.volume.remote;

import static io.volary.volume.remote.TestServer.FAMILY;
import static io.volary.volume.remote.TestServer.OTHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import io.volary.volume.remote.TestServer.World;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TakeoverTest {
    private static final long LEASE = 10_000;

    private final World world = new World();
    private final TestServer first = new TestServer(world, 1, LEASE);
    private final TestServer second = new TestServer(world, 2, LEASE);

    @Test
    void whoIsFirstNeedNotWait() {
        OwnedFamily family = first.own();

        assertThat(family.epoch()).isEqualTo(1);
        assertThat(first.holds(family)).isTrue();
        assertThat(first.waitedMillis()).isZero();
        assertThat(world.names("")).containsExactly("claims/" + FAMILY + "/00000001", "owners/" + FAMILY + "/00000001");
    }

    @Test
    void anEpochIsAboveAllThatAreKnown() {
        assertThat(owned(first.take(Map.of(FAMILY, 0x41)), FAMILY).epoch()).isEqualTo(0x42);
        assertThat(owned(second.take(Map.of(FAMILY, 0x17)), FAMILY).epoch()).isEqualTo(0x43);
    }

    @Test
    void whoAnswersIsWaitedForNoLongerThanItTakes() {
        OwnedFamily before = first.own();
        world.meanwhile = first.lease::renew;

        OwnedFamily after = second.own();

        assertThat(first.fenced).containsExactly(before);
        assertThat(first.holds(before)).isFalse();
        assertThat(second.holds(after)).isTrue();
        assertThat(second.waitedMillis()).isLessThan(1000);
        assertThat(world.names("fences/")).isEmpty();
    }

    @Test
    void whoIsSilentIsWaitedForUntilItsLeaseIsOver() {
        OwnedFamily before = first.own();
        world.meanwhile = () -> assertThat(second.waitedMillis() < 10_900 || !first.holds(before))
                .isTrue();

        OwnedFamily after = second.own();

        assertThat(second.waitedMillis()).isBetween(11_000L, 11_250L);
        assertThat(first.holds(before)).isFalse();
        assertThat(world.names("fences/")).containsExactly(first.fence(after));
    }

    @Test
    void whoComesBackLaterFindsThatItWasFenced() {
        OwnedFamily before = first.own();
        OwnedFamily after = second.own();
        after.committed();

        first.lease.renew();

        assertThat(first.holds(before)).isFalse();
        assertThat(first.fenced).containsExactly(before);
        assertThat(world.names("fences/")).isEmpty();
    }

    @Test
    void aProcessThatIsGoneIsNeitherFencedNorWaitedFor() {
        first.own();
        world.gone.add(first.self.process());

        assertThat(second.own().epoch()).isEqualTo(2);

        assertThat(second.waitedMillis()).isZero();
        assertThat(world.names("fences/")).isEmpty();
    }

    @Test
    void aProcessThatEndsMeanwhileIsWaitedForNoLonger() {
        first.own();
        world.meanwhile = () -> world.gone.add(first.self.process());

        second.own();

        assertThat(second.waitedMillis()).isLessThan(1000);
    }

    @Test
    void aServerThatWasStartedAgainNeedNotWaitForItself() {
        first.own();

        TestServer again = new TestServer(world, 1, 77, LEASE);
        assertThat(again.own().epoch()).isEqualTo(2);

        assertThat(again.waitedMillis()).isZero();
        assertThat(world.names("fences/")).isEmpty();
    }

    @Test
    void aClaimThatNobodyOwnsIsNotWaitedFor() {
        world.objects.claim("claims/" + FAMILY + "/00000005");

        assertThat(first.own().epoch()).isEqualTo(6);
        assertThat(first.waitedMillis()).isZero();
    }

    @Test
    void whoIsOvertakenLosesAndSaysToWhom() {
        TestServer third = new TestServer(world, 3, LEASE);
        first.own();
        world.meanwhile = () -> {
            world.meanwhile = () -> {};
            third.own();
        };

        VolumeException refused = refused(second.take(FAMILY), FAMILY);

        assertThat(refused.kind()).isEqualTo(Kind.FENCED);
        assertThat(refused).hasMessageContaining(FAMILY).hasMessageContaining("host-3");
        assertThat(world.names("owners/"))
                .contains("owners/" + FAMILY + "/00000003")
                .doesNotContain("owners/" + FAMILY + "/00000002");
    }

    @Test
    void whoIsFencedWhileItLooksAgainLoses() {
        var records = new OwnershipRecords(world.objects);
        FamilyEpoch others = new FamilyEpoch(FAMILY, 2);
        first.store.afterList(() -> {
            if (world.names("owners/").size() == 1) {
                records.fence(first.self.server(), others);
                first.store.afterList(() -> {});
                first.lease.renew();
            }
        });

        assertThat(refused(first.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.FENCED);

        assertThat(world.names("fences/")).isEmpty();
        assertThat(first.fenced).isEmpty();
    }

    @Test
    void whoIsFencedBeforeItHasSaidWhoItIsLoses() {
        var records = new OwnershipRecords(world.objects);
        first.store.before(call -> {
            if (call.startsWith("put owners/")) {
                records.fence(first.self.server(), new FamilyEpoch(FAMILY, 2));
                first.lease.renew();
            }
        });

        assertThat(refused(first.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.FENCED);
    }

    @Test
    void whatWasReleasedNeedsNoWaitAndItsNumberIsNotGivenAgain() {
        OwnedFamily before = first.own();
        before.release();

        assertThat(first.holds(before)).isFalse();
        assertThat(second.own().epoch()).isEqualTo(2);
        assertThat(second.waitedMillis()).isZero();
    }

    @Test
    void aReleaseThatFailsIsOneAllTheSame() {
        OwnedFamily before = first.own();
        first.store.fail("delete owners/");
        assertThat(catchThrowable(before::release)).isNotNull();
        world.meanwhile = first.lease::renew;

        second.own();

        assertThat(first.fenced).as("told of what is not served").isEmpty();
        assertThat(second.waitedMillis()).isLessThan(1000);
    }

    @Test
    void whatIsCommittedClearsAwayWhatWasBefore() {
        first.own().release();
        second.own().release();
        TestServer third = new TestServer(world, 3, LEASE);
        OwnedFamily family = third.own();
        third.take(OTHER);

        family.committed();

        assertThat(world.names("claims/" + FAMILY)).containsExactly("claims/" + FAMILY + "/00000003");
        assertThat(world.names("owners/" + FAMILY)).containsExactly("owners/" + FAMILY + "/00000003");
        assertThat(world.names("owners/" + OTHER)).hasSize(1);
    }

    @Test
    void manyFamiliesTakeOneWaitAndFewLists() {
        Map<String, Integer> families = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            families.put(new UUID(7, i).toString(), i);
        }
        assertThat(first.take(families).owned()).hasSize(50);
        long lists = world.objects.requests().lists();

        assertThat(second.take(families).owned()).hasSize(50);

        assertThat(second.waitedMillis()).isBetween(11_000L, 11_250L);
        assertThat(world.objects.requests().lists() - lists).isLessThan(100);
    }

    @Test
    void aLeaseWithoutAnEndIsWaitedForAsLongAsWasAskedFor() {
        TestServer endless = new TestServer(world, 4, 0);
        OwnedFamily before = endless.own();
        world.pass(100_000_000);
        assertThat(endless.holds(before)).isTrue();

        second.own();

        assertThat(second.waitedMillis()).isEqualTo(TestServer.PATIENCE_MILLIS);
        assertThat(endless.holds(before)).as("what is documented").isTrue();
        endless.lease.renew();
        assertThat(endless.holds(before)).isFalse();
    }

    @Test
    void whatCannotBeReadKeepsOnlyItsOwnFamily() {
        put("owners/" + FAMILY + "/00000001", "volary-owner 9\n");

        var result = first.take(Map.of(FAMILY, 1, OTHER, 0));

        assertThat(refused(result, FAMILY).kind()).isEqualTo(Kind.NEWER_FORMAT);
        assertThat(first.holds(owned(result, OTHER))).isTrue();
    }

    @Test
    void whatIsTooLargeIsNotRead() {
        put("owners/" + FAMILY + "/00000001", "x".repeat(5000));

        assertThat(refused(second.take(Map.of(FAMILY, 1)), FAMILY).kind()).isEqualTo(Kind.CORRUPT);
    }

    @Test
    void aStoreThatFailsIsTriedAgain() {
        for (String call :
                new String[] {"list claims/", "claim ", "put owners/", "list owners/", "get ", "put fences/"}) {
            first.store.fail("none");
            second.store.fail("none");
            first.own();
            second.store.fail(call);

            assertThat(refused(second.take(FAMILY), FAMILY).kind()).as(call).isEqualTo(Kind.IO_ERROR);

            second.store.fail("none");
            world.meanwhile = first.lease::renew;
            second.own().release();
        }
    }

    @Test
    void aStoreThatFailsInTheEndLeavesNothingOwned() {
        first.own();
        world.meanwhile = () -> second.store.fail("list claims/");

        assertThat(refused(second.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.IO_ERROR);
        assertThat(world.names("owners/")).hasSize(1);
    }

    @Test
    void whatIsServedHereCannotBeTaken() {
        OwnedFamily family = first.own();

        assertThat(refused(first.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.BUSY);
        assertThat(first.holds(family)).isTrue();
    }

    @Test
    void thereIsALastEpoch() {
        assertThat(owned(first.take(Map.of(FAMILY, 0xfffffe)), FAMILY).epoch()).isEqualTo(0xffffff);

        assertThat(refused(second.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void whoIsOvertakenByClaimsAgainAndAgainGivesUp() {
        first.store.before(call -> {
            if (call.startsWith("claim ")) {
                world.objects.claim(call.substring("claim ".length()));
            }
        });

        assertThat(refused(first.take(FAMILY), FAMILY).kind()).isEqualTo(Kind.FENCED);
    }

    private void put(String name, String text) {
        world.objects.put(name, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static OwnedFamily owned(Takeover.Result result, String family) {
        OwnedFamily owned = result.owned().get(family);
        if (owned == null) {
            throw new AssertionError("not owned: " + result.refused());
        }
        return owned;
    }

    private static VolumeException refused(Takeover.Result result, String family) {
        VolumeException refused = result.refused().get(family);
        if (refused == null) {
            throw new AssertionError("not refused: " + result);
        }
        return refused;
    }
}
