package io.volary.server.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** A source file as far as the style test looks into it. */
record SourceFile(Path path, long lines, List<Method> methods) {
    /** A method with a body; {@code lines} counts from its name's line to its closing brace. */
    record Method(String name, long lines, boolean overrides) {}

    static List<SourceFile> parse(List<Path> paths) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(paths));
            var trees = Trees.instance(task);
            var sources = new ArrayList<SourceFile>();
            for (var unit : task.parse()) {
                sources.add(of(unit, trees));
            }
            return sources;
        }
    }

    private static SourceFile of(CompilationUnitTree unit, Trees trees) throws IOException {
        var path = Path.of(unit.getSourceFile().toUri());
        long lines =
                unit.getSourceFile().getCharContent(true).toString().lines().count();
        var methods = new ArrayList<Method>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
                if (method.getBody() != null) {
                    methods.add(measure(method, unit, trees));
                }
                return super.visitMethod(method, null);
            }
        }.scan(unit, null);
        return new SourceFile(path, lines, methods);
    }

    private static Method measure(MethodTree method, CompilationUnitTree unit, Trees trees) {
        var positions = trees.getSourcePositions();
        var map = unit.getLineMap();
        long first = map.getLineNumber(positions.getStartPosition(unit, method));
        long last = map.getLineNumber(positions.getEndPosition(unit, method));
        boolean overrides = method.getModifiers().getAnnotations().stream()
                .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().equals("Override"));
        return new Method(method.getName().toString(), last - first + 1, overrides);
    }
}
