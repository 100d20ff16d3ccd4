package io.volary.server.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code volary help}. */
@Command(name = "help", description = "List the commands, or explain one.", helpCommand = true)
final class HelpCommand implements Runnable {
    @Parameters(index = "0", arity = "0..1", paramLabel = "COMMAND", description = "The command to explain.")
    private @Nullable String command;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        var root = spec.root().commandLine();
        var explained = command == null ? root : root.getSubcommands().get(command);
        if (explained == null) {
            throw new ParameterException(root, Failures.unknownCommand(String.valueOf(command), root));
        }
        explained.usage(System.out);
    }
}
