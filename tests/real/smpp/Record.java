import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A file with a JSON object a line, each handed to the system before the call returns. */
final class Record {
    private final FileOutputStream file;

    Record(String path) throws IOException {
        file = new FileOutputStream(path, true);
    }

    /** Keys and values in turns; numbers stay numbers. */
    synchronized void add(Object... pairs) {
        StringBuilder line = new StringBuilder("{");
        for (int n = 0; n < pairs.length; n += 2) {
            line.append(n == 0 ? "" : ",").append(quoted(pairs[n])).append(':');
            line.append(pairs[n + 1] instanceof Number ? pairs[n + 1] : quoted(pairs[n + 1]));
        }
        try {
            file.write(line.append("}\n").toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    static String hex(byte[] octets) {
        StringBuilder digits = new StringBuilder();
        for (byte octet : octets) {
            digits.append(String.format("%02x", octet));
        }
        return digits.toString();
    }

    private static String quoted(Object value) {
        return '"' + String.valueOf(value).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
