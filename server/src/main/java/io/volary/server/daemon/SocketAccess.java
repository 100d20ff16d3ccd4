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
        apply(socket, sockets.mode());
    }

    /** The owner does what it likes; whoever may use the sockets may enter. */
    void applyToDirectory(Path directory) {
        int mode = 0700;
        mode |= (sockets.mode() & 0070) != 0 ? ENTER_BY_GROUP : 0;
        mode |= (sockets.mode() & 0007) != 0 ? ENTER_BY_OTHERS : 0;
        apply(directory, mode);
    }

    private void apply(Path path, int mode) {
        try {
            Files.setPosixFilePermissions(path, permissions(mode));
            setOwner(path);
        } catch (UserPrincipalNotFoundException e) {
            throw new DaemonException("sockets: there is no user or group '" + e.getName() + "' on this machine");
        } catch (IOException e) {
            throw new DaemonException("sockets: owner, group or mode of " + path + " cannot be set: " + Reason.of(e));
        }
    }

    private void setOwner(Path path) throws IOException {
        var view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        var names = path.getFileSystem().getUserPrincipalLookupService();
        if (sockets.group() != null) {
            view.setGroup(names.lookupPrincipalByGroupName(sockets.group()));
        }
        if (sockets.owner() != null) {
            view.setOwner(names.lookupPrincipalByName(sockets.owner()));
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
