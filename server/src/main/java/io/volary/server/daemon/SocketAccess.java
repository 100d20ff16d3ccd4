package io.volary.server.daemon;

import io.volary.server.config.Configuration.Sockets;
import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives sockets, and the directories on the way to them, the owner, group and mode that the configuration says. */
record SocketAccess(Sockets sockets) {
    private static final int ENTER_BY_GROUP = 0010;
    private static final int ENTER_BY_OTHERS = 0001;

    /** {@link PosixFilePermission} in the order of the bits of a mode, lowest first. */
    private static final PosixFilePermission[] BITS = {
        PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_READ,
        PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_READ,
        PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_READ
    };

    void applyToSocket(Path socket) {
        apply(socket, sockets.mode(), sockets.owner());
    }

    /**
     * Lets those enter who may use the sockets. The directory stays the daemon's: whoever owned it could put something else
     * where the daemon's files are.
     */
    void applyToDirectory(Path directory) {
        boolean othersEnter = (sockets.mode() & 0007) != 0 || sockets.owner() != null;
        int mode = 0700;
        mode |= (sockets.mode() & 0070) != 0 ? ENTER_BY_GROUP : 0;
        mode |= othersEnter ? ENTER_BY_OTHERS : 0;
        apply(directory, mode, null);
    }

    /** Whether nobody but its owner can enter, which is how the daemon makes a directory unless it is told otherwise. */
    static boolean isPrivate(Path directory) throws IOException {
        var owners = Set.of(
                PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_READ);
        return owners.containsAll(Files.getPosixFilePermissions(directory));
    }

    private void apply(Path path, int mode, @Nullable String owner) {
        try {
            Files.setPosixFilePermissions(path, permissions(mode));
            setOwner(path, owner);
        } catch (IOException e) {
            throw new DaemonException("sockets: owner, group or mode of " + path + " cannot be set: " + Reason.of(e));
        }
    }

    private void setOwner(Path path, @Nullable String owner) throws IOException {
        var view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        var names = path.getFileSystem().getUserPrincipalLookupService();
        if (sockets.group() != null) {
            view.setGroup(known("group", sockets.group(), names::lookupPrincipalByGroupName));
        }
        if (owner != null) {
            view.setOwner(known("owner", owner, names::lookupPrincipalByName));
        }
    }

    /** Finds out who has a name. */
    @FunctionalInterface
    private interface Lookup<P> {
        P find(String name) throws IOException;
    }

    private static <P> P known(String key, String name, Lookup<P> lookup) throws IOException {
        try {
            return lookup.find(name);
        } catch (UserPrincipalNotFoundException e) {
            throw new DaemonException("vpool.json: sockets." + key + " is \"" + name + "\", and there is nobody of that"
                    + " name on this machine");
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var set = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < BITS.length; bit++) {
            if ((mode & 1 << bit) != 0) {
                set.add(BITS[bit]);
            }
        }
        return set;
    }
}
