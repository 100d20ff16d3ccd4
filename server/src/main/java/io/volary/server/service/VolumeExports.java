package io.volary.server.service;

import io.volary.block.BlockDevice;
import io.volary.block.ReadOnlyBlockDevice;
import io.volary.export.Attachments;
import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.server.view.Sizes;
import io.volary.server.view.VolumeReference;
import io.volary.volume.VolumeException;
import io.volary.volume.pool.Volume;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the vPool offers: each volume, each snapshot as {@code volume@snapshot}; and unlisted each volume as {@code volume@}, which
 * cannot be written through that, and the imports.
 */
public final class VolumeExports implements ExportDirectory {
    /** Behind a volume's name: to be read only, whoever else writes it. */
    static final String READ_ONLY = "@";

    private final VolumeService service;
    private final Imports imports;

    public VolumeExports(VolumeService service, Imports imports) {
        this.service = service;
        this.imports = imports;
    }

    @Override
    public List<String> names() {
        var names = new ArrayList<String>();
        for (var volume : service.volumes()) {
            names.add(volume.name());
            volume.snapshots().forEach(snapshot -> names.add(volume.name() + "@" + snapshot.name()));
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public @Nullable Export find(String name) {
        var importing = imports.find(name);
        if (importing != null) {
            return export(name, importing.volume(), importing.volume().device(), importing.attachments());
        }
        try {
            return name.endsWith(READ_ONLY) ? readOnly(name) : find(VolumeReference.parse(name));
        } catch (VolumeException | IllegalArgumentException e) {
            return null;
        }
    }

    private Export readOnly(String name) {
        var volume = service.volume(name.substring(0, name.length() - READ_ONLY.length()));
        return export(name, volume, new ReadOnlyBlockDevice(volume.device()), service.attachments(volume.name()));
    }

    private Export find(VolumeReference reference) {
        var volume = service.volume(reference.volume());
        var snapshot = reference.snapshot();
        var device = snapshot == null ? volume.device() : volume.snapshotDevice(snapshot);
        return export(reference.toString(), volume, device, service.attachments(volume.name()));
    }

    private static Export export(String name, Volume volume, BlockDevice device, Attachments attachments) {
        var what = device.readOnly() ? "Volary volume or snapshot, read-only, " : "Volary volume, ";
        return new Export(name, what + Sizes.format(device.size()), device, volume.loop(), attachments);
    }
}
