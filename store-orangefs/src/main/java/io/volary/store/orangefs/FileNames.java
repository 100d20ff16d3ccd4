package io.volary.store.orangefs;

import io.volary.volume.remote.ObjectStore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What objects are called as files. Underscores, which no object's name has, tell the kinds apart:
 *
 * <pre>
 *   object  a/b/c.seg      file       /volary/a_/b_/c.seg      so that there can be an object a/b as well
 *   part of it             file       /volary/a_/b_/c.seg.tmp_SECONDS_RANDOM
 * </pre>
 */
final class FileNames {
    private static final Pattern OBJECT = Pattern.compile("[a-z0-9.-]+(/[a-z0-9.-]+)*");
    /** What the file system would take for something else; as a directory it is not, for its underscore. */
    private static final Pattern DOTS = Pattern.compile("(.*/)?\\.{1,2}");

    private static final Pattern PREFIX = Pattern.compile("[a-z0-9./-]*");
    private static final Pattern PART = Pattern.compile("([a-z0-9.-]+)\\.tmp_([0-9]{1,15})_[0-9a-f]{16}");
    private static final String DIRECTORY_END = "_";
    private static final long MILLIS_PER_SECOND = 1000;

    private final String root;

    /** @param root the directory of it all, without a slash at the end */
    FileNames(String root) {
        this.root = root;
    }

    static String checkObject(String name) {
        boolean dots = DOTS.matcher(name).matches();
        if (name.length() > ObjectStore.MAX_NAME_LENGTH
                || dots
                || !OBJECT.matcher(name).matches()) {
            throw new IllegalArgumentException("no name of an object: " + name);
        }
        return name;
    }

    static String checkPrefix(String prefix) {
        if (prefix.length() > ObjectStore.MAX_NAME_LENGTH
                || !PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("no prefix of an object's name: " + prefix);
        }
        return prefix;
    }

    /** The path of the directory of an object, or for a prefix that ends with a slash; without a slash at the end. */
    String directory(String object) {
        var path = new StringBuilder(root);
        int from = 0;
        for (int slash = object.indexOf('/'); slash >= 0; slash = object.indexOf('/', from)) {
            path.append('/').append(object, from, slash).append(DIRECTORY_END);
            from = slash + 1;
        }
        return path.toString();
    }

    String file(String object) {
        return directory(object) + "/" + entry(object);
    }

    /** An object's name in its directory. */
    static String entry(String object) {
        return object.substring(object.lastIndexOf('/') + 1);
    }

    /** A name that nobody else uses, for the object's file while it is written. */
    static String part(String object) {
        long random = ThreadLocalRandom.current().nextLong();
        return "%s.tmp_%d_%016x".formatted(entry(object), System.currentTimeMillis() / MILLIS_PER_SECOND, random);
    }

    static boolean isDirectory(String entry) {
        return entry.length() > 1 && entry.endsWith(DIRECTORY_END) && entry.indexOf('_') == entry.length() - 1;
    }

    /** What a directory's entry is called as a part of objects' names. */
    static String directoryPart(String entry) {
        return entry.substring(0, entry.length() - 1);
    }

    static boolean isObject(String entry) {
        return OBJECT.matcher(entry).matches();
    }

    /** Whether it is a part that was begun before {@code millis}. */
    static boolean isPartFromBefore(String entry, long millis) {
        Matcher part = PART.matcher(entry);
        return part.matches() && Long.parseLong(part.group(2)) < millis / MILLIS_PER_SECOND;
    }

    /** The object's name in the directory that a part belongs to. */
    static String entryOfPart(String part) {
        return part.substring(0, part.lastIndexOf(".tmp_"));
    }
}
