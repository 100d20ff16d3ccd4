package io.volary.fuzz;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.util.ArrayList;
import java.util.List;

/** Makes classes call {@link Probes} at each of their branches. */
final class Instrumentation {
    private final ClassFile files = ClassFile.of();
    private final Dictionary dictionary;
    private final List<Branch> branches = new ArrayList<>();

    /** @param dictionary gets the constants of the classes */
    Instrumentation(Dictionary dictionary) {
        this.dictionary = dictionary;
        branches.add(new Branch("", "", 0, "the begin of a case", false));
    }

    /** @param counts whether its branches are among those that should be reached */
    byte[] instrument(byte[] bytes, boolean counts) {
        ClassModel type = files.parse(bytes);
        dictionary.addConstants(type);
        return files.transformClass(type, (builder, element) -> {
            if (element instanceof MethodModel method && method.code().isPresent()) {
                var probes = new BranchProbes(type, method, counts, branches);
                builder.transformMethod(method, MethodTransform.transformingCode(probes));
            } else {
                builder.with(element);
            }
        });
    }

    /** By number; the first is none. */
    List<Branch> branches() {
        return branches;
    }
}
