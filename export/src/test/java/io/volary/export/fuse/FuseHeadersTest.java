package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers and layouts against the kernel's own header; needs gcc and linux-libc-dev. */
class FuseHeadersTest {
    /** Where fields of requests' and replies' bodies are, as the classes here have it. */
    private static final String LAYOUTS = """
            sizeof(struct fuse_write_in) == 40
            offsetof(struct fuse_in_header, opcode) == 4
            offsetof(struct fuse_in_header, unique) == 8
            offsetof(struct fuse_in_header, nodeid) == 16
            offsetof(struct fuse_in_header, uid) == 24
            offsetof(struct fuse_in_header, gid) == 28
            offsetof(struct fuse_in_header, pid) == 32
            offsetof(struct fuse_read_in, fh) == 0
            offsetof(struct fuse_read_in, offset) == 8
            offsetof(struct fuse_read_in, size) == 16
            offsetof(struct fuse_write_in, fh) == 0
            offsetof(struct fuse_write_in, offset) == 8
            offsetof(struct fuse_write_in, size) == 16
            offsetof(struct fuse_write_in, flags) == 32
            offsetof(struct fuse_fsync_in, fh) == 0
            offsetof(struct fuse_release_in, fh) == 0
            offsetof(struct fuse_fallocate_in, fh) == 0
            offsetof(struct fuse_fallocate_in, offset) == 8
            offsetof(struct fuse_fallocate_in, length) == 16
            offsetof(struct fuse_fallocate_in, mode) == 24
            offsetof(struct fuse_lseek_in, fh) == 0
            offsetof(struct fuse_lseek_in, offset) == 8
            offsetof(struct fuse_lseek_in, whence) == 16
            offsetof(struct fuse_copy_file_range_in, off_in) == 8
            offsetof(struct fuse_copy_file_range_in, fh_out) == 24
            offsetof(struct fuse_copy_file_range_in, off_out) == 32
            offsetof(struct fuse_copy_file_range_in, len) == 40
            FUSE_DEV_IOC_CLONE == 0x8004e500
            offsetof(struct fuse_ioctl_in, cmd) == 12
            offsetof(struct fuse_ioctl_in, out_size) == 28
            sizeof(struct fuse_ioctl_out) == 16
            sizeof(struct fuse_create_in) == 16
            offsetof(struct fuse_create_in, mode) == 4
            offsetof(struct fuse_create_in, umask) == 8
            sizeof(struct fuse_mknod_in) == 16
            offsetof(struct fuse_mknod_in, umask) == 8
            sizeof(struct fuse_rename_in) == 8
            sizeof(struct fuse_rename2_in) == 16
            offsetof(struct fuse_rename2_in, flags) == 8
            sizeof(struct fuse_getxattr_in) == 8
            sizeof(struct fuse_getxattr_out) == 8
            sizeof(struct fuse_batch_forget_in) == 8
            sizeof(struct fuse_forget_one) == 16
            offsetof(struct fuse_setattr_in, fh) == 8
            offsetof(struct fuse_setattr_in, size) == 16
            offsetof(struct fuse_setattr_in, atime) == 32
            offsetof(struct fuse_setattr_in, mtime) == 40
            offsetof(struct fuse_setattr_in, atimensec) == 56
            offsetof(struct fuse_setattr_in, mtimensec) == 60
            offsetof(struct fuse_setattr_in, mode) == 68
            offsetof(struct fuse_setattr_in, uid) == 76
            offsetof(struct fuse_setattr_in, gid) == 80
            offsetof(struct fuse_init_in, flags) == 12
            offsetof(struct fuse_init_in, flags2) == 16
            sizeof(struct fuse_init_out) == 64
            offsetof(struct fuse_init_out, max_background) == 16
            offsetof(struct fuse_init_out, congestion_threshold) == 18
            offsetof(struct fuse_init_out, max_write) == 20
            offsetof(struct fuse_init_out, time_gran) == 24
            offsetof(struct fuse_init_out, max_pages) == 28
            offsetof(struct fuse_init_out, flags2) == 32
            offsetof(struct fuse_entry_out, attr) == 40
            offsetof(struct fuse_attr_out, attr) == 16
            sizeof(struct fuse_attr) == 88
            offsetof(struct fuse_attr, mode) == 60
            offsetof(struct fuse_attr, blksize) == 80
            sizeof(struct fuse_write_out) == 8
            sizeof(struct fuse_statfs_out) == 80
            offsetof(struct fuse_kstatfs, bsize) == 40
            offsetof(struct fuse_kstatfs, frsize) == 48
            offsetof(struct fuse_dirent, name) == 24
            FOPEN_DIRECT_IO == 1
            FOPEN_PARALLEL_DIRECT_WRITES == 64
            """;

    @TempDir
    private Path directory;

    @Test
    void numbersAndLayoutsAreTheKernels() throws Exception {
        var source = new StringBuilder(
                "#include <stddef.h>\n#include <stdint.h>\n#include <sys/ioctl.h>\n#include <linux/fuse.h>\n");
        for (Field opcode : Opcode.class.getDeclaredFields()) {
            String check = "FUSE_" + opcode.getName() + " == " + opcode.getInt(null);
            since(opcode.getName().equals("COPY_FILE_RANGE_64") ? 45 : 0, source, check);
        }
        since(40, source, "FUSE_NOTIFY_RESEND == " + FuseServer.NOTIFY_RESEND);
        since(40, source, "FUSE_UNIQUE_RESEND == 1ULL << 63");
        check(source, "sizeof(struct fuse_in_header) == " + RequestDescriptor.HEADER_BYTES);
        check(source, "sizeof(struct fuse_out_header) == " + ReplyDescriptor.HEADER_BYTES);
        check(source, "sizeof(struct fuse_entry_out) == " + ReplyDescriptor.ENTRY_BYTES);
        check(source, "sizeof(struct fuse_open_out) == " + ReplyDescriptor.OPEN_BYTES);
        LAYOUTS.lines().forEach(line -> check(source, line));
        Path file = Files.writeString(directory.resolve("layouts.c"), source);
        Path errors = directory.resolve("errors");
        Process compiler = new ProcessBuilder(List.of("gcc", "-fsyntax-only", file.toString()))
                .redirectErrorStream(true)
                .redirectOutput(errors.toFile())
                .start();
        assertThat(compiler.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(compiler.exitValue()).as(Files.readString(errors)).isZero();
    }

    /** What older headers do not have. */
    private static void since(int minor, StringBuilder source, String what) {
        source.append("#if FUSE_KERNEL_MINOR_VERSION >= ").append(minor).append('\n');
        check(source, what);
        source.append("#endif\n");
    }

    private static void check(StringBuilder source, String what) {
        source.append("_Static_assert(")
                .append(what)
                .append(", \"")
                .append(what)
                .append("\");\n");
    }
}
