package io.volary.export.fuse;

/**
 * Who may use the mount: the owner, group and permissions that volumes have unless somebody changes them.
 *
 * @param mode permissions of files; a directory may be entered by who may read files
 */
public record MountAccess(int mode, int uid, int gid) {
    /** The permissions of a directory. */
    int directoryMode() {
        return mode | (mode & 0444) >> 2;
    }
}
