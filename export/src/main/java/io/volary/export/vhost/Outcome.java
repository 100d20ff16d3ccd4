package io.volary.export.vhost;

/** What becomes of a message. */
enum Outcome {
    /** Done; the front-end hears of it if it has asked to. */
    DONE,
    /** The message is its own answer now. */
    ANSWERED,
    /** The answer comes when requests in flight have ended. */
    POSTPONED
}
