package io.volary.linux;

import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Socket operations of a {@link PlainEngine} that wait until their descriptor is ready. Those of one descriptor form a
 * list, and one epoll registration waits for all of them, once.
 */
final class ReadinessQueue implements AutoCloseable {
    private static final int INITIAL_DESCRIPTORS = 64;

    private final Epoll epoll = new Epoll();
    private final Wakeup wakeup;
    private @Nullable PlainOperation[] byDescriptor = new PlainOperation[INITIAL_DESCRIPTORS];
    private int size;

    ReadinessQueue(Wakeup wakeup) {
        this.wakeup = wakeup;
        LinuxException.check(epoll.arm(wakeup.eventFd(), Epoll.IN), "epoll_ctl", "");
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Lets {@code operation} wait; to {@code done} if its descriptor cannot be waited for. */
    void add(PlainOperation operation, Queue<PlainOperation> done) {
        int fd = operation.fd();
        int error = epoll.arm(fd, operation.events() | eventsOf(waitingFor(fd)) | Epoll.ONE_SHOT);
        if (error < 0) {
            // EPERM: what epoll does not know, such as a regular file, is always ready.
            operation.fail(error == -Errno.EPERM ? SocketCalls.POLLIN : error);
            done.add(operation);
        } else {
            push(operation);
        }
    }

    /** Sleeps until a descriptor is ready, a signal comes or {@code nanos} have passed; adds what could be done to {@code done}. */
    void await(long nanos, Queue<PlainOperation> done) {
        int ready = epoll.await(nanos);
        for (int i = 0; i < ready; i++) {
            int fd = epoll.readyDescriptor(i);
            if (fd == wakeup.eventFd()) {
                wakeup.drain();
            } else {
                execute(fd, epoll.readyEvents(i), done);
            }
        }
    }

    private void execute(int fd, int events, Queue<PlainOperation> done) {
        PlainOperation operation = removeAll(fd);
        while (operation != null) {
            PlainOperation following = operation.next;
            operation.next = null;
            if (operation.executeWhenReady(events)) {
                done.add(operation);
            } else {
                add(operation, done);
            }
            operation = following;
        }
    }

    private @Nullable PlainOperation waitingFor(int fd) {
        return fd >= 0 && fd < byDescriptor.length ? byDescriptor[fd] : null;
    }

    private static int eventsOf(@Nullable PlainOperation first) {
        int events = 0;
        for (PlainOperation operation = first; operation != null; operation = operation.next) {
            events |= operation.events();
        }
        return events;
    }

    private void push(PlainOperation operation) {
        int fd = operation.fd();
        if (fd >= byDescriptor.length) {
            byDescriptor = Arrays.copyOf(byDescriptor, Math.max(fd + 1, byDescriptor.length * 2));
        }
        operation.next = byDescriptor[fd];
        byDescriptor[fd] = operation;
        size++;
    }

    private @Nullable PlainOperation removeAll(int fd) {
        PlainOperation first = waitingFor(fd);
        for (PlainOperation operation = first; operation != null; operation = operation.next) {
            size--;
        }
        if (first != null) {
            byDescriptor[fd] = null;
        }
        return first;
    }

    @Override
    public void close() {
        epoll.close();
    }
}
