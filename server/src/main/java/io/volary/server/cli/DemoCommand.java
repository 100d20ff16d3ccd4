package io.volary.server.cli;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code volary demo}. */
@Command(
        name = "demo",
        description = "Show the whole story on this machine, in a throw-away vPool; leaves nothing running.")
final class DemoCommand extends VolumeCommand {
    @Override
    public void run() {
        var script = System.getenv("VOLARY_DEMO");
        if (script == null) {
            throw new CommandException("demo works through the volary launcher, which has not been used");
        }
        int status = ForegroundProcess.run(List.of("sh", script), "the demo cannot be run");
        if (status != 0) {
            throw new CommandException("the demo has failed; its last lines say where");
        }
    }
}
