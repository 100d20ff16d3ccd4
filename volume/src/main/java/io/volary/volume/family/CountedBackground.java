package io.volary.volume.family;

import io.volary.volume.space.Background;
import java.util.concurrent.Callable;

/** What a clone family has in the background, counted: its files and its directory may go when that is nothing. */
final class CountedBackground implements Background {
    private final Background background;
    private int tasks;

    CountedBackground(Background background) {
        this.background = background;
    }

    @Override
    public <T> void run(Callable<T> task, Outcome<T> outcome) {
        tasks++;
        background.run(task, (value, failure) -> {
            tasks--;
            outcome.done(value, failure);
        });
    }

    boolean busy() {
        return tasks > 0;
    }
}
