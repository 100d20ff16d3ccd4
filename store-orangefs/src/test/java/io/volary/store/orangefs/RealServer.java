package io.volary.store.orangefs;

import java.util.HashMap;
import java.util.Map;

/**
 * A real server, if the environment names one: {@code VOLARY_ORANGEFS_SERVER}, {@code VOLARY_ORANGEFS_FS}, and {@code
 * VOLARY_ORANGEFS_LIBRARY} if the loader does not find it. What is made there is below {@code /volary-test-*}.
 */
final class RealServer {
    private RealServer() {}

    static OrangeFsSettings settings(String path) {
        Map<String, String> settings = new HashMap<>();
        settings.put("server", System.getenv("VOLARY_ORANGEFS_SERVER"));
        settings.put("fs", System.getenv("VOLARY_ORANGEFS_FS"));
        settings.put("path", path);
        String library = System.getenv("VOLARY_ORANGEFS_LIBRARY");
        if (library != null) {
            settings.put("library", library);
        }
        return OrangeFsSettings.of(settings);
    }

    static ChildCommand command() {
        return ChildCommand.of(
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                io.volary.store.orangefs.child.OrangeFsChild.class);
    }
}
