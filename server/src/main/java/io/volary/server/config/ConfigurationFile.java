package io.volary.server.config;

import io.volary.server.config.Configuration.Address;
import io.volary.server.config.Configuration.Engine;
import io.volary.server.config.Configuration.Nbd;
import io.volary.server.config.Configuration.Sockets;
import io.volary.server.config.Configuration.Tls;
import io.volary.server.config.Configuration.Vhost;
import io.volary.server.view.Json;
import io.volary.server.view.Reason;
import io.volary.volume.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads {@code vpool.json}. Unknown keys and bad values are errors, as are wishes that cannot be met yet. */
public final class ConfigurationFile {
    private static final int MEBIBYTE = 1 << 20;
    /** Time for somebody to make room, and less than the two minutes after which Linux warns of tasks that hang. */
    private static final int HOLD_SECONDS = 60;

    /** Time for a recovery that replays much, and less than those two minutes. */
    private static final int RESTART_SECONDS = 60;

    private static final int MAX_HOLD_SECONDS = 86_400;
    /** Open vStorage's. */
    private static final Address NETWORK_INTERFACE = new Address("127.0.0.1", 21321);

    /** Every Linux has it. */
    private static final String MEMORY = "/dev/shm";

    private static final Pattern ANY = Pattern.compile(".+", Pattern.DOTALL);
    private static final Pattern OCTAL = Pattern.compile("0?[0-7]{3}");
    private static final Pattern HOST_PORT = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([A-Za-z0-9._-]+)):([0-9]{1,5})");
    private static final Pattern TCP_URI = Pattern.compile("tcp://" + HOST_PORT.pattern());

    private final Path directory;
    private final Section root;

    private ConfigurationFile(Path directory, Section root) {
        this.directory = directory;
        this.root = root;
    }

    /** Reads {@code file}; one that is not there is one that says nothing. */
    public static Configuration read(Path file) {
        try {
            return parse(file, Files.readString(file));
        } catch (NoSuchFileException e) {
            return parse(file, "{}");
        } catch (IOException e) {
            throw new ConfigurationException(file + ": cannot be read: " + Reason.of(e));
        }
    }

    static Configuration parse(Path file, String text) {
        var directory = file.toAbsolutePath().getParent();
        return new ConfigurationFile(
                        directory == null ? Path.of("/") : directory, Section.root(file.toString(), json(file, text)))
                .configuration();
    }

    private static JsonNode json(Path file, String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw new ConfigurationException(
                    file + ": not JSON: line " + e.getLocation().getLineNr() + ": " + Json.fault(e));
        }
    }

    private Configuration configuration() {
        var filesystem = root.section("filesystem");
        boolean sharedMemory = filesystem.flag("fs_enable_shm_interface", true);
        boolean overNetwork = filesystem.flag("fs_enable_network_interface", false);
        var mountPoint = mountPoint(filesystem);
        int restartSeconds = filesystem.number("restartSeconds", 0, MAX_HOLD_SECONDS, 1, RESTART_SECONDS);
        filesystem.end();
        var network = networkInterface(root.section("network_interface"));
        var vhost = vhost(root.section("vhost"));
        var nbd = nbd(root.section("nbd"));
        var sockets = sockets(root.section("sockets"));
        var engine = engine(root.section("engine"));
        var store = StoreSection.read(root.section("store"));
        var images = ImageSections.read(root, store);
        root.end();
        return new Configuration(
                sharedMemory,
                mountPoint,
                Duration.ofSeconds(restartSeconds),
                overNetwork ? network : null,
                vhost,
                nbd,
                sockets,
                engine,
                store,
                images);
    }

    private @Nullable Path mountPoint(Section section) {
        var text = section.text("mountpoint", "a directory or null", ANY);
        return text == null ? null : path(section, "mountpoint", text).normalize();
    }

    private Path path(Section section, String key, String text) {
        try {
            return directory.resolve(text);
        } catch (InvalidPathException e) {
            throw section.bad(key, "a path, which it cannot be here: " + e.getReason());
        }
    }

    private static Address networkInterface(Section section) {
        var address =
                address(section, "network_uri", TCP_URI, "tcp://HOST:PORT such as tcp://127.0.0.1:21321, or null");
        section.end();
        return address == null ? NETWORK_INTERFACE : address;
    }

    private static Vhost vhost(Section section) {
        int seconds = section.number("fullDiskHoldSeconds", 0, MAX_HOLD_SECONDS, 1, HOLD_SECONDS);
        section.end();
        return new Vhost(Duration.ofSeconds(seconds));
    }

    private Nbd nbd(Section section) {
        var listen = address(section, "listen", HOST_PORT, "HOST:PORT such as 127.0.0.1:10809 or [::1]:10809, or null");
        var tls = tls(section.section("tls"));
        section.end();
        return new Nbd(listen, tls);
    }

    private static @Nullable Address address(Section section, String key, Pattern pattern, String allowed) {
        var text = section.text(key, allowed, pattern);
        if (text == null) {
            return null;
        }
        var match = pattern.matcher(text);
        if (!match.matches() || !isPort(Integer.parseInt(match.group(3)))) {
            throw section.bad(key, allowed);
        }
        var host = match.group(1) == null ? match.group(2) : match.group(1);
        return new Address(host, Integer.parseInt(match.group(3)));
    }

    private static boolean isPort(int number) {
        return number > 0 && number <= 65535;
    }

    private Tls tls(Section section) {
        var tls = new Tls(
                file(section, "certificate"), file(section, "key"), file(section, "clientCa"), file(section, "psk"));
        if ((tls.certificate() == null) != (tls.key() == null)) {
            throw section.bad(tls.key() == null ? "key" : "certificate", "given together with the other of the two");
        }
        if (tls.clientCa() != null && tls.certificate() == null) {
            throw section.bad("clientCa", "null unless there is a certificate");
        }
        if (tls.psk() != null && tls.certificate() != null) {
            throw section.bad("psk", "null when there is a certificate: it is one or the other");
        }
        section.end();
        return tls;
    }

    private @Nullable Path file(Section section, String key) {
        var text = section.text(key, "a file that can be read, or null", ANY);
        if (text == null) {
            return null;
        }
        var file = path(section, key, text);
        if (!Files.isReadable(file)) {
            throw section.bad(key, "a file that can be read, or null");
        }
        return file;
    }

    private static Sockets sockets(Section section) {
        var owner = section.text("owner", "the name of a user, or null", ANY);
        var group = section.text("group", "the name of a group, or null", ANY);
        var mode = section.text("mode", "permissions in octal such as \"0660\"", OCTAL);
        section.end();
        return new Sockets(owner, group, mode == null ? 0600 : Integer.parseInt(mode, 8));
    }

    private Engine engine(Section section) {
        int loops = section.number("loops", 0, 256, 1, 0);
        int segmentBytes = section.number("segmentBytes", MEBIBYTE, 32 * MEBIBYTE, MEBIBYTE, 32 * MEBIBYTE);
        int minUtilisationPercent = section.number(
                "minUtilisationPercent",
                EngineOptions.LEAST_UTILISATION_PERCENT,
                EngineOptions.MOST_UTILISATION_PERCENT,
                1,
                EngineOptions.DEFAULT_UTILISATION_PERCENT);
        int slackBytes = section.number(
                "slackBytes",
                EngineOptions.LEAST_SLACK_BYTES,
                1024 * MEBIBYTE,
                MEBIBYTE,
                EngineOptions.DEFAULT_SLACK_BYTES);
        var tail = section.text("tailDirectory", "a directory, or \"none\"", ANY);
        var tailDirectory = "none".equals(tail) ? null : path(section, "tailDirectory", tail == null ? MEMORY : tail);
        var ioEngine = section.choice("ioEngine", List.of("auto", "io_uring", "plain"), "auto");
        section.end();
        return new Engine(loops, segmentBytes, minUtilisationPercent, slackBytes, tailDirectory, ioEngine);
    }
}
