package io.volary.server.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as what is in them; a heading that begins with {@code >} aligns to the right. */
final class Table {
    private final boolean[] right;
    private final int[] widths;
    private final List<String[]> rows = new ArrayList<>();

    Table(String... headings) {
        right = new boolean[headings.length];
        widths = new int[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
            headings[i] = right[i] ? headings[i].substring(1) : headings[i];
        }
        row(headings);
    }

    void row(String... cells) {
        for (int i = 0; i < cells.length; i++) {
            widths[i] = Math.max(widths[i], cells[i].length());
        }
        rows.add(cells);
    }

    void print(PrintStream out) {
        for (var row : rows) {
            out.println(line(row).stripTrailing());
        }
    }

    private String line(String[] row) {
        var line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            var padding = " ".repeat(widths[i] - row[i].length());
            line.append(right[i] ? padding + row[i] : row[i] + padding).append("  ");
        }
        return line.toString();
    }
}
