package io.volary.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads a target, and all of the product anew, its parsers instrumented. What is logged goes nowhere, as each case may say something
 * and nobody reads that, but for {@link Defects}.
 */
final class FuzzLoader extends ClassLoader {
    private static final String LOGGING = "org.slf4j.";
    private static final String FUZZER = "io.volary.fuzz.";
    private static final String LOGS = FUZZER + "log.";

    /** Names the class in which logging ends. */
    private static final String PROVIDER = "io/volary/fuzz/log/provider";

    private final List<String> parsers;
    private final List<String> guides;
    private final Dictionary dictionary = new Dictionary();
    private final Instrumentation instrumentation = new Instrumentation(dictionary);

    static {
        System.setProperty("slf4j.internal.verbosity", "ERROR");
    }

    FuzzLoader(Parses parses) {
        super(FuzzLoader.class.getClassLoader());
        parsers = names(parses.value());
        guides = names(parses.guides());
    }

    private static List<String> names(Class<?>[] types) {
        return Arrays.stream(types).map(Class::getName).toList();
    }

    /** Loads the target, and its parsers before, so that all of their branches are known. */
    FuzzTarget load(Class<? extends FuzzTarget> target) {
        try {
            for (String name : Stream.concat(parsers.stream(), guides.stream()).toList()) {
                loadAll(loadClass(name));
            }
            dictionary.freeze();
            return (FuzzTarget) loadClass(target.getName()).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(target.getName() + " cannot be made", e);
        }
    }

    private static void loadAll(Class<?> type) {
        for (Class<?> nested : type.getDeclaredClasses()) {
            loadAll(nested);
        }
    }

    Dictionary dictionary() {
        return dictionary;
    }

    List<Branch> branches() {
        return instrumentation.branches();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!isOurs(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? define(name) : loaded;
        }
    }

    private static boolean isOurs(String name) {
        boolean product = name.startsWith("io.volary.") && !name.startsWith(FUZZER);
        return product || name.startsWith(LOGGING) || name.startsWith(LOGS);
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        byte[] bytes = read(name);
        boolean parser = isOneOf(parsers, name);
        byte[] made = parser || isOneOf(guides, name) ? instrumentation.instrument(bytes, parser) : bytes;
        return defineClass(name, made, 0, made.length);
    }

    private byte[] read(String name) throws ClassNotFoundException {
        try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOneOf(List<String> types, String name) {
        return types.stream().anyMatch(type -> name.equals(type) || name.startsWith(type + "$"));
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        return super.getResources(name.startsWith("META-INF/services/" + LOGGING) ? PROVIDER : name);
    }
}
