package io.volary.server.cli;

import io.volary.server.config.PoolLocation;
import io.volary.server.daemon.PoolDirectory;
import io.volary.server.rest.ApiClient;
import io.volary.server.view.Version;
import io.volary.server.view.VolumeReference;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** {@code volary}: the options that every command has, and the commands. */
@Command(
        name = "volary",
        description = "Thin virtual disks with instant snapshots and clones, for unmodified QEMU.",
        mixinStandardHelpOptions = true,
        versionProvider = VolaryCommand.Versions.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "The vPool is the directory that --pool names, else VOLARY_POOL, else 'pool' in",
            "/etc/volary/volary.json, else /var/lib/volary if it exists, else ./vpool.",
            "Exit status: 0 done, 1 refused or failed, 2 misused."
        },
        subcommands = {
            ServeCommand.class,
            StartCommand.class,
            StopCommand.class,
            StatusCommand.class,
            CreateCommand.class,
            ListCommand.class,
            InfoCommand.class,
            ResizeCommand.class,
            SnapshotCommand.class,
            SnapshotsCommand.class,
            RollbackCommand.class,
            CloneCommand.class,
            DeleteCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            QemuCommand.class,
            DemoCommand.class,
            InstallCommand.class,
            CompletionCommand.class,
            ManualCommand.class,
            HelpCommand.class
        })
public final class VolaryCommand implements Runnable {
    @Option(names = "--pool", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "The vPool's directory.")
    private @Nullable Path pool;

    /** Runs one command line and returns its exit status. */
    public static int run(String... arguments) {
        return QemuPrograms.addTo(new CommandLine(new VolaryCommand()))
                .registerConverter(VolumeReference.class, VolaryCommand::reference)
                .registerConverter(VolumeSize.class, VolumeSize::parse)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Failures::misused)
                .setExecutionExceptionHandler(Failures::failed)
                .execute(arguments);
    }

    private static VolumeReference reference(String text) {
        try {
            return VolumeReference.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    PoolDirectory directory() {
        return new PoolDirectory(new PoolLocation().find(pool == null ? null : pool.toString()));
    }

    /** @throws CommandException if no daemon runs */
    ApiClient client() {
        var directory = directory();
        var client = ApiClient.connect(directory.apiSocket());
        if (client == null) {
            throw new CommandException("no daemon serves the vPool " + directory.path() + "; start one with: volary"
                    + (pool == null ? "" : " --pool " + QemuNbdDisk.quote(pool.toString())) + " start");
        }
        return client;
    }

    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    /** What {@code --version} prints. */
    static final class Versions implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"volary " + Version.current()};
        }
    }
}
