package io.volary.server.rest;

import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.volary.export.nbd.NbdServer;
import io.volary.server.service.VolumeService;
import java.net.InetSocketAddress;

/**
 * {@code /v1/volumes/V/detach}, on the network only: closes the NBD connection that the asking machine has to a volume, if it is one. QEMU's NBD
 * client comes back by itself, and learns so that the volume has another size; while it is away nothing of its own stands in the way of
 * shrinking or rolling back.
 */
public final class DetachRoutes implements HttpService {
    private final VolumeService service;

    public DetachRoutes(VolumeService service) {
        this.service = service;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/volumes/{volume}/detach", this::detach);
    }

    private void detach(ServerRequest request, ServerResponse response) {
        var identity =
                NbdServer.identity((InetSocketAddress) request.remotePeer().address());
        service.detach(
                request.path().pathParameters().get("volume"),
                client -> client.identity().equals(identity));
        response.status(Status.NO_CONTENT_204).send();
    }
}
