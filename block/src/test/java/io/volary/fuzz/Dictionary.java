package io.volary.fuzz;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.IntegerEntry;
import java.lang.classfile.constantpool.LongEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The constants that parsers compare with: what they look for is in them, so that nobody has to write it down once more. */
final class Dictionary {
    private static final int MAX_WORD_BYTES = 64;

    private final Set<Long> numbers = new LinkedHashSet<>();
    private final Set<String> words = new LinkedHashSet<>();
    private long[] frozenNumbers = {};
    private List<byte[]> frozenWords = List.of();

    void addConstants(ClassModel type) {
        for (PoolEntry entry : type.constantPool()) {
            switch (entry) {
                case IntegerEntry number -> addNumber(number.intValue());
                case LongEntry number -> addNumber(number.longValue());
                case StringEntry text -> addWord(text.stringValue());
                default -> {
                    // of no use in an input
                }
            }
        }
        for (MethodModel method : type.methods()) {
            method.code().ifPresent(code -> code.forEach(this::addOperand));
        }
    }

    private void addOperand(CodeElement element) {
        switch (element) {
            case ConstantInstruction constant
            when constant.constantValue() instanceof Integer number -> addNumber(number);
            case TableSwitchInstruction table -> table.cases().forEach(this::addCase);
            case LookupSwitchInstruction lookup -> lookup.cases().forEach(this::addCase);
            default -> {
                // no constant
            }
        }
    }

    private void addCase(SwitchCase each) {
        addNumber(each.caseValue());
    }

    /** A number, and its neighbours: limits are where mistakes are. */
    private void addNumber(long number) {
        numbers.addAll(List.of(number, number - 1, number + 1));
    }

    private void addWord(String text) {
        if (!text.isEmpty() && text.length() <= MAX_WORD_BYTES) {
            words.add(text);
        }
    }

    /** Nothing is added any more. */
    Dictionary freeze() {
        addNumber(0);
        for (int bits : new int[] {7, 8, 15, 16, 31, 32, 62, 63}) {
            addNumber(1L << bits);
        }
        frozenNumbers = numbers.stream().mapToLong(Long::longValue).toArray();
        var bytes = new ArrayList<byte[]>();
        words.forEach(word -> bytes.add(word.getBytes(StandardCharsets.UTF_8)));
        frozenWords = bytes;
        return this;
    }

    long[] numbers() {
        return frozenNumbers;
    }

    List<byte[]> words() {
        return frozenWords;
    }
}
