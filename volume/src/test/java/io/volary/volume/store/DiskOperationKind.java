package io.volary.volume.store;

/** What a {@link FaultPlan} tells apart; blocking and asynchronous calls are the same to it. */
public enum DiskOperationKind {
    CREATE,
    OPEN,
    DELETE,
    READ,
    WRITE,
    SYNC,
    SEAL,
    PUT_MANIFEST,
    READ_MANIFEST,
    DELETE_MANIFEST
}
