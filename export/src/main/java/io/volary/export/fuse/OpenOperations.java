package io.volary.export.fuse;

import io.volary.export.Attachments.Attachment;
import io.volary.export.LocalProcess;
import io.volary.export.fuse.Node.Kind;
import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opening files and directories, and reading directories. Blocks; any thread but the loops'. */
final class OpenOperations {
    private static final Logger LOG = LoggerFactory.getLogger(OpenOperations.class);

    private static final int ACCESS_MODE = 3;

    /** Flags of fuse_open_out: past the page cache, and several writes of a file at a time. */
    private static final int DIRECT_IO = 1;

    private static final int PARALLEL_DIRECT_WRITES = 1 << 6;

    private final FileTree tree;
    private final NodeTable nodes;
    private final Dispatcher dispatcher;
    private final String mountPoint;

    OpenOperations(FileTree tree, NodeTable nodes, Dispatcher dispatcher, String mountPoint) {
        this.tree = tree;
        this.nodes = nodes;
        this.dispatcher = dispatcher;
        this.mountPoint = mountPoint;
    }

    void open(FuseRequest request) {
        open(request, nodes.place(request.node()), request.bodyInt(0), 0);
    }

    /** Opens what is there and replies, with {@code before} bytes of body that are there already before the rest of it. */
    void open(FuseRequest request, Place place, int flags, int before) {
        boolean writes = (flags & ACCESS_MODE) != 0;
        switch (place.kind()) {
            case VOLUME -> openVolume(request, place.volume(), null, before);
            case SNAPSHOT -> {
                if (writes) {
                    throw new FileRefusal(Errno.EROFS, "snapshots are not written to");
                }
                openVolume(request, place.volume(), place.name(), before);
            }
            case PLAIN -> {
                var handle = PlainHandle.open(tree.plain().path(place.name()), writes);
                reply(request, dispatcher.handles().add(handle), 0, before);
            }
            case ROOT, SNAPSHOTS, SNAPSHOTS_OF -> throw new FileRefusal(Errno.EISDIR, place.name());
        }
    }

    private void openVolume(FuseRequest request, String volume, @Nullable String snapshot, int before) {
        VolumeFile file = tree.volumes().open(volume, snapshot);
        if (file == null) {
            throw new FileRefusal(Errno.ENOENT, "there is no volume " + volume + " or snapshot " + snapshot);
        }
        var client = FileTree.client(mountPoint, LocalProcess.describeOfThread(request.pid()), snapshot);
        Attachment attachment = file.export().attachments().attach(client);
        if (attachment == null) {
            throw new FileRefusal(Errno.EBUSY, volume + " is being deleted or changed");
        }
        FuseLoop loop = dispatcher.on(file.export().loop());
        try {
            loop.loop().execute(() -> openOnLoop(request, loop, file, attachment, before));
        } catch (RejectedExecutionException closing) {
            attachment.close();
            throw new FileRefusal(Errno.EIO, "the server is stopping");
        }
    }

    private void openOnLoop(FuseRequest request, FuseLoop loop, VolumeFile file, Attachment attachment, int before) {
        VolumeHandle handle;
        try {
            handle = new VolumeHandle(loop, file, attachment, tree.marks(volumeOf(file)));
        } catch (RuntimeException e) {
            LOG.error("{}: cannot be opened", file.export().name(), e);
            attachment.close();
            request.replyError(Errno.EIO);
            return;
        }
        try {
            reply(request, dispatcher.handles().add(handle), DIRECT_IO | PARALLEL_DIRECT_WRITES, before);
        } catch (FileRefusal tooMany) {
            handle.leave();
            request.replyError(tooMany.errno());
        }
    }

    private static String volumeOf(VolumeFile file) {
        String name = file.export().name();
        int at = name.indexOf('@');
        return at < 0 ? name : name.substring(0, at);
    }

    private static void reply(FuseRequest request, long handle, int flags, int before) {
        int bytes = ReplyDescriptor.putOpen(request.memory(), FuseRequest.data() + before, handle, flags);
        request.reply(before + bytes);
    }

    void openDirectory(FuseRequest request) {
        long node = request.node();
        var entries = tree.list(nodes.place(node));
        reply(request, dispatcher.handles().add(new DirectoryHandle(node, entries)), 0, 0);
    }

    void releaseDirectory(FuseRequest request) {
        dispatcher.handles().remove(request.bodyLong(0));
        request.replyError(0);
    }

    /** As many entries as fit, each with where the next one is; with {@code plus} also what they are. */
    void readDirectory(FuseRequest request, boolean plus) {
        if (!(dispatcher.handles().find(request.bodyLong(0)) instanceof DirectoryHandle directory)) {
            throw new FileRefusal(Errno.EBADF, "no such directory is open");
        }
        long index = request.bodyLong(8);
        int room = Math.clamp(request.bodyInt(16), 0, FuseRequest.MAX_DATA_BYTES);
        int bytes = 0;
        for (; index >= 0 && index < directory.entries().size() + 2L; index++) {
            int put = putEntry(request, directory, (int) index, bytes, room, plus);
            if (put == 0) {
                break;
            }
            bytes += put;
        }
        request.reply(bytes);
    }

    /** Puts one entry, the first two being the directory itself and its parent; 0 if it does not fit. */
    private int putEntry(FuseRequest request, DirectoryHandle directory, int index, int at, int room, boolean plus) {
        boolean itself = index < 2;
        Place place = itself ? Place.ROOT : directory.entries().get(index - 2);
        String name = itself ? ".".repeat(index + 1) : place.name();
        int length = ReplyDescriptor.direntBytes(name) + (plus ? ReplyDescriptor.ENTRY_BYTES : 0);
        if (length > room - at) {
            return 0;
        }
        long to = FuseRequest.data() + at;
        long number = itself ? directory.node() : nodes.number(place);
        if (plus) {
            number = putAttributes(request, itself ? null : place, to, number);
            to += ReplyDescriptor.ENTRY_BYTES;
        }
        boolean isDirectory = itself || place.kind().isDirectory();
        ReplyDescriptor.putDirent(request.memory(), to, number, index + 1L, isDirectory, name);
        return length;
    }

    /** What there is at {@code place}, of which the kernel is told now; nothing of the directory itself, or what has gone. */
    private long putAttributes(FuseRequest request, @Nullable Place place, long at, long number) {
        request.memory().asSlice(at, ReplyDescriptor.ENTRY_BYTES).fill((byte) 0);
        if (place == null) {
            return number;
        }
        try {
            Attributes attributes = tree.attributes(place);
            long told = nodes.told(place);
            ReplyDescriptor.putEntry(request.memory(), at, told, attributes);
            return told;
        } catch (FileRefusal gone) {
            return number;
        }
    }

    /** What a new file of that name would be. */
    Kind kindOf(String name) {
        return tree.names().isVolume(name) ? Kind.VOLUME : Kind.PLAIN;
    }
}
