package io.volary.export.nbd;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.ScriptedEngine;
import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import io.volary.linux.EventLoop;
import java.util.Arrays;
import java.util.List;

/** The data of one option; the first byte of an input says which. */
@Parses({OptionData.class, InfoRequest.class, MetaContextQuery.class})
public final class NbdOptionTarget implements FuzzTarget {
    private final Export export = new Export(
            "disk",
            "a disk",
            new MemoryBlockDevice(1 << 20),
            new EventLoop("fuzz", new ScriptedEngine(), System::nanoTime),
            new Attachments());

    @Override
    public List<byte[]> seeds() {
        return List.of(
                seed(0, RawClient.exportRequest("disk", 1, 2, 3)),
                seed(1, RawClient.metaContext("disk", "base:allocation", "base:")),
                seed(1, RawClient.metaContext("disk")),
                seed(2, OptionReplies.utf8("disk")));
    }

    private static byte[] seed(int option, byte[] data) {
        return RawClient.bytes(out -> {
            out.writeByte(option);
            out.write(data);
        });
    }

    @Override
    public void run(byte[] input) {
        var data = new OptionData(Arrays.copyOfRange(input, Math.min(1, input.length), input.length));
        try {
            switch (input.length == 0 ? 0 : input[0] & 3) {
                case 0 -> InfoRequest.parse(data).answer(new OptionReplies(HandshakeDescriptor.OPTION_GO), export, 0);
                case 1 -> {
                    MetaContextQuery query = MetaContextQuery.parse(data);
                    if (!query.listsAllocation() && query.selectsAllocation()) {
                        throw new AssertionError("selects what it does not list");
                    }
                }
                default -> data.rest();
            }
        } catch (OptionException refused) {
            // as it may
        }
    }
}
