package io.volary.linux;

class PlainEngineTest extends IoEngineContractTest {
    @Override
    protected IoEngine open() {
        return IoEngines.open(IoEngineKind.PLAIN);
    }
}
