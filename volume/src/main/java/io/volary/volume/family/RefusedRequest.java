package io.volary.volume.family;

/** An operation that was refused as it came; its completion runs from {@code poll} like any other's. */
final class RefusedRequest extends Request {
    RefusedRequest(FamilyDevice device, FamilyQueue queue) {
        super(device, queue);
    }

    @Override
    void recycle(FamilyQueue owner) {
        owner.recycle(this);
    }
}
