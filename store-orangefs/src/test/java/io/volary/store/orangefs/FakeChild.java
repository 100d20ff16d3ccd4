package io.volary.store.orangefs;

import io.volary.linux.pvfs.FakePvfs;
import io.volary.store.orangefs.child.OrangeFsChild;
import java.nio.file.Path;

/** The child, with a library that is played over files in a local directory; the argument for the library names it. */
final class FakeChild {
    private FakeChild() {}

    public static void main(String[] arguments) throws InterruptedException {
        OrangeFsChild.run(arguments, () -> FakePvfs.library(Path.of(arguments[3])));
    }

    static ChildCommand command() {
        return ChildCommand.of(
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), FakeChild.class);
    }

    static OrangeFsSettings settings(Path library) {
        return new OrangeFsSettings("tcp://127.0.0.1:3334", "fs", "/volary", library.toString());
    }
}
