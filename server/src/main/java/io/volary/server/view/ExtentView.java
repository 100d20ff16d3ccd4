package io.volary.server.view;

import io.volary.block.ExtentList;
import java.util.ArrayList;
import java.util.List;

/** A range of a disk, which begins where the one before it ends; {@code length} is in bytes. */
public record ExtentView(long length, ExtentList.Kind kind) {
    public static List<ExtentView> of(ExtentList extents) {
        var views = new ArrayList<ExtentView>();
        for (int i = 0; i < extents.count(); i++) {
            views.add(new ExtentView(extents.length(i), extents.kind(i)));
        }
        return views;
    }
}
