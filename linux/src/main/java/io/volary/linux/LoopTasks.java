package io.volary.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An {@link EventLoop}'s tasks, which may come and go while they are called. */
final class LoopTasks {
    private final List<@Nullable LoopTask> tasks = new ArrayList<>();
    private boolean gaps;

    void add(LoopTask task) {
        tasks.add(Objects.requireNonNull(task));
    }

    /** Leaves a gap, since the tasks may be in the middle of being called. */
    void remove(LoopTask task) {
        int index = tasks.indexOf(task);
        if (index >= 0) {
            tasks.set(index, null);
            gaps = true;
        }
    }

    /** Calls each that was there at the beginning and still is; one that throws is removed and given to {@code failures}. */
    int callAll(LoopFailureHandler failures) {
        int work = 0;
        int count = tasks.size();
        for (int i = 0; i < count; i++) {
            LoopTask task = tasks.get(i);
            if (task != null) {
                work += call(task, failures);
            }
        }
        if (gaps) {
            tasks.removeIf(Objects::isNull);
            gaps = false;
        }
        return work;
    }

    /** Prepares all of them for a sleep; true if one has work after all. */
    boolean prepareToSleep(LoopFailureHandler failures) {
        boolean work = false;
        for (int i = 0; i < tasks.size(); i++) {
            LoopTask task = tasks.get(i);
            work |= task != null && prepareToSleep(task, failures);
        }
        return work;
    }

    private boolean prepareToSleep(LoopTask task, LoopFailureHandler failures) {
        try {
            return task.prepareToSleep();
        } catch (Throwable failure) {
            remove(task);
            failures.failed("a task, which is not called any more: " + task, failure);
            return true;
        }
    }

    private int call(LoopTask task, LoopFailureHandler failures) {
        try {
            return task.doWork();
        } catch (Throwable failure) {
            remove(task);
            failures.failed("a task, which is not called any more: " + task, failure);
            return 1;
        }
    }
}
