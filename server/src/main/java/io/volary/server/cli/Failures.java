package io.volary.server.cli;

import io.volary.server.config.ConfigurationException;
import io.volary.server.daemon.DaemonException;
import io.volary.server.rest.ApiException;
import io.volary.server.transfer.TransferException;
import io.volary.volume.VolumeException;
import java.util.Collection;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into one line on standard error, and an exit status. */
final class Failures {
    static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Failures() {}

    static int misused(ParameterException e, String[] arguments) {
        var command = e.getCommandLine();
        var help = command.getParent() == null ? "volary help" : "volary help " + command.getCommandName();
        print(describe(e, command) + " (see: " + help + ")");
        return MISUSED;
    }

    private static String describe(ParameterException e, CommandLine command) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched.getUnmatched().getFirst(), command);
        }
        // What a word cannot be read as is said by who tried; picocli would put its place in the command before that.
        return String.valueOf((e.getCause() instanceof TypeConversionException reason ? reason : e).getMessage());
    }

    private static String unmatched(String word, CommandLine command) {
        if (word.startsWith("-")) {
            var options = command.getCommandSpec().optionsMap().keySet();
            return "there is no option '" + word + "' here" + suggestion(word, options);
        }
        return command.getParent() == null
                ? unknownCommand(word, command)
                : "'" + word + "' is one word too many: quote a name that has spaces";
    }

    static String unknownCommand(String word, CommandLine root) {
        return "there is no command '" + word + "'"
                + suggestion(word, root.getSubcommands().keySet());
    }

    private static String suggestion(String word, Collection<String> known) {
        var near = NearWords.nearest(word, known);
        return near == null ? "" : "; did you mean '" + near + "'?";
    }

    static int failed(Exception e, CommandLine command, ParseResult parsed) {
        switch (e) {
            case CommandException known -> print(String.valueOf(known.getMessage()));
            case ApiException known -> print(String.valueOf(known.getMessage()));
            case TransferException known -> print(String.valueOf(known.getMessage()));
            case ConfigurationException known -> print(String.valueOf(known.getMessage()));
            case DaemonException known -> print(String.valueOf(known.getMessage()));
            case VolumeException known -> print(String.valueOf(known.getMessage()));
            default -> unexpected(e, command);
        }
        return FAILED;
    }

    private static void unexpected(Exception e, CommandLine command) {
        print(command.getCommandName() + " failed unexpectedly: " + e);
        if (System.getenv("VOLARY_DEBUG") != null) {
            e.printStackTrace();
        }
    }

    private static void print(String message) {
        System.err.println("volary: " + oneLine(message));
    }

    private static String oneLine(String message) {
        return message.replace("\n", " ").strip();
    }
}
