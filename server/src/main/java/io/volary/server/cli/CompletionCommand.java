package io.volary.server.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code volary completion}. */
@Command(
        name = "completion",
        description = "Print completion for bash and zsh; use it with: source <(volary completion)",
        mixinStandardHelpOptions = true)
final class CompletionCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        System.out.print(AutoComplete.bash("volary", spec.root().commandLine()));
    }
}
