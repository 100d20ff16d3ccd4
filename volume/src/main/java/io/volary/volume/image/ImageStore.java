package io.volary.volume.image;

/** Where images are, beyond the local disk. Any thread. */
public interface ImageStore extends AutoCloseable {
    /**
     * The image of that path, whether there is one or not: nothing is asked.
     *
     * @param path as {@link ImageLocation} has it
     */
    Image image(String path);

    /** Ends what is under way, which fails; no call may follow. */
    @Override
    void close();
}
