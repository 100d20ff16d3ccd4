package io.volary.export.fuse;

import io.volary.export.fuse.Node.Kind;
import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import org.jspecify.annotations.Nullable;

/** Looking names up, making, renaming and deleting files. Blocks; any thread but the loops'. */
final class NameOperations {
    private static final int FILE_TYPE = 0170000;
    private static final int O_EXCL = 0x80;
    private static final int RENAME_NOREPLACE = 1;

    /** The end of the name of a file that is being made of a volume. */
    private static final String UNFINISHED = ".~";

    private static final int UNFINISHED_CHARACTERS = 64;

    private final FileTree tree;
    private final NodeTable nodes;
    private final OpenOperations opening;

    NameOperations(FileTree tree, NodeTable nodes, OpenOperations opening) {
        this.tree = tree;
        this.nodes = nodes;
        this.opening = opening;
    }

    void lookUp(FuseRequest request) {
        String name = request.name(0, 0);
        Place place = tree.find(nodes.place(request.node()), name);
        if (place == null) {
            request.replyError(Errno.ENOENT); // so often that it is no exception
            return;
        }
        request.reply(putEntry(request, place));
    }

    private int putEntry(FuseRequest request, Place place) {
        Attributes attributes = tree.attributes(place);
        return ReplyDescriptor.putEntry(request.memory(), FuseRequest.data(), nodes.told(place), attributes);
    }

    void create(FuseRequest request) {
        int flags = request.bodyInt(0);
        int mode = request.bodyInt(4) & ~request.bodyInt(8);
        String name = request.name(16, 0);
        Place place = tree.find(nodes.place(request.node()), name);
        if (place == null) {
            place = make(request, name, mode);
        } else if ((flags & O_EXCL) != 0) {
            throw new FileRefusal(Errno.EEXIST, name + " is there already");
        }
        opening.open(request, place, flags, putEntry(request, place));
    }

    void makeNode(FuseRequest request) {
        int mode = request.bodyInt(0) & ~request.bodyInt(8);
        String name = request.name(16, 0);
        if ((mode & FILE_TYPE) != Attributes.REGULAR) {
            throw new FileRefusal(Errno.EPERM, name + ": the mount has regular files only");
        }
        if (tree.find(nodes.place(request.node()), name) != null) {
            throw new FileRefusal(Errno.EEXIST, name + " is there already");
        }
        request.reply(putEntry(request, make(request, name, mode)));
    }

    /** Makes what the name says: a volume, or a small file that belongs to who asked for it. */
    private Place make(FuseRequest request, String name, int mode) {
        requireRoot(request.node());
        tree.rootMarks().modified();
        if (opening.kindOf(name) == Kind.VOLUME) {
            tree.volumes().create(name);
            tree.forgetMarks(name);
            tree.marks(name).modified();
            return Place.volume(name);
        }
        tree.plain().create(name, mode, request.uid(), request.gid());
        return Place.plain(name);
    }

    private void requireRoot(long directory) {
        if (nodes.place(directory).kind() != Kind.ROOT) {
            throw new FileRefusal(Errno.EROFS, "snapshots are made and deleted by the command line");
        }
    }

    void unlink(FuseRequest request) {
        requireRoot(request.node());
        String name = request.name(0, 0);
        Place place = existing(name);
        switch (place.kind()) {
            case VOLUME -> deleteVolume(name);
            case PLAIN -> tree.plain().delete(name);
            default -> throw new FileRefusal(Errno.EISDIR, name);
        }
        nodes.gone(place);
        tree.rootMarks().modified();
        request.replyError(0);
    }

    private void deleteVolume(String name) {
        tree.volumes().delete(name);
        tree.forgetMarks(name);
    }

    private Place existing(String name) {
        Place place = tree.find(Place.ROOT, name);
        if (place == null) {
            throw new FileRefusal(Errno.ENOENT, "there is no " + name);
        }
        return place;
    }

    void rename(FuseRequest request, int flags, int names) {
        requireRoot(request.node());
        requireRoot(request.bodyLong(0));
        Place from = existing(request.name(names, 0));
        String newName = request.name(names, 1);
        Place target = tree.find(Place.ROOT, newName);
        if ((flags & ~RENAME_NOREPLACE) != 0) {
            throw new FileRefusal(Errno.EINVAL, "files are not exchanged");
        }
        if (target != null && (flags & RENAME_NOREPLACE) != 0) {
            throw new FileRefusal(Errno.EEXIST, newName + " is there already");
        }
        if (from.kind() == Kind.SNAPSHOTS || (target != null && target.kind() == Kind.SNAPSHOTS)) {
            throw new FileRefusal(Errno.EBUSY, ".snapshots stays where it is");
        }
        if (!from.equals(target)) {
            tree.rootMarks().modified();
            nodes.moved(from, rename(from, newName, target));
        }
        request.replyError(0);
    }

    private Place rename(Place from, String newName, @Nullable Place target) {
        if (from.kind() == Kind.VOLUME) {
            return renameVolume(from, newName, target);
        }
        boolean becomesVolume =
                opening.kindOf(newName) == Kind.VOLUME || (target != null && target.kind() == Kind.VOLUME);
        if (!becomesVolume) {
            tree.plain().rename(from.name(), newName, true);
            return Place.plain(newName);
        }
        Attributes attributes = tree.attributes(from);
        tree.volumes().take(tree.plain().path(from.name()), newName);
        tree.forgetMarks(newName);
        VolumeMarks marks = tree.marks(newName);
        marks.access(attributes.mode(), attributes.uid(), attributes.gid());
        marks.times(attributes.accessed(), attributes.modified());
        tree.plain().delete(from.name());
        return Place.volume(newName);
    }

    private Place renameVolume(Place from, String newName, @Nullable Place target) {
        boolean staysVolume = tree.volumes().isVolumeName(newName)
                && (target == null ? opening.kindOf(newName) == Kind.VOLUME : target.kind() == Kind.VOLUME);
        if (!staysVolume) {
            return giveUp(from, newName);
        }
        if (target != null && target.kind() == Kind.VOLUME) {
            deleteVolume(newName);
        }
        tree.volumes().rename(from.volume(), newName, FileTree::isMount);
        tree.moveMarks(from.volume(), newName);
        return Place.volume(newName);
    }

    /** A volume becomes a small file, as tools do that write a new file beside the old one, under whatever name. */
    private Place giveUp(Place from, String newName) {
        Attributes attributes = tree.attributes(from);
        String unfinished = newName.substring(0, Math.min(newName.length(), UNFINISHED_CHARACTERS)) + UNFINISHED;
        tree.volumes().give(from.volume(), tree.plain().path(unfinished));
        tree.forgetMarks(from.volume());
        tree.plain().access(unfinished, attributes.mode(), attributes.uid(), attributes.gid());
        tree.plain().times(unfinished, attributes.accessed(), attributes.modified());
        tree.plain().rename(unfinished, newName, true);
        return Place.plain(newName);
    }
}
