package io.volary.export.nbd;

import io.volary.block.BlockDevice;
import io.volary.export.Export;
import java.util.HashSet;
import java.util.Set;

/**
 * What INFO and GO ask for.
 *
 * @param name of the export
 * @param items the numbers of the information items wanted; EXPORT and BLOCK_SIZE are sent even unasked
 */
record InfoRequest(String name, Set<Integer> items) {
    private static final int PREFERRED_BLOCK_BYTES = 4096;

    static InfoRequest parse(OptionData data) throws OptionException {
        String name = data.string();
        int count = data.unsignedShort();
        var items = new HashSet<Integer>();
        for (int i = 0; i < count; i++) {
            items.add(data.unsignedShort());
        }
        data.end();
        return new InfoRequest(name, items);
    }

    void answer(OptionReplies replies, Export export, int transmissionFlags) {
        BlockDevice device = export.device();
        replies.info(HandshakeDescriptor.INFO_EXPORT, out -> {
            out.writeLong(device.size());
            out.writeShort(transmissionFlags);
        });
        if (items.contains(HandshakeDescriptor.INFO_NAME)) {
            replies.info(HandshakeDescriptor.INFO_NAME, out -> out.write(OptionReplies.utf8(export.name())));
        }
        if (items.contains(HandshakeDescriptor.INFO_DESCRIPTION)) {
            replies.info(
                    HandshakeDescriptor.INFO_DESCRIPTION, out -> out.write(OptionReplies.utf8(export.description())));
        }
        replies.info(HandshakeDescriptor.INFO_BLOCK_SIZE, out -> {
            out.writeInt(device.blockSize());
            out.writeInt(Math.max(PREFERRED_BLOCK_BYTES, device.preferredBlockSize()));
            out.writeInt(BufferPool.MAX_CAPACITY);
        });
    }
}
