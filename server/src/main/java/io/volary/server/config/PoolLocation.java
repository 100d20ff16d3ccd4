package io.volary.server.config;

import io.volary.server.view.Json;
import io.volary.server.view.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Where the vPool is: the option, the environment, the machine's file, the machine's place, the working directory. */
public final class PoolLocation {
    private static final String VARIABLE = "VOLARY_POOL";
    private static final Pattern ANY = Pattern.compile(".+", Pattern.DOTALL);

    private final Map<String, String> environment;
    private final Path machineFile;
    private final Path machinePool;

    public PoolLocation() {
        this(System.getenv(), Path.of("/etc/volary/volary.json"), Path.of("/var/lib/volary"));
    }

    PoolLocation(Map<String, String> environment, Path machineFile, Path machinePool) {
        this.environment = environment;
        this.machineFile = machineFile;
        this.machinePool = machinePool;
    }

    /** The vPool's directory, absolute; it need not exist. {@code option} is {@code --pool}'s value. */
    public Path find(@Nullable String option) {
        return choose(option).toAbsolutePath().normalize();
    }

    private Path choose(@Nullable String option) {
        if (option != null && option.isEmpty()) {
            throw new ConfigurationException("--pool names no directory: its value is empty");
        }
        if (option != null) {
            return Path.of(option);
        }
        var variable = environment.get(VARIABLE);
        if (variable != null && !variable.isEmpty()) {
            return Path.of(variable);
        }
        if (Files.exists(machineFile)) {
            var named = namedByMachine();
            if (named != null) {
                return Path.of(named);
            }
        }
        return Files.isDirectory(machinePool) ? machinePool : Path.of("vpool");
    }

    private @Nullable String namedByMachine() {
        try {
            var section = Section.root(machineFile.toString(), Json.MAPPER.readTree(Files.readString(machineFile)));
            var pool = section.text("pool", "a directory", ANY);
            section.end();
            return pool;
        } catch (IOException e) {
            throw new ConfigurationException(machineFile + ": cannot be read: " + Reason.of(e));
        } catch (JacksonException e) {
            throw new ConfigurationException(
                    machineFile + ": not JSON: line " + e.getLocation().getLineNr() + ": " + Json.fault(e));
        }
    }
}
