package io.volary.store.orangefs;

import io.volary.linux.Errno;
import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.RequestCounts;
import io.volary.volume.remote.RequestTally;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/** Objects as files of OrangeFS. */
final class OrangeFsObjectStore implements ObjectStore {
    private final OrangeFsSettings settings;
    private final FileNames names;
    private final LibraryCalls calls;
    private final RequestTally tally = new RequestTally();

    /** Starts nothing yet. */
    OrangeFsObjectStore(OrangeFsSettings settings, ChildCommand command, Patience patience) {
        this.settings = settings;
        names = new FileNames(settings.path());
        calls = new LibraryCalls(settings, command, patience);
    }

    @Override
    public void put(String name, MemorySegment content) {
        FileNames.checkObject(name);
        if (content.byteSize() > MAX_OBJECT_BYTES) {
            throw new IllegalArgumentException("object " + name + " has " + content.byteSize() + " bytes");
        }
        call("put", name, content.byteSize(), library -> {
            return calls.refreshed(names.directory(name), () -> {
                new Upload(library, tally, names, name).put(content);
                return true;
            });
        });
    }

    /** What is asked of the server is not asked twice: the second would find the first one's file. */
    @Override
    public boolean claim(String name) {
        FileNames.checkObject(name);
        return call("claim", name, 0, library -> {
            String above = names.directory(name);
            library.directory(above);
            try {
                return calls.refreshed(above, () -> {
                    long directory = library.directory(above);
                    tally.put(0);
                    create(library, directory, name);
                    return true;
                });
            } catch (LibraryException e) {
                if (e.errno() == Errno.EEXIST) {
                    return false;
                }
                throw e;
            }
        });
    }

    private void create(Library library, long directory, String name) {
        try {
            library.create(directory, FileNames.entry(name));
        } catch (ChildLostException e) {
            throw failure("claim", name, e);
        }
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        FileNames.checkObject(name);
        if (offset < 0 || into.isReadOnly()) {
            throw new IllegalArgumentException("object " + name + " at " + offset);
        }
        boolean whole = call("get", name, into.byteSize(), library -> {
            String path = names.file(name);
            return calls.refreshed(path, () -> read(library, library.find(path), offset, into));
        });
        if (!whole) {
            throw failure("get", name, "it ends before %d bytes at %d".formatted(into.byteSize(), offset));
        }
    }

    private boolean read(Library library, long file, long offset, MemorySegment into) {
        if (into.byteSize() == 0) {
            return library.size(file) >= offset;
        }
        return new Transfers(library, tally).read(file, offset, into);
    }

    @Override
    public List<Stored> list(String prefix) {
        FileNames.checkPrefix(prefix);
        return call("list", prefix, 0, library -> new Listing(library, tally, names, prefix).objects());
    }

    @Override
    public void delete(String name) {
        FileNames.checkObject(name);
        call("delete", name, 0, library -> {
            String above = names.directory(name);
            try {
                calls.refreshed(above, () -> {
                    tally.delete();
                    library.remove(library.find(above), FileNames.entry(name));
                    return true;
                });
            } catch (LibraryException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            } finally {
                calls.known().forget(names.file(name));
            }
            return true;
        });
    }

    private <T> T call(String what, String object, long bytes, Function<Library, T> action) {
        try {
            return calls.call(bytes, action);
        } catch (LibraryException e) {
            throw failure(what, object, e);
        } catch (ChildLostException e) {
            throw failure(what, object, e);
        }
    }

    private StoreException failure(String what, String object, LibraryException e) {
        Kind kind = switch (e.errno()) {
            case Errno.ENOENT -> Kind.NOT_FOUND;
            case Errno.ENOSPC, Errno.EDQUOT -> Kind.NO_SPACE;
            default -> Kind.IO_ERROR;
        };
        return new StoreException(kind, message(what, object, String.valueOf(e.getMessage())), e);
    }

    private StoreException failure(String what, String object, ChildLostException e) {
        return new StoreException(Kind.IO_ERROR, message(what, object, String.valueOf(e.getMessage())), e);
    }

    private StoreException failure(String what, String object, String reason) {
        return new StoreException(Kind.IO_ERROR, message(what, object, reason));
    }

    private String message(String what, String object, String reason) {
        return "OrangeFS %s %s: cannot %s object %s: %s"
                .formatted(settings.server(), settings.fileSystem(), what, object, reason);
    }

    @Override
    public RequestCounts requests() {
        return tally.counts();
    }

    @Override
    public void close() {
        calls.close();
    }
}
