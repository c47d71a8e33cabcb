package dev.varve.server.rdb;

/**
 * Passes what a module keeps in a file of RDB:
 *
 * <pre>
 * (1 | number) (2 | number) (3 | f32) (4 | f64) (5 | string) … | 0
 * </pre>
 */
final class ModuleData {
  private static final int END = 0;
  private static final int SIGNED = 1;
  private static final int UNSIGNED = 2;
  private static final int FLOAT = 3;
  private static final int DOUBLE = 4;
  private static final int STRING = 5;

  private ModuleData() {}

  static void pass(RdbInput in) {
    RdbString unused = new RdbString();
    for (long kind = in.unsigned(); kind != END; kind = in.unsigned()) {
      switch ((int) kind) {
        case SIGNED, UNSIGNED -> in.unsigned();
        case FLOAT -> in.skip(Float.BYTES);
        case DOUBLE -> in.skip(Double.BYTES);
        case STRING -> in.string(unused);
        default -> throw new BadFormatException("something of a module that is none");
      }
    }
  }
}
