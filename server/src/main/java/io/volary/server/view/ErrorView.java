package io.volary.server.view;

/** Why a request was refused; {@code error} is the kind, such as {@code NOT_FOUND}. */
public record ErrorView(String error, String message) {}
