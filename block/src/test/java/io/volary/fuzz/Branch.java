package io.volary.fuzz;

/**
 * One way out of a conditional jump or a switch.
 *
 * @param counts whether it should be reached
 */
record Branch(String type, String method, int line, String way, boolean counts) {
    @Override
    public String toString() {
        return type.substring(type.lastIndexOf('.') + 1) + "." + method + ", line " + line + ", " + way;
    }
}
