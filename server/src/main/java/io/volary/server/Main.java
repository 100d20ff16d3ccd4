package io.volary.server;

import io.volary.server.cli.VolaryCommand;
import io.volary.server.view.Version;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length == 1 && arguments[0].equals("--version")) {
            System.out.println("volary " + Version.current()); // scripts ask often: no command line parser for this
            return;
        }
        System.exit(VolaryCommand.run(arguments));
    }
}
