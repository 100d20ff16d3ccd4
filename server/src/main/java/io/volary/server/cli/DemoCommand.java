package io.volary.server.cli;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;

/** {@code volary demo}. */
@Command(
        name = "demo",
        description = "Show the whole story on this machine, in a throw-away vPool; leaves nothing running.")
final class DemoCommand extends VolumeCommand implements IExitCodeGenerator {
    /** How the script ends when it has said itself why, in one line. */
    private static final int EXPLAINED = 3;

    private int status;

    @Override
    public void run() {
        var script = System.getenv("VOLARY_DEMO");
        if (script == null) {
            throw new CommandException("demo works through the volary launcher, which has not been used");
        }
        status = ForegroundProcess.run(List.of("sh", script), "the demo cannot be run");
        if (status != 0 && status != EXPLAINED) {
            throw new CommandException("the demo has failed; its last lines say where");
        }
    }

    @Override
    public int getExitCode() {
        return status == 0 ? 0 : Failures.FAILED;
    }
}
