package io.volary.export.fuse;

import io.volary.linux.FuseDevice;

/** The connection to the kernel of one mount, and the memory of what is under way on it. */
final class FuseChannel implements AutoCloseable {
    private final FuseDevice device;
    private final RequestPool requests = new RequestPool(this);

    FuseChannel(FuseDevice device) {
        this.device = device;
    }

    FuseDevice device() {
        return device;
    }

    RequestPool requests() {
        return requests;
    }

    /** Nothing may be under way. */
    @Override
    public void close() {
        device.close();
        requests.close();
    }
}
