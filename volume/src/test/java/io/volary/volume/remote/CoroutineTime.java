package io.volary.volume.remote;

import java.util.concurrent.TimeUnit;

/** The time of a simulation. */
record CoroutineTime(Coroutines coroutines) implements StoreTime {
    @Override
    public long nanos() {
        return coroutines.nanos();
    }

    @Override
    public void await(Object monitor, long millis) throws InterruptedException {
        coroutines.await(monitor, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Override
    public void sleep(long millis) {
        coroutines.sleep(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
