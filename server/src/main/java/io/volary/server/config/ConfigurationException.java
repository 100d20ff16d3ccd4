package io.volary.server.config;

/** A configuration that cannot be used; the message names file, key, value and what is allowed. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super(message);
    }
}
