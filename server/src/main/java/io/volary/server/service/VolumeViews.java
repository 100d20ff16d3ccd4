package io.volary.server.service;

import io.volary.server.view.ClientView;
import io.volary.server.view.ExportView;
import io.volary.server.view.SnapshotView;
import io.volary.server.view.VolumeView;
import io.volary.volume.SnapshotInfo;
import io.volary.volume.pool.DirectVolume;
import io.volary.volume.pool.Volume;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Volumes as people see them: what the engine knows of one, and what the server knows of its clients. */
public final class VolumeViews {
    private final VolumeService service;
    private final VhostSockets sockets;
    private final NbdAddresses nbd;
    private final Supplier<@Nullable Path> mountPoint;

    /**
     * Views of the volumes of {@code service}.
     *
     * @param mountPoint where the vPool is mounted at the moment; null for nowhere
     */
    public VolumeViews(
            VolumeService service, VhostSockets sockets, NbdAddresses nbd, Supplier<@Nullable Path> mountPoint) {
        this.mountPoint = mountPoint;
        this.service = service;
        this.sockets = sockets;
        this.nbd = nbd;
    }

    public List<VolumeView> all() {
        return service.volumes().stream().map(this::of).toList();
    }

    public VolumeView of(Volume volume) {
        var info = volume.info();
        var direct = volume instanceof DirectVolume image ? image : null;
        var attachments = service.attachments(info.name());
        var holder = attachments.holder();
        var clients = attachments.clients().stream()
                .map(view -> new ClientView(
                        view.client().export(),
                        view.client().peer(),
                        view.writer(),
                        view.client().snapshot(),
                        view.waiting() == 0 ? null : view.waiting()))
                .toList();
        return new VolumeView(
                info.name(),
                info.size(),
                info.mapped(),
                info.exclusive(),
                info.stored(),
                info.parent(),
                info.snapshots(),
                holder == null ? null : holder.peer(),
                clients,
                exports(info.name()),
                volume.behindBytes(),
                info.damage(),
                direct == null ? null : direct.location().toString(),
                direct == null ? null : direct.trouble());
    }

    public static SnapshotView of(SnapshotInfo info) {
        return new SnapshotView(info.name(), info.created(), info.size(), info.exclusive());
    }

    /** What a vhost-user-blk socket is in lists. */
    public static ExportView vhost(Path socket) {
        return new ExportView("vhost-user-blk", socket.toString());
    }

    private List<ExportView> exports(String name) {
        var exports = new ArrayList<ExportView>();
        var socket = sockets.path(name);
        if (socket != null) {
            exports.add(vhost(socket));
        }
        nbd.of(name).forEach(uri -> exports.add(new ExportView("nbd", uri)));
        var mounted = mountPoint.get();
        if (mounted != null) {
            exports.add(new ExportView("file", mounted.resolve(name).toString()));
        }
        return exports;
    }
}
