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
    private final MountJournal journal;

    NameOperations(FileTree tree, NodeTable nodes, OpenOperations opening, MountJournal journal) {
        this.tree = tree;
        this.nodes = nodes;
        this.opening = opening;
        this.journal = journal;
    }

    void lookUp(FuseRequest request) {
        String name = request.fileName(0, 0);
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
        Place place = made(request, request.fileName(16, 0), mode, (flags & O_EXCL) != 0);
        opening.open(request, place, flags, putEntry(request, place));
    }

    void makeNode(FuseRequest request) {
        int mode = request.bodyInt(0) & ~request.bodyInt(8);
        String name = request.fileName(16, 0);
        if ((mode & FILE_TYPE) != Attributes.REGULAR) {
            throw new FileRefusal(Errno.EPERM, name + ": the mount has regular files only");
        }
        request.reply(putEntry(request, made(request, name, mode, true)));
    }

    /** What has the name, made if need be. A request that is sent again finds what it has made. */
    private Place made(FuseRequest request, String name, int mode, boolean exclusive) {
        Place place = tree.find(nodes.place(request.node()), name);
        if (place == null) {
            return make(request, name, mode);
        }
        boolean again = journal.mayHaveRun(request);
        if (exclusive && !again) {
            throw new FileRefusal(Errno.EEXIST, name + " is there already");
        }
        if (again && place.kind() == Kind.PLAIN) {
            tree.plain().access(name, mode, request.uid(), request.gid());
        }
        return place;
    }

    /** Makes what the name says: a volume, or a small file that belongs to who asked for it. */
    private Place make(FuseRequest request, String name, int mode) {
        requireRoot(request.node());
        if (journal.outcome(request) != null) {
            throw new FileRefusal(Errno.ENOENT, name + " was made, and is gone already");
        }
        journal.begin(request);
        tree.namesChanged();
        if (opening.kindOf(name) == Kind.VOLUME) {
            tree.volumes().create(name);
            tree.forgetMarks(name);
            tree.marks(name).modified();
            tree.keepMarks(name);
            journal.end(request, 0);
            return Place.volume(name);
        }
        tree.plain().create(name, mode, request.uid(), request.gid());
        journal.end(request, 0);
        return Place.plain(name);
    }

    private void requireRoot(long directory) {
        if (nodes.place(directory).kind() != Kind.ROOT) {
            throw new FileRefusal(Errno.EROFS, "snapshots are made and deleted by the command line");
        }
    }

    void unlink(FuseRequest request) {
        requireRoot(request.node());
        String name = request.fileName(0, 0);
        Place place = tree.find(Place.ROOT, name);
        if (place == null && journal.mayHaveRun(request)) {
            nodes.gone(Place.volume(name));
            nodes.gone(Place.plain(name));
        } else if (journal.outcome(request) == null) {
            delete(request, existing(name));
        }
        journal.end(request, 0);
        request.replyError(0);
    }

    private void delete(FuseRequest request, Place place) {
        if (place.kind() == Kind.SNAPSHOTS) {
            throw new FileRefusal(Errno.EISDIR, place.name());
        }
        journal.begin(request);
        if (place.kind() == Kind.VOLUME) {
            deleteVolume(place.volume());
        } else {
            tree.plain().delete(place.name());
        }
        nodes.gone(place);
        tree.namesChanged();
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
        String name = request.fileName(names, 0);
        String newName = request.fileName(names, 1);
        if (journal.mayHaveRun(request) && tree.find(Place.ROOT, name) == null) {
            finishRename(name, newName);
        } else if (journal.outcome(request) == null) {
            rename(request, existing(name), newName, flags);
        }
        journal.end(request, 0);
        request.replyError(0);
    }

    private void rename(FuseRequest request, Place from, String newName, int flags) {
        Place target = tree.find(Place.ROOT, newName);
        if ((flags & ~RENAME_NOREPLACE) != 0) {
            throw new FileRefusal(Errno.EINVAL, "files are not exchanged");
        }
        if (target != null && (flags & RENAME_NOREPLACE) != 0 && !journal.mayHaveRun(request)) {
            throw new FileRefusal(Errno.EEXIST, newName + " is there already");
        }
        if (from.kind() == Kind.SNAPSHOTS || (target != null && target.kind() == Kind.SNAPSHOTS)) {
            throw new FileRefusal(Errno.EBUSY, ".snapshots stays where it is");
        }
        if (!from.equals(target)) {
            journal.begin(request);
            nodes.moved(from, rename(from, newName, target));
            tree.namesChanged();
        }
    }

    /** A server before has got as far as that the old name is nobody's any more. */
    private void finishRename(String name, String newName) {
        Place from = nodes.knows(Place.volume(name)) ? Place.volume(name) : Place.plain(name);
        Place to = tree.find(Place.ROOT, newName);
        boolean becameFile = from.kind() == Kind.VOLUME && (to == null || to.kind() == Kind.PLAIN);
        if (becameFile && tree.plain().exists(unfinished(newName))) {
            tree.plain().rename(unfinished(newName), newName, true);
            to = Place.plain(newName);
        }
        if (to != null && nodes.knows(from)) {
            nodes.moved(from, to);
            tree.moveMarks(name, newName);
        }
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
        tree.keepMarks(newName);
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
            tree.volumes().replace(from.volume(), newName, FileTree::isMount);
        } else {
            tree.volumes().rename(from.volume(), newName, FileTree::isMount);
        }
        tree.moveMarks(from.volume(), newName);
        return Place.volume(newName);
    }

    /** A volume becomes a small file, as tools do that write a new file beside the old one, under whatever name. */
    private Place giveUp(Place from, String newName) {
        Attributes attributes = tree.attributes(from);
        String unfinished = unfinished(newName);
        if (tree.plain().exists(unfinished)) {
            tree.plain().delete(unfinished); // by whom it has never been finished
        }
        tree.volumes().give(from.volume(), tree.plain().path(unfinished));
        tree.forgetMarks(from.volume());
        tree.plain().access(unfinished, attributes.mode(), attributes.uid(), attributes.gid());
        tree.plain().times(unfinished, attributes.accessed(), attributes.modified());
        tree.plain().rename(unfinished, newName, true);
        return Place.plain(newName);
    }

    private static String unfinished(String name) {
        return name.substring(0, Math.min(name.length(), UNFINISHED_CHARACTERS)) + UNFINISHED;
    }
}
