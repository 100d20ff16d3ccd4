package io.volary.server.cli;

import io.volary.server.view.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code volary manual}: prints volary(1). By hand, since what picocli's own generator writes is AsciiDoc, and it takes a Ruby to make
 * a page of that.
 */
@Command(name = "manual", description = "Print the manual page.", hidden = true)
final class ManualCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        var root = spec.root().commandLine();
        var page = new StringBuilder(".TH VOLARY 1 \"\" \"volary " + Version.current() + "\"\n");
        page.append(".SH NAME\nvolary \\- ").append(text(description(root))).append('\n');
        page.append(".SH SYNOPSIS\n").append(text(root.getHelp().synopsis(0)));
        page.append(".SH COMMANDS\n");
        root.getSubcommands().values().stream()
                .filter(command -> !command.getCommandSpec().usageMessage().hidden())
                .forEach(command -> append(page, command));
        page.append(".SH THE VPOOL, EXIT STATUS\n.nf\n")
                .append(text(root.getHelp().footer()))
                .append(".fi\n");
        System.out.print(page);
    }

    private static void append(StringBuilder page, CommandLine command) {
        var help = command.getHelp();
        page.append(".SS ").append(command.getCommandName()).append('\n');
        page.append(text(description(command))).append("\n.PP\n.nf\n");
        page.append(text(help.synopsis(0)));
        page.append(text(help.parameterList())).append(text(help.optionList())).append(".fi\n");
    }

    private static String description(CommandLine command) {
        return String.join(" ", command.getCommandSpec().usageMessage().description());
    }

    /** What troff would take for its own is escaped. */
    private static String text(String plain) {
        return plain.replace("\\", "\\e").replace("-", "\\-").replaceAll("(?m)^([.'])", "\\\\&$1");
    }
}
