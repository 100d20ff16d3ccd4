package io.volary.server.cli;

import io.volary.server.view.Sizes;
import picocli.CommandLine.TypeConversionException;

/** A SIZE on the command line. */
record VolumeSize(long bytes) {
    static VolumeSize parse(String text) {
        try {
            return new VolumeSize(Sizes.parse(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
