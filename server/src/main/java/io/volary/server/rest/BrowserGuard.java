package io.volary.server.rest;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.regex.Pattern;

/**
 * Turns away what a web page makes a browser send: a page on the machine's own screen reaches loopback addresses too. Such
 * requests carry an Origin, or, in plain text, name the host by a name of the page's own that was made to lead here.
 */
final class BrowserGuard implements Filter {
    private static final Pattern ADDRESS = Pattern.compile("(?:localhost|[0-9.]+|\\[[0-9A-Fa-f:.]+])(?::[0-9]+)?");

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        if (request.headers().contains(HeaderNames.ORIGIN)) {
            refuse(response, "this interface is not for web pages");
        } else if (!request.isSecure() && !ADDRESS.matcher(request.authority()).matches()) {
            refuse(
                    response,
                    "without TLS the host has to be 'localhost' or an address, and not '" + request.authority() + "'");
        } else {
            chain.proceed();
        }
    }

    private static void refuse(RoutingResponse response, String message) {
        ErrorRoutes.send(response, Status.FORBIDDEN_403, "FORBIDDEN", message);
    }
}
