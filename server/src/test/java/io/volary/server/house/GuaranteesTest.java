package io.volary.server.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every test that the pages of promises name is there. */
class GuaranteesTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern NAMED = Pattern.compile("`(test_[a-z0-9_]+|[A-Z][A-Za-z0-9]*Test)`");
    private static final Pattern FUNCTION = Pattern.compile("(?m)^(test_[a-z0-9_]+)\\(\\) \\{$");

    @ParameterizedTest
    @ValueSource(strings = {"docs/guarantees.md", "docs/threat-model.md"})
    void namesTestsThatAreThere(String page) throws IOException {
        Set<String> named = find(NAMED, Files.readString(ROOT.resolve(page)));
        assertThat(named).hasSizeGreaterThan(20);
        assertThat(tests()).containsAll(named);
    }

    private static Set<String> tests() throws IOException {
        try (Stream<Path> files = Files.find(ROOT, 20, (file, _) -> isTest(file.toString()))) {
            return files.flatMap(file -> namesIn(file).stream()).collect(Collectors.toSet());
        }
    }

    private static boolean isTest(String file) {
        return (file.contains("/src/test/java/") && file.endsWith("Test.java"))
                || (file.contains("/system-tests/") && file.endsWith(".sh"));
    }

    private static Set<String> namesIn(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".java")) {
            return Set.of(name.replace(".java", ""));
        }
        try {
            return find(FUNCTION, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> find(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
