package io.volary.server.rest;

import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.server.service.VolumeService;
import io.volary.server.service.VolumeViews;
import io.volary.server.view.ExtentView;
import io.volary.server.view.Requests;
import io.volary.volume.image.ImageLocation;
import io.volary.volume.pool.Volume;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code /v1/volumes} and what belongs to a volume. */
public final class VolumeRoutes implements HttpService {
    /** Of one answer. */
    private static final int MAX_EXTENTS = 1024;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final VolumeService service;
    private final VolumeViews views;
    private final boolean overNetwork;

    /** @param overNetwork whether those who ask may be on other machines: they make no volumes of files beyond the vPool */
    public VolumeRoutes(VolumeService service, VolumeViews views, boolean overNetwork) {
        this.service = service;
        this.views = views;
        this.overNetwork = overNetwork;
    }

    @Override
    public void routing(HttpRules rules) {
        if (!overNetwork) {
            rules.post("/images", this::image);
        }
        rules.get("/volumes", this::list)
                .post("/volumes", this::create)
                .get("/volumes/{volume}", this::info)
                .delete("/volumes/{volume}", this::delete)
                .post("/volumes/{volume}/resize", this::resize)
                .post("/volumes/{volume}/share", this::share)
                .post("/volumes/{volume}/offer", this::offer)
                .get("/volumes/{volume}/extents", this::extents)
                .get("/volumes/{volume}/snapshots/{snapshot}/extents", this::extentsOfSnapshot)
                .post("/volumes/{volume}/clones", this::clone)
                .get("/volumes/{volume}/snapshots", this::snapshots)
                .post("/volumes/{volume}/snapshots", this::snapshot)
                .delete("/volumes/{volume}/snapshots/{snapshot}", this::deleteSnapshot)
                .post("/volumes/{volume}/snapshots/{snapshot}/offer", this::offerSnapshot)
                .post("/volumes/{volume}/snapshots/{snapshot}/rollback", this::rollback);
    }

    private void list(ServerRequest request, ServerResponse response) {
        Bodies.send(response, views.all());
    }

    private void create(ServerRequest request, ServerResponse response) {
        var body = Bodies.read(request, Requests.Create.class);
        var volume = create(body);
        Bodies.send(response.status(Status.CREATED_201), views.of(volume));
    }

    private void image(ServerRequest request, ServerResponse response) {
        var body = Bodies.read(request, Requests.Image.class);
        var image = ImageLocation.parse(String.valueOf(body.on())); // JSON may have left it out
        Bodies.send(response, views.of(service.image(image, body.size())));
    }

    private Volume create(Requests.Create body) {
        var on = body.on();
        if (on != null && overNetwork) {
            throw new IllegalArgumentException("volume " + body.name() + " cannot be made on " + on
                    + " over the network: do that on the daemon's machine");
        }
        if (on != null) {
            return service.createDirect(body.name(), ImageLocation.parse(on), body.size());
        }
        if (body.size() == null) {
            throw new IllegalArgumentException("size is missing: only what is on a file can do without");
        }
        return service.create(body.name(), body.size());
    }

    private void info(ServerRequest request, ServerResponse response) {
        sendInfo(request, response);
    }

    private void delete(ServerRequest request, ServerResponse response) {
        boolean withSnapshots = request.query().first("snapshots").asBoolean().orElse(false);
        service.delete(volume(request), withSnapshots);
        response.status(Status.NO_CONTENT_204).send();
    }

    private void resize(ServerRequest request, ServerResponse response) {
        var body = Bodies.read(request, Requests.Resize.class);
        service.resize(volume(request), body.size(), body.shrink());
        sendInfo(request, response);
    }

    private void share(ServerRequest request, ServerResponse response) {
        var volume = service.volume(volume(request));
        service.attachments(volume.name())
                .share(Bodies.read(request, Requests.Share.class).shared());
        sendInfo(request, response);
    }

    private void clone(ServerRequest request, ServerResponse response) {
        var body = Bodies.read(request, Requests.Clone.class);
        var volume = service.clone(volume(request), body.snapshot(), body.name());
        Bodies.send(response.status(Status.CREATED_201), views.of(volume));
    }

    private void snapshots(ServerRequest request, ServerResponse response) {
        var snapshots =
                service.snapshots(volume(request)).stream().map(VolumeViews::of).toList();
        Bodies.send(response, snapshots);
    }

    private void snapshot(ServerRequest request, ServerResponse response) {
        service.snapshot(
                volume(request), Bodies.read(request, Requests.Snapshot.class).name());
        response.status(Status.CREATED_201).send();
    }

    private void deleteSnapshot(ServerRequest request, ServerResponse response) {
        service.deleteSnapshot(volume(request), snapshotName(request));
        response.status(Status.NO_CONTENT_204).send();
    }

    private void offer(ServerRequest request, ServerResponse response) {
        boolean readOnly = request.query().first("readOnly").asBoolean().orElse(false);
        var socket = readOnly ? service.offerReadOnly(volume(request)) : service.offer(volume(request), null);
        Bodies.send(response, VolumeViews.vhost(socket));
    }

    private void extents(ServerRequest request, ServerResponse response) {
        sendExtents(request, response, null);
    }

    private void extentsOfSnapshot(ServerRequest request, ServerResponse response) {
        sendExtents(request, response, snapshotName(request));
    }

    private void sendExtents(ServerRequest request, ServerResponse response, @Nullable String snapshot) {
        long offset = number(request, "offset");
        long length = number(request, "length");
        int count = Math.clamp(number(request, "count"), 1, MAX_EXTENTS);
        Bodies.send(response, ExtentView.of(service.extents(volume(request), snapshot, offset, length, count)));
    }

    private static long number(ServerRequest request, String name) {
        var text = request.query().first(name).orElse("");
        if (!NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException(name + " has to be a number, not '" + text + "'");
        }
        return Long.parseLong(text);
    }

    private void offerSnapshot(ServerRequest request, ServerResponse response) {
        Bodies.send(response, VolumeViews.vhost(service.offer(volume(request), snapshotName(request))));
    }

    private void rollback(ServerRequest request, ServerResponse response) {
        service.rollback(volume(request), snapshotName(request));
        sendInfo(request, response);
    }

    private void sendInfo(ServerRequest request, ServerResponse response) {
        Bodies.send(response, views.of(service.volume(volume(request))));
    }

    private static String volume(ServerRequest request) {
        return request.path().pathParameters().get("volume");
    }

    private static String snapshotName(ServerRequest request) {
        return request.path().pathParameters().get("snapshot");
    }
}
