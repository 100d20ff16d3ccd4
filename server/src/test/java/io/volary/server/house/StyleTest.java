package io.volary.server.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The house's style, with a ratchet: what broke a rule before the rule was made is listed in {@code style-baseline.txt},
 * a list that may only get shorter. Adding to it is a decision to defend in review.
 */
class StyleTest {
    private static final int MAX_FILE_LINES = 400;
    private static final int MAX_MEDIAN_FILE_LINES = 150;
    private static final int MAX_METHOD_LINES = 35;
    private static final double SHORT_METHODS = 0.9;
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path BASELINE = Path.of("src/test/resources/style-baseline.txt");

    private static List<SourceFile> sources;

    @BeforeAll
    static void parse() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT, 20)) {
            sources = SourceFile.parse(files.filter(file -> file.toString().matches(".*/src/main/java/.*\\.java"))
                    .sorted()
                    .toList());
        }
        assertThat(sources).as("sources under " + ROOT).hasSizeGreaterThan(50);
    }

    @Test
    void nothingNewBreaksTheRules() throws IOException {
        var broken = new TreeSet<String>();
        sources.forEach(source -> addBroken(source, broken));
        var known = new TreeSet<>(Files.readAllLines(BASELINE));
        var added = new TreeSet<>(broken);
        added.removeAll(known);
        assertThat(added).as("new breaches of the style").isEmpty();
        known.removeAll(broken);
        assertThat(known).as("mended, so take them out of " + BASELINE).isEmpty();
    }

    @Test
    void halfOfTheFilesAreShort() {
        var lengths = sources.stream().map(SourceFile::lines).sorted().toList();
        assertThat(lengths.get(lengths.size() / 2)).isLessThanOrEqualTo(MAX_MEDIAN_FILE_LINES);
    }

    @Test
    void ninetyPercentOfTheMethodsAreShort() {
        var lengths =
                sources.stream().flatMap(source -> source.methods().stream()).toList();
        long small = lengths.stream()
                .filter(method -> method.lines() < MAX_METHOD_LINES)
                .count();
        assertThat(small / (double) lengths.size()).isGreaterThanOrEqualTo(SHORT_METHODS);
    }

    private static void addBroken(SourceFile source, Set<String> broken) {
        var name = ROOT.relativize(source.path()).toString();
        if (source.lines() > MAX_FILE_LINES) {
            broken.add("more than " + MAX_FILE_LINES + " lines: " + name);
        }
        if (Files.notExists(source.path().resolveSibling("package-info.java"))) {
            broken.add("no package-info: " + name);
        }
        if (name.matches(".*(Impl|Manager|Util|Utils|Helper)\\.java")) {
            broken.add("a name that says nothing: " + name);
        }
        for (var method : source.methods()) {
            if (method.lines() > 2 * MAX_METHOD_LINES) {
                broken.add("a method of more than " + 2 * MAX_METHOD_LINES + " lines: " + name + " " + method.name());
            }
            if (method.name().matches("get[A-Z].*") && !method.overrides()) {
                broken.add("a get prefix: " + name + " " + method.name());
            }
        }
    }
}
