package io.volary.export.nbd;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The data of one option, read from front to back. What does not fit the option's layout is refused. */
final class OptionData {
    private final ByteBuffer data;

    OptionData(byte[] data) {
        this.data = ByteBuffer.wrap(data);
    }

    int unsignedShort() throws OptionException {
        require(Short.BYTES);
        return Short.toUnsignedInt(data.getShort());
    }

    long unsignedInt() throws OptionException {
        require(Integer.BYTES);
        return Integer.toUnsignedLong(data.getInt());
    }

    /** A string that says its length first. */
    String string() throws OptionException {
        return string(unsignedInt());
    }

    /** A string that takes all that is left. */
    String rest() throws OptionException {
        return string(data.remaining());
    }

    private String string(long length) throws OptionException {
        if (length > HandshakeDescriptor.MAX_STRING_BYTES) {
            throw OptionException.invalid("a string is longer than " + HandshakeDescriptor.MAX_STRING_BYTES + " bytes");
        }
        require(length);
        ByteBuffer bytes = data.slice(data.position(), (int) length);
        data.position(data.position() + (int) length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            if (text.indexOf('\0') >= 0) {
                throw OptionException.invalid("a string contains NUL");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw OptionException.invalid("a string is not UTF-8");
        }
    }

    /** Says that the option ends here. */
    void end() throws OptionException {
        if (data.hasRemaining()) {
            throw OptionException.invalid(data.remaining() + " bytes too many");
        }
    }

    private void require(long bytes) throws OptionException {
        if (data.remaining() < bytes) {
            throw OptionException.invalid("too short by " + (bytes - data.remaining()) + " bytes");
        }
    }
}
