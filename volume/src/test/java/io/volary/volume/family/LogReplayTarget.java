package io.volary.volume.family;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.volume.EngineOptions;
import io.volary.volume.Limits;
import io.volary.volume.VolumeException;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.ControlRecord;
import io.volary.volume.format.Layouts;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.RecordHeader;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.space.Numbering;
import io.volary.volume.space.ResidentBitmaps;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.SimulatedDisk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * A log that a family is opened with. An input is a row of records, {@value #RECORD_BYTES} bytes each: what is wrong with it, type,
 * sequence number as it differs from the one expected, what is known durable as it differs from that, extents, blocks of data, and from
 * the eighth byte on what begins at {@link RecordHeader#PAYLOAD}. All checksums fit that are not to be wrong. The family opens or is
 * refused, and ends. What else there is in these classes, failing disks and missing nodes, is the simulator's.
 */
@Parses(
        value = RecordHeader.class,
        guides = {LogReplay.class, DurableSearch.class, Applier.class},
        maxBytes = 12 * LogReplayTarget.RECORD_BYTES,
        maxAllocation = 64 << 20)
public final class LogReplayTarget implements FuzzTarget {
    static final int RECORD_BYTES = 128;

    private static final int HEAD_BYTES = 8;
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int MAX_DATA_BLOCKS = 4;
    private static final int MAX_EXTENTS = (RECORD_BYTES - HEAD_BYTES) / 32;
    private static final long MOST_ZEROES = 1023 | 1L << 40;
    private static final int WRONG_HEADER = 1;
    private static final int WRONG_DATA = 2;
    private static final int NEXT_SEGMENT = 4;
    private static final EngineOptions OPTIONS =
            new EngineOptions(SEGMENT_BYTES, 1 << 20, 4L * ResidentBitmaps.BYTES, 0, 70, 2 << 20, null);

    private final NativeBuffer buffer =
            NativeBuffer.allocate(Arena.ofAuto(), (1 + MAX_DATA_BLOCKS) * Limits.BLOCK_BYTES);
    private final Checksum checksum = new Checksum();

    @Override
    public List<byte[]> seeds() {
        byte[] write = data(RecordHeader.EXTENT_WRITE, 0, 2, 2);
        var seeds = new ArrayList<>(List.of(
                join(write, data(RecordHeader.EXTENT_ZERO, 1, 3, 0), data(RecordHeader.EXTENT_DISCARD, 0, 1 << 20, 0)),
                join(write, changed(write, 0, NEXT_SEGMENT), changed(write, 0, WRONG_DATA)),
                join(write, changed(write, 0, WRONG_HEADER), write)));
        byte[] operations = write;
        for (ControlRecord operation : operations()) {
            operations = join(operations, control(operation), write);
            seeds.add(join(write, control(operation)));
        }
        seeds.add(operations);
        return seeds;
    }

    private static List<ControlRecord> operations() {
        return List.of(
                new ControlRecord.TakeSnapshot(1, 2, 3, "s"),
                new ControlRecord.CloneSnapshot(2, 2, 3, "c", "v@s"),
                new ControlRecord.CloneVolume(1, 4, 3, 3, 5, "d", "v"),
                new ControlRecord.Resize(1, 1 << 30),
                new ControlRecord.Rename(1, "w"),
                new ControlRecord.Rollback(1, 2, 6),
                new ControlRecord.DeleteSnapshot(2),
                new ControlRecord.DeleteVolume(2),
                new ControlRecord.Publish(1),
                new ControlRecord.Extend(1, 1 << 30));
    }

    private static byte[] data(int kind, long block, long blocks, int dataBlocks) {
        var record = ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        record.put(1, (byte) RecordHeader.TYPE_DATA).put(4, (byte) 1).put(5, (byte) dataBlocks);
        record.putInt(HEAD_BYTES, 1).putInt(HEAD_BYTES + 4, kind);
        record.putLong(HEAD_BYTES + 8, block).putLong(HEAD_BYTES + 16, blocks);
        return record.array();
    }

    private static byte[] control(ControlRecord operation) {
        byte[] record = new byte[RECORD_BYTES];
        record[1] = RecordHeader.TYPE_CONTROL;
        byte[] payload = operation.encode();
        System.arraycopy(payload, 0, record, HEAD_BYTES, payload.length);
        return record;
    }

    private static byte[] changed(byte[] record, int at, int value) {
        byte[] other = record.clone();
        other[at] = (byte) value;
        return other;
    }

    private static byte[] join(byte[]... records) {
        var all = ByteBuffer.allocate(
                Arrays.stream(records).mapToInt(record -> record.length).sum());
        Arrays.stream(records).forEach(all::put);
        return all.array();
    }

    @Override
    public void run(byte[] input) {
        var disk = new SimulatedDisk(1);
        SegmentStore store = disk.store();
        FamilyLoader.create(store, "v", 1 << 30, false);
        UUID family = ManifestCodec.decode(store.manifest(1)).family();
        write(input, store, family);
        var engine = new SimulatedEngine(disk, store, new SplittableRandom(1), OPTIONS);
        try {
            engine.open();
            engine.close();
        } catch (VolumeException refused) {
            engine.bury();
        }
    }

    private void write(byte[] input, SegmentStore store, UUID family) {
        var numbering = new Numbering(1, 1);
        SegmentFile file = segment(store, numbering, family);
        long at = Limits.BLOCK_BYTES;
        for (int i = 0; i * RECORD_BYTES < input.length; i++) {
            byte[] record = Arrays.copyOfRange(input, i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
            if ((record[0] & NEXT_SEGMENT) != 0) {
                file.close();
                file = segment(store, numbering, family);
                at = Limits.BLOCK_BYTES;
            }
            int blocks = 1 + Math.floorMod(record[5], MAX_DATA_BLOCKS + 1);
            lay(record, i + 1, blocks - 1, family, numbering.nextSegment() - 1);
            file.writeFully(at, buffer.memory().asSlice(0, (long) blocks * Limits.BLOCK_BYTES));
            at += (long) blocks * Limits.BLOCK_BYTES;
        }
        file.close();
    }

    private SegmentFile segment(SegmentStore store, Numbering numbering, UUID family) {
        long object = numbering.takeObject(SegmentHeader.Kind.LOG);
        SegmentFile file = store.create(object, SEGMENT_BYTES, SegmentStore.Purpose.DATA);
        SegmentHeader.write(buffer, family, numbering.takeSegment(), 1, SegmentHeader.Kind.LOG, checksum);
        file.writeFully(0, buffer.memory().asSlice(0, Limits.BLOCK_BYTES));
        return file;
    }

    /** Zeroes that stay allocated take an entry for each block: that is how it is, but takes long. */
    private static void shorten(MemorySegment memory, int extent) {
        if (RecordHeader.extentKind(memory, 0, extent) == RecordHeader.EXTENT_ZERO) {
            long at = RecordHeader.PAYLOAD + extent * 32L + 16;
            memory.set(Layouts.LONG, at, memory.get(Layouts.LONG, at) & MOST_ZEROES);
        }
    }

    private void lay(byte[] record, long expected, int blocks, UUID family, long segment) {
        MemorySegment memory = buffer.memory();
        RecordHeader.clear(memory, 0);
        MemorySegment.copy(
                MemorySegment.ofArray(record), HEAD_BYTES, memory, RecordHeader.PAYLOAD, RECORD_BYTES - HEAD_BYTES);
        for (int i = 0; i < MAX_EXTENTS; i++) {
            shorten(memory, i);
        }
        int wrong = record[0];
        for (int i = 0; i < blocks; i++) {
            int crc = checksum.of(buffer, (1L + i) * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES);
            RecordHeader.dataChecksum(memory, 0, i, (wrong & WRONG_DATA) == 0 ? crc : ~crc);
        }
        long sequence = expected + record[2];
        RecordHeader.seal(
                buffer,
                0,
                family,
                segment,
                1,
                record[1],
                sequence,
                sequence - 1 + record[3],
                0,
                record[4],
                blocks,
                checksum);
        if ((wrong & WRONG_HEADER) != 0) {
            memory.set(ValueLayout.JAVA_BYTE, 4, (byte) ~memory.get(ValueLayout.JAVA_BYTE, 4));
        }
    }
}
