package io.volary.store.orangefs;

import io.volary.volume.image.Image;
import io.volary.volume.image.ImageStore;

/** Images as files of OrangeFS, with a process of the library for them. */
final class OrangeFsImageStore implements ImageStore {
    private final OrangeFsSettings settings;
    private final LibraryCalls calls;

    /** Starts nothing yet. */
    OrangeFsImageStore(OrangeFsSettings settings, ChildCommand command, Patience patience) {
        this.settings = settings;
        calls = new LibraryCalls(settings, command, patience);
    }

    @Override
    public Image image(String path) {
        return new OrangeFsImage(calls, settings, path);
    }

    @Override
    public void close() {
        calls.close();
    }
}
