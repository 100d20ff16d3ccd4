package io.volary.linux;

/** The engine as it runs on kernels before 5.19. */
class OlderKernelUringEngineTest extends IoEngineContractTest {
    @Override
    protected IoEngine open() {
        return new UringEngine(Uring.open(Uring.Tier.BASIC));
    }
}
