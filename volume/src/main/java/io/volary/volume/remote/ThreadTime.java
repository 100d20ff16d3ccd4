package io.volary.volume.remote;

/** The time of threads. */
record ThreadTime() implements StoreTime {
    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    @SuppressWarnings("WaitNotInLoop") // who calls has one
    public void await(Object monitor, long millis) throws InterruptedException {
        monitor.wait(millis);
    }

    @Override
    public void sleep(long millis) throws InterruptedException {
        Thread.sleep(millis);
    }
}
