package io.volary.export.fuse;

import io.volary.export.Attachments.Attachment;
import io.volary.export.LocalProcess;
import io.volary.export.fuse.Node.Kind;
import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
    private static final int VOLUME_FLAGS = DIRECT_IO | PARALLEL_DIRECT_WRITES;

    private final FileTree tree;
    private final NodeTable nodes;
    private final Dispatcher dispatcher;
    private final String mountPoint;
    private final MountJournal journal;

    OpenOperations(FileTree tree, NodeTable nodes, Dispatcher dispatcher, String mountPoint, MountJournal journal) {
        this.journal = journal;
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
        if (place.kind().isDirectory()) {
            throw new FileRefusal(Errno.EISDIR, place.name());
        }
        if (writes && place.kind() == Kind.SNAPSHOT) {
            throw new FileRefusal(Errno.EROFS, "snapshots are not written to");
        }
        boolean plain = place.kind() == Kind.PLAIN;
        Long known = journal.openedBy(request);
        if (known != null) {
            reply(request, known, plain ? 0 : VOLUME_FLAGS, before);
        } else if (plain) {
            var handle = PlainHandle.open(tree.plain().path(place.name()), writes);
            reply(request, add(request, handle, place, writes), 0, before);
        } else {
            openVolume(request, place, writes, before);
        }
    }

    private long add(FuseRequest request, Handle handle, Place place, boolean writes) {
        long number = dispatcher.handles().add(handle);
        journal.opened(number, request, nodes.number(place), writes);
        return number;
    }

    private void openVolume(FuseRequest request, Place place, boolean writes, int before) {
        VolumeFile file = file(place);
        Attachment attachment = attach(file, place, request.pid());
        FuseLoop loop = dispatcher.on(file.export().loop());
        try {
            loop.loop().execute(() -> {
                try {
                    VolumeHandle handle = openOnLoop(loop, file, attachment, place);
                    reply(request, addOnLoop(request, handle, place, writes), VOLUME_FLAGS, before);
                } catch (FileRefusal e) {
                    request.replyError(e.errno());
                }
            });
        } catch (RejectedExecutionException closing) {
            attachment.close();
            throw new FileRefusal(Errno.EIO, "the server is stopping");
        }
    }

    private long addOnLoop(FuseRequest request, VolumeHandle handle, Place place, boolean writes) {
        try {
            return add(request, handle, place, writes);
        } catch (FileRefusal tooMany) {
            handle.leave();
            throw tooMany;
        }
    }

    private VolumeFile file(Place place) {
        String snapshot = snapshot(place);
        VolumeFile file = tree.volumes().open(place.volume(), snapshot);
        if (file == null) {
            throw new FileRefusal(Errno.ENOENT, "there is no volume " + place.volume() + " or snapshot " + snapshot);
        }
        return file;
    }

    private static @Nullable String snapshot(Place place) {
        return place.kind() == Kind.SNAPSHOT ? place.name() : null;
    }

    private Attachment attach(VolumeFile file, Place place, int pid) {
        var client = FileTree.client(mountPoint, LocalProcess.describeOfThread(pid), snapshot(place));
        Attachment attachment = file.export().attachments().attach(client);
        if (attachment == null) {
            throw new FileRefusal(Errno.EBUSY, place.volume() + " is being deleted or changed");
        }
        return attachment;
    }

    private VolumeHandle openOnLoop(FuseLoop loop, VolumeFile file, Attachment attachment, Place place) {
        try {
            return new VolumeHandle(loop, file, attachment, tree.marks(place.volume()));
        } catch (RuntimeException e) {
            LOG.error("{}: cannot be opened", file.export().name(), e);
            attachment.close();
            throw new FileRefusal(Errno.EIO, "it cannot be opened");
        }
    }

    /** What was opened at a server before is opened again, once; null if it has been closed meanwhile. */
    @Nullable
    synchronized Handle openAgain(LostHandle lost) {
        Handle now = dispatcher.handles().find(lost.number());
        if (!(now instanceof LostHandle)) {
            return now;
        }
        long node = lost.opened().node();
        Place place = nodes.place(node);
        Handle opened = switch (place.kind()) {
            case PLAIN ->
                PlainHandle.open(tree.plain().path(place.name()), lost.opened().writes());
            case VOLUME, SNAPSHOT -> openVolumeAgain(lost, place);
            case ROOT, SNAPSHOTS, SNAPSHOTS_OF -> DirectoryHandle.of(node, tree.list(place));
        };
        dispatcher.handles().replace(lost.number(), opened);
        return opened;
    }

    private Handle openVolumeAgain(LostHandle lost, Place place) {
        VolumeFile file = file(place);
        Attachment attachment = attach(file, place, lost.opened().pid());
        FuseLoop loop = dispatcher.on(file.export().loop());
        var opened = new CompletableFuture<VolumeHandle>();
        loop.loop().execute(() -> {
            try {
                VolumeHandle handle = openOnLoop(loop, file, attachment, place);
                if (lost.opened().held()) {
                    handle.hold();
                }
                opened.complete(handle);
            } catch (FileRefusal e) {
                opened.completeExceptionally(e);
            }
        });
        try {
            return opened.join();
        } catch (CompletionException e) {
            throw new FileRefusal(Errno.EIO, String.valueOf(e.getCause()));
        }
    }

    private static void reply(FuseRequest request, long handle, int flags, int before) {
        int bytes = ReplyDescriptor.putOpen(request.memory(), FuseRequest.data() + before, handle, flags);
        request.reply(before + bytes);
    }

    void openDirectory(FuseRequest request) {
        Long known = journal.openedBy(request);
        if (known == null) {
            Place place = nodes.place(request.node());
            known = add(request, DirectoryHandle.of(request.node(), tree.list(place)), place, false);
        }
        reply(request, known, 0, 0);
    }

    void releaseDirectory(FuseRequest request) {
        dispatcher.closed(request.bodyLong(0));
        request.replyError(0);
    }

    /** As many entries as fit, each with where the next one is; with {@code plus} also what they are. */
    void readDirectory(FuseRequest request, boolean plus) {
        Handle handle = dispatcher.handles().find(request.bodyLong(0));
        if (handle instanceof LostHandle lost) {
            handle = openAgain(lost);
        }
        if (!(handle instanceof DirectoryHandle directory)) {
            throw new FileRefusal(Errno.EBADF, "no such directory is open");
        }
        long position = request.bodyLong(8);
        int index = (int) (position < DirectoryHandle.ENTRIES ? position : directory.first(position) + 2L);
        int room = Math.clamp(request.bodyInt(16), 0, FuseRequest.MAX_DATA_BYTES);
        int bytes = 0;
        for (; index >= 0 && index < directory.entries().size() + 2; index++) {
            int put = putEntry(request, directory, index, bytes, room, plus);
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
        long next = itself ? index + 1L : DirectoryHandle.position(name);
        ReplyDescriptor.putDirent(request.memory(), to, number, next, isDirectory, name);
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
