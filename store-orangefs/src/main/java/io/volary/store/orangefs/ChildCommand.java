package io.volary.store.orangefs;

import io.volary.store.orangefs.child.OrangeFsChild;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of the process with the library, without its arguments. Its heap is small, its memory is what is shared; it lives long and does little in Java, so
 * one compiler is enough.
 */
record ChildCommand(List<String> words) {
    /** The Java and the classes that this process runs. */
    static ChildCommand ofThisProcess() {
        return of(System.getProperty("java.class.path"), OrangeFsChild.class);
    }

    static ChildCommand of(String classPath, Class<?> main) {
        return new ChildCommand(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ErrorFileToStderr",
                "-XX:-CreateCoredumpOnCrash",
                "-cp",
                classPath,
                main.getName()));
    }

    List<String> with(List<String> arguments) {
        var command = new ArrayList<>(words);
        command.addAll(arguments);
        return command;
    }
}
