package io.volary.export.fuse;

import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import org.jspecify.annotations.Nullable;

/** What is asked of names, attributes and directories. Blocks; any thread but the loops'. */
final class Operations {
    private static final long BLKGETSIZE64 = 0x80081272L;

    private final FileTree tree;
    private final NodeTable nodes;
    private final HandleTable handles;
    private final AttributeOperations attributes;
    private final OpenOperations opening;
    private final NameOperations naming;

    Operations(Dispatcher dispatcher, FileTree tree, String mountPoint, MountJournal journal) {
        this.tree = tree;
        handles = dispatcher.handles();
        nodes = new NodeTable(journal);
        attributes = new AttributeOperations(tree, nodes, dispatcher.handles());
        opening = new OpenOperations(tree, nodes, dispatcher, mountPoint, journal);
        naming = new NameOperations(tree, nodes, opening, journal);
    }

    /** Answers a request, or throws what it is refused with. */
    void run(FuseRequest request) {
        switch (request.opcode()) {
            case Opcode.LOOKUP -> naming.lookUp(request);
            case Opcode.FORGET -> forget(request);
            case Opcode.BATCH_FORGET -> forgetMany(request);
            case Opcode.CREATE -> naming.create(request);
            case Opcode.MKNOD -> naming.makeNode(request);
            case Opcode.UNLINK -> naming.unlink(request);
            case Opcode.RENAME -> naming.rename(request, 0, 8);
            case Opcode.RENAME2 -> naming.rename(request, request.bodyInt(8), 16);
            case Opcode.MKDIR, Opcode.RMDIR, Opcode.SYMLINK, Opcode.LINK ->
                throw new FileRefusal(Errno.EPERM, "the mount has neither directories of users nor links");
            case Opcode.GETATTR -> attributes.show(request);
            case Opcode.SETATTR -> attributes.change(request);
            case Opcode.GETXATTR -> attributes.fact(request);
            case Opcode.LISTXATTR -> attributes.facts(request);
            case Opcode.SETXATTR, Opcode.REMOVEXATTR ->
                throw new FileRefusal(Errno.EOPNOTSUPP, "extended attributes show facts, and cannot be set");
            case Opcode.OPEN -> opening.open(request);
            case Opcode.OPENDIR -> opening.openDirectory(request);
            case Opcode.READDIR -> opening.readDirectory(request, false);
            case Opcode.READDIRPLUS -> opening.readDirectory(request, true);
            case Opcode.RELEASEDIR -> opening.releaseDirectory(request);
            case Opcode.FSYNCDIR -> request.replyError(0); // names are durable when they are made
            case Opcode.STATFS -> space(request);
            case Opcode.IOCTL -> control(request);
            case Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64 -> copyRange(request);
            default -> request.replyError(Errno.ENOSYS);
        }
    }

    private void forget(FuseRequest request) {
        nodes.forget(request.node(), request.bodyLong(0));
        request.end();
    }

    private void forgetMany(FuseRequest request) {
        int most = (FuseRequest.MAX_DATA_BYTES - 8) / 16;
        int count = Math.clamp(request.bodyInt(0), 0, most);
        for (int i = 0; i < count; i++) {
            nodes.forget(request.bodyLong(8 + 16 * i), request.bodyLong(16 + 16 * i));
        }
        request.end();
    }

    private void space(FuseRequest request) {
        var space = tree.volumes().space();
        request.reply(ReplyDescriptor.putSpace(request.memory(), FuseRequest.data(), space));
    }

    /** The size of a disk, which some ask for in its own way. */
    private void control(FuseRequest request) {
        long command = Integer.toUnsignedLong(request.bodyInt(12));
        Place place = nodes.place(request.node());
        if (command != BLKGETSIZE64 || place.kind().isDirectory() || request.bodyInt(28) < Long.BYTES) {
            throw new FileRefusal(Errno.ENOTTY, "an ioctl that is not known: " + Long.toHexString(command));
        }
        long bytes = tree.attributes(place).bytes();
        request.reply(ReplyDescriptor.putIoctl(request.memory(), FuseRequest.data(), bytes));
    }

    /** From volume to volume without a detour through the kernel; what else there is to copy that does itself. */
    private void copyRange(FuseRequest request) {
        if (!(open(request.bodyLong(0)) instanceof VolumeHandle from)
                || !(open(request.bodyLong(24)) instanceof VolumeHandle to)) {
            throw new FileRefusal(Errno.EOPNOTSUPP, "small files are copied by the kernel");
        }
        long bytes = new RangeCopy(from, to, request.bodyLong(24))
                .run(request.bodyLong(8), request.bodyLong(32), request.bodyLong(40));
        request.reply(ReplyDescriptor.putOffset(request.memory(), FuseRequest.data(), bytes));
    }

    private @Nullable Handle open(long number) {
        Handle handle = handles.find(number);
        return handle instanceof LostHandle lost ? openAgain(lost) : handle;
    }

    /** Whether a volume or a snapshot was opened. */
    boolean isOfVolume(LostHandle lost) {
        long node = lost.opened().node();
        return nodes.knows(node)
                && !nodes.place(node).volume().isEmpty()
                && !nodes.place(node).kind().isDirectory();
    }

    /** What was opened at a server before, opened again; null if it has been closed meanwhile. */
    @Nullable
    Handle openAgain(LostHandle lost) {
        return opening.openAgain(lost);
    }

    /** A volume that was written to is closed: when that was outlives this server. */
    void written(FuseRequest release) {
        if (nodes.knows(release.node())) {
            Place place = nodes.place(release.node());
            tree.keepMarks(place.volume());
        }
    }

    /** A volume has become longer by what was written to it. */
    void grown(String volume) {
        tree.volumes().grown(volume);
    }
}
