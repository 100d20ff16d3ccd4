package io.volary.server.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A volume in lists. Sizes are in bytes.
 *
 * @param mapped what reading the volume would find written
 * @param exclusive what deleting the volume would free
 * @param stored its share of the vPool's data
 * @param parent {@code V@S} or {@code V} it was cloned from
 * @param holder the client that may write, if there is one
 * @param behindBytes what of it and of all that it shares data with is not on the store yet; not there if there is none but the local disk
 * @param damage why it can only be read; not there if all is well
 * @param on the file that it is, such as {@code orangefs:/images/disk.raw}; not there for a volume in the vPool
 * @param trouble why that file could not be used when it was last tried; not there if all is well
 */
public record VolumeView(
        String name,
        long size,
        long mapped,
        long exclusive,
        long stored,
        @Nullable String parent,
        int snapshots,
        @Nullable String holder,
        List<ClientView> clients,
        List<ExportView> exports,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long behindBytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String damage,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String on,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String trouble) {}
