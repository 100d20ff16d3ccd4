package io.volary.fuzz;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts a probe on each way out of one method's jumps: where it falls through, behind the jump; where it is taken, in a detour at the
 * method's end. What the compiler adds does not count, as nothing reaches it: cases for classes that change behind its back
 * (MatchException), and whether the resource of a try is null.
 */
final class BranchProbes implements CodeTransform {
    private static final ClassDesc PROBES = ClassDesc.of("io.volary.fuzz.Probes");
    private static final MethodTypeDesc HIT = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
    private static final String NO_CASE = "java/lang/MatchException";

    /** What closes a resource: a jump if it is null, then itself, then the call. */
    private static final List<Opcode.Kind> CLOSING = List.of(Opcode.Kind.BRANCH, Opcode.Kind.LOAD, Opcode.Kind.INVOKE);

    private final String type;
    private final String method;
    private final boolean counts;
    private final List<Branch> branches;
    private final Set<Label> unreachable;
    private final List<Detour> detours = new ArrayList<>();
    private final Set<Integer> closing;
    private int line;
    private int jumps;

    private record Detour(Label from, Label to, int branch) {}

    BranchProbes(ClassModel type, MethodModel method, boolean counts, List<Branch> branches) {
        this.type = type.thisClass().asInternalName().replace('/', '.');
        this.method = method.methodName().stringValue();
        this.counts = counts;
        this.branches = branches;
        this.unreachable = method.code().map(BranchProbes::unreachable).orElse(Set.of());
        this.closing = method.code().map(BranchProbes::aroundClosing).orElse(Set.of());
    }

    private static Set<Label> unreachable(Iterable<CodeElement> code) {
        var found = new HashSet<Label>();
        var here = new HashSet<Label>();
        for (CodeElement element : code) {
            if (element instanceof LabelTarget target) {
                here.add(target.label());
            } else if (element instanceof Instruction) {
                if (element instanceof NewObjectInstruction made
                        && made.className().asInternalName().equals(NO_CASE)) {
                    found.addAll(here);
                }
                here.clear();
            }
        }
        return found;
    }

    /** The numbers, among the method's jumps, of those around the closing of a resource. */
    private static Set<Integer> aroundClosing(Iterable<CodeElement> code) {
        var found = new HashSet<Integer>();
        var last = new ArrayDeque<Instruction>();
        int jumps = 0;
        for (CodeElement element : code) {
            if (element instanceof Instruction instruction) {
                jumps += instruction instanceof BranchInstruction ? 1 : 0;
                last.addLast(instruction);
                if (last.size() > CLOSING.size()) {
                    last.removeFirst();
                }
                if (isClosing(last)) {
                    found.add(jumps);
                }
            }
        }
        return found;
    }

    private static boolean isClosing(Collection<Instruction> last) {
        List<Opcode.Kind> kinds =
                last.stream().map(each -> each.opcode().kind()).toList();
        return kinds.equals(CLOSING)
                && last.stream().anyMatch(each -> each.opcode() == Opcode.IFNULL)
                && last.stream()
                        .anyMatch(each -> each instanceof InvokeInstruction call
                                && call.name().equalsString("close"));
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
        switch (element) {
            case LineNumber number -> {
                line = number.line();
                builder.with(element);
            }
            case BranchInstruction jump -> accept(builder, jump);
            case TableSwitchInstruction table ->
                builder.tableswitch(
                        table.lowValue(),
                        table.highValue(),
                        detour(builder, table.defaultTarget(), "default"),
                        detours(builder, table.cases()));
            case LookupSwitchInstruction lookup ->
                builder.lookupswitch(
                        detour(builder, lookup.defaultTarget(), "default"), detours(builder, lookup.cases()));
            default -> builder.with(element);
        }
    }

    private void accept(CodeBuilder builder, BranchInstruction jump) {
        jumps++;
        boolean always = jump.opcode() == Opcode.GOTO || jump.opcode() == Opcode.GOTO_W;
        if (always || closing.contains(jumps)) {
            builder.with(jump);
        } else {
            builder.branch(jump.opcode(), detour(builder, jump.target(), "taken"));
            hit(builder, number("not taken"));
        }
    }

    private List<SwitchCase> detours(CodeBuilder builder, List<SwitchCase> cases) {
        return cases.stream()
                .map(each ->
                        SwitchCase.of(each.caseValue(), detour(builder, each.target(), "case " + each.caseValue())))
                .toList();
    }

    private Label detour(CodeBuilder builder, Label target, String way) {
        if (unreachable.contains(target)) {
            return target;
        }
        Label from = builder.newLabel();
        detours.add(new Detour(from, target, number(way)));
        return from;
    }

    private int number(String way) {
        if (branches.size() == Probes.MAX_BRANCHES) {
            throw new IllegalStateException("more than " + Probes.MAX_BRANCHES + " branches");
        }
        branches.add(new Branch(type, method, line, way, counts));
        return branches.size() - 1;
    }

    private static void hit(CodeBuilder builder, int branch) {
        builder.loadConstant(branch).invokestatic(PROBES, "hit", HIT);
    }

    @Override
    public void atEnd(CodeBuilder builder) {
        for (Detour detour : detours) {
            builder.labelBinding(detour.from);
            hit(builder, detour.branch);
            builder.goto_(detour.to);
        }
    }
}
