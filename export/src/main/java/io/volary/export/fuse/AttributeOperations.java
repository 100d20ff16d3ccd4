package io.volary.export.fuse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.volary.export.fuse.Node.Kind;
import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Attributes, and extended attributes that show facts of volumes. Blocks; any thread but the loops'. */
final class AttributeOperations {
    private static final String FACT = "user.volary.";

    /** Bits of fuse_setattr_in.valid. */
    private static final int MODE = 1;

    private static final int UID = 1 << 1;
    private static final int GID = 1 << 2;
    private static final int SIZE = 1 << 3;
    private static final int ACCESSED = 1 << 4;
    private static final int MODIFIED = 1 << 5;
    private static final int HANDLE = 1 << 6;
    private static final int ACCESSED_NOW = 1 << 7;
    private static final int MODIFIED_NOW = 1 << 8;

    private final FileTree tree;
    private final NodeTable nodes;
    private final HandleTable handles;

    AttributeOperations(FileTree tree, NodeTable nodes, HandleTable handles) {
        this.tree = tree;
        this.nodes = nodes;
        this.handles = handles;
    }

    void show(FuseRequest request) {
        reply(request, nodes.place(request.node()));
    }

    private void reply(FuseRequest request, Place place) {
        long node = request.node();
        Attributes attributes = tree.attributes(place);
        request.reply(ReplyDescriptor.putAttributesReply(request.memory(), FuseRequest.data(), node, attributes));
    }

    void change(FuseRequest request) {
        Place place = nodes.place(request.node());
        int valid = request.bodyInt(0);
        if (place.kind() != Kind.VOLUME && place.kind() != Kind.PLAIN && place.kind() != Kind.ROOT) {
            throw new FileRefusal(Errno.EROFS, "what snapshots are is settled");
        }
        if ((valid & SIZE) != 0) {
            truncate(request, place, request.bodyLong(16));
        }
        int mode = (valid & MODE) == 0 ? -1 : request.bodyInt(68);
        int uid = (valid & UID) == 0 ? -1 : request.bodyInt(76);
        int gid = (valid & GID) == 0 ? -1 : request.bodyInt(80);
        Instant accessed = time(request, ACCESSED, ACCESSED_NOW, 32, 56);
        Instant modified = time(request, MODIFIED, MODIFIED_NOW, 40, 60);
        if (place.kind() == Kind.PLAIN) {
            tree.plain().access(place.name(), mode, uid, gid);
            tree.plain().times(place.name(), accessed, modified);
        } else {
            boolean root = place.kind() == Kind.ROOT;
            changeMarks(root ? tree.rootMarks() : tree.marks(place.volume()), mode, uid, gid, accessed, modified);
            if (root) {
                tree.keepRootMarks();
            } else {
                tree.keepMarks(place.volume());
            }
        }
        reply(request, place);
    }

    private static void changeMarks(
            VolumeMarks marks, int mode, int uid, int gid, @Nullable Instant accessed, @Nullable Instant modified) {
        if (mode != -1 || uid != -1 || gid != -1) {
            marks.access(mode, uid, gid);
        }
        if (accessed != null || modified != null) {
            marks.times(accessed, modified);
        }
    }

    private static @Nullable Instant time(FuseRequest request, int given, int now, int seconds, int nanos) {
        int valid = request.bodyInt(0);
        if ((valid & now) != 0) {
            return Instant.now();
        }
        try {
            return (valid & given) == 0
                    ? null
                    : Instant.ofEpochSecond(request.bodyLong(seconds), request.bodyInt(nanos));
        } catch (DateTimeException | ArithmeticException impossible) {
            throw new FileRefusal(Errno.EINVAL, "a time that is out of range: " + impossible.getMessage());
        }
    }

    private void truncate(FuseRequest request, Place place, long bytes) {
        if (bytes < 0) {
            throw new FileRefusal(Errno.EINVAL, "a negative size");
        }
        if (place.kind() == Kind.VOLUME) {
            tree.volumes().truncate(place.volume(), bytes, FileTree::isMount);
            tree.marks(place.volume()).modified();
        } else if ((request.bodyInt(0) & HANDLE) != 0
                && handles.find(request.bodyLong(8)) instanceof PlainHandle open) {
            open.truncate(bytes); // whose permissions may allow what the file's no longer do
        } else {
            tree.plain().truncate(place.name(), bytes);
        }
    }

    void fact(FuseRequest request) {
        Place place = nodes.place(request.node());
        String name = request.name(8, 0);
        String value = place.kind() == Kind.VOLUME && name.startsWith(FACT)
                ? tree.volumes().facts(place.volume()).get(name.substring(FACT.length()))
                : null;
        if (value == null) {
            throw new FileRefusal(Errno.ENODATA, place.name() + " has no " + name);
        }
        replyText(request, new String(value.getBytes(UTF_8), ISO_8859_1));
    }

    void facts(FuseRequest request) {
        Place place = nodes.place(request.node());
        var names = new StringBuilder();
        if (place.kind() == Kind.VOLUME) {
            tree.volumes()
                    .facts(place.volume())
                    .keySet()
                    .forEach(fact -> names.append(FACT).append(fact).append('\0'));
        }
        replyText(request, names.toString());
    }

    /** With the text or, if no room is offered, with how long it is. */
    private static void replyText(FuseRequest request, String text) {
        int room = request.bodyInt(0);
        if (room == 0) {
            request.reply(ReplyDescriptor.putSize(request.memory(), FuseRequest.data(), text.length()));
        } else if (Integer.compareUnsigned(text.length(), room) > 0) {
            throw new FileRefusal(Errno.ERANGE, "a text of " + text.length() + " bytes does not fit");
        } else {
            request.reply(ReplyDescriptor.putText(request.memory(), FuseRequest.data(), text));
        }
    }
}
