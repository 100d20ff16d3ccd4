package io.volary.export.nbd;

import java.util.ArrayList;
import java.util.List;

/**
 * What LIST_META_CONTEXT and SET_META_CONTEXT ask for ("Metadata querying").
 *
 * @param export the name of the export
 * @param queries as the client wrote them
 */
record MetaContextQuery(String export, List<String> queries) {
    private static final int MAX_QUERIES = 1024;

    static MetaContextQuery parse(OptionData data) throws OptionException {
        String export = data.string();
        long count = data.unsignedInt();
        if (count > MAX_QUERIES) {
            throw new OptionException(HandshakeDescriptor.ERROR_TOO_BIG, "more than " + MAX_QUERIES + " queries");
        }
        var queries = new ArrayList<String>();
        for (long i = 0; i < count; i++) {
            queries.add(data.string());
        }
        data.end();
        return new MetaContextQuery(export, queries);
    }

    /** Whether it selects {@code base:allocation}. Wildcards and other namespaces select nothing. */
    boolean selectsAllocation() {
        return queries.contains(HandshakeDescriptor.BASE_ALLOCATION);
    }

    /** Whether {@code base:allocation} is among what it wants listed; no query at all asks for everything. */
    boolean listsAllocation() {
        return queries.isEmpty() || queries.contains("base:") || selectsAllocation();
    }
}
