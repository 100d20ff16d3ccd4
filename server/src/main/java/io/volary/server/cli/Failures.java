package io.volary.server.cli;

import io.volary.server.config.ConfigurationException;
import io.volary.server.daemon.DaemonException;
import io.volary.server.rest.ApiException;
import io.volary.server.transfer.TransferException;
import io.volary.volume.VolumeException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into one line on standard error, and an exit status. */
final class Failures {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Failures() {}

    static int misused(ParameterException e, String[] arguments) {
        var command = e.getCommandLine();
        var help = command.getParent() == null ? "volary help" : "volary help " + command.getCommandName();
        print(describe(e, command) + " (see: " + help + ")");
        return MISUSED;
    }

    private static String describe(ParameterException e, CommandLine command) {
        if (e instanceof UnmatchedArgumentException unmatched && command.getParent() == null) {
            var word = unmatched.getUnmatched().getFirst();
            if (!word.startsWith("-")) {
                var near = NearWords.nearest(word, command.getSubcommands().keySet());
                return "there is no command '" + word + "'" + (near == null ? "" : "; did you mean '" + near + "'?");
            }
        }
        return String.valueOf(e.getMessage());
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
