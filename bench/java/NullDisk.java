import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.ExtentList;
import io.volary.block.IoVector;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.vhost.VhostServer;
import io.volary.linux.EventLoop;
import io.volary.linux.IoEngineKind;
import io.volary.linux.IoEngines;
import java.nio.file.Path;

/**
 * Disks that hold nothing and do nothing, at vhost-user-blk sockets: what is left is the transport. They share one event loop.
 * Prints "ready" and serves until it is killed.
 */
final class NullDisk implements BlockDevice {
    private static final long BYTES = 1L << 30;

    /** Arguments: the sockets. */
    public static void main(String[] sockets) throws InterruptedException {
        EventLoop loop = new EventLoop("loop-0", IoEngines.open(IoEngineKind.AUTO), System::nanoTime).start();
        var server = new VhostServer();
        for (String socket : sockets) {
            server.offer(new Export(socket, "nothing", new NullDisk(), loop, new Attachments()), Path.of(socket), 0600);
        }
        System.out.println("ready");
        Thread.currentThread().join();
    }

    @Override
    public long size() {
        return BYTES;
    }

    @Override
    public int blockSize() {
        return 512;
    }

    @Override
    public int preferredBlockSize() {
        return 4096;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public BlockQueue openQueue(int depth) {
        return new Queue(depth);
    }

    /** Ends what has begun with the next poll. */
    private static final class Queue implements BlockQueue {
        private final Completion[] due;
        private final Completion[] running;
        private int count;

        Queue(int depth) {
            due = new Completion[depth];
            running = new Completion[depth];
        }

        private void end(Completion completion) {
            due[count++] = completion;
        }

        @Override
        public void read(long offset, IoVector target, Completion completion) {
            end(completion);
        }

        @Override
        public void write(long offset, IoVector source, int flags, Completion completion) {
            end(completion);
        }

        @Override
        public void flush(Completion completion) {
            end(completion);
        }

        @Override
        public void discard(long offset, long length, Completion completion) {
            end(completion);
        }

        @Override
        public void writeZeroes(long offset, long length, int flags, Completion completion) {
            end(completion);
        }

        @Override
        public void extents(long offset, long length, ExtentList result, Completion completion) {
            result.clear();
            result.add(length, ExtentList.Kind.HOLE);
            end(completion);
        }

        @Override
        public int poll() {
            int ended = count;
            count = 0;
            System.arraycopy(due, 0, running, 0, ended);
            for (int i = 0; i < ended; i++) {
                running[i].complete(BlockStatus.OK);
            }
            return ended;
        }

        @Override
        public int outstanding() {
            return count;
        }

        @Override
        public void close() {}
    }
}
