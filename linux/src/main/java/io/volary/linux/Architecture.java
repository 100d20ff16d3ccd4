package io.volary.linux;

/** The machine's kind, where Linux numbers things differently from one to the other. */
enum Architecture {
    X86_64,
    AARCH64;

    static final Architecture CURRENT = of(System.getProperty("os.arch"));

    private static Architecture of(String name) {
        return switch (name) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64" -> AARCH64;
            default ->
                throw new UnsupportedOperationException(
                        "Volary runs on Linux on x86-64 and aarch64, and this is " + name);
        };
    }

    /** The value that belongs to the architecture that runs. */
    static int choose(int x86, int arm) {
        return CURRENT == X86_64 ? x86 : arm;
    }
}
