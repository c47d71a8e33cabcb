import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the symbol table out of a shared library (ELF, 64 bit): 5 MB of the JVM's, which only native debuggers read; what other
 * libraries link to is in a table of its own, and stays. So does {@code strip} of binutils, which not every machine that
 * builds this has. A library that is laid out otherwise than the linker does it is left as it is. Format: System V ABI, chapter 4.
 * Run by the build: {@code java StripSymbols.java <library>}.
 */
public final class StripSymbols {
  private static final int MAGIC = 0x464c457f;
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int PROGRAM_HEADERS = 0x20;
  private static final int SECTION_HEADERS = 0x28;
  private static final int PROGRAM_HEADER_COUNT = 0x38;
  private static final int SECTION_HEADER_BYTES = 0x3A;
  private static final int SECTION_COUNT = 0x3C;
  private static final int NAMES_INDEX = 0x3E;
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int SYMBOL_TABLE = 2;
  private static final int NO_BITS = 8;

  private StripSymbols() {}

  /** Runs with the library's path. */
  public static void main(String[] arguments) throws IOException {
    Path library = Path.of(arguments[0]);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer stripped = stripped(file);
    if (stripped == null) {
      System.out.println(library + " has no symbol table at its end: left as it is");
      return;
    }
    Path draft = library.resolveSibling(library.getFileName() + ".stripped");
    Files.write(draft, stripped.array());
    Files.setPosixFilePermissions(draft, Files.getPosixFilePermissions(library));
    Files.delete(library);
    Files.move(draft, library);
    System.out.println(library + ": " + file.capacity() + " bytes, without symbols " + stripped.capacity());
  }

  private record Section(int index, int type, long offset, long size, int link, byte[] header) {}

  /** Returns the library without its symbols; null if it is laid out in another way. */
  private static ByteBuffer stripped(ByteBuffer file) {
    if (file.capacity() < HEADER_BYTES
        || file.getInt(0) != MAGIC
        || file.get(4) != CLASS_64
        || file.get(5) != LITTLE_ENDIAN
        || file.getShort(SECTION_HEADER_BYTES) != HEADER_BYTES) {
      return null;
    }
    List<Section> sections = sections(file);
    Section symbols =
        sections.stream().filter(section -> section.type == SYMBOL_TABLE).findFirst().orElse(null);
    int namesIndex = file.getShort(NAMES_INDEX);
    if (symbols == null || symbols.index + 1 != symbols.link || symbols.link + 1 != namesIndex || namesIndex + 1 != sections.size()) {
      return null;
    }
    for (Section section : sections.subList(0, symbols.index)) {
      if ((section.type != NO_BITS && section.offset + section.size > symbols.offset) || section.link >= symbols.index) {
        return null;
      }
    }
    if (isLoadedFrom(file, symbols.offset)) {
      return null;
    }
    Section names = sections.get(namesIndex);
    int namesOffset = (int) symbols.offset;
    int headersOffset = (namesOffset + (int) names.size + 7) & -8;
    int count = symbols.index + 1;
    ByteBuffer result = ByteBuffer.allocate(headersOffset + count * HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    result.put(0, file, 0, namesOffset);
    result.put(namesOffset, file, (int) names.offset, (int) names.size);
    for (Section section : sections.subList(0, symbols.index)) {
      result.put(headersOffset + section.index * HEADER_BYTES, section.header);
    }
    int namesHeader = headersOffset + symbols.index * HEADER_BYTES;
    result.put(namesHeader, names.header);
    result.putLong(namesHeader + 0x18, namesOffset);
    result.putLong(SECTION_HEADERS, headersOffset);
    result.putShort(SECTION_COUNT, (short) count);
    result.putShort(NAMES_INDEX, (short) symbols.index);
    return result;
  }

  private static List<Section> sections(ByteBuffer file) {
    List<Section> sections = new ArrayList<>();
    int at = (int) file.getLong(SECTION_HEADERS);
    for (int i = 0; i < file.getShort(SECTION_COUNT); i++, at += HEADER_BYTES) {
      byte[] header = new byte[HEADER_BYTES];
      file.get(at, header);
      sections.add(
          new Section(
              i, file.getInt(at + 4), file.getLong(at + 0x18), file.getLong(at + 0x20), file.getInt(at + 0x28), header));
    }
    return sections;
  }

  /** Whether a segment that is loaded ends after a place in the file. */
  private static boolean isLoadedFrom(ByteBuffer file, long offset) {
    int at = (int) file.getLong(PROGRAM_HEADERS);
    for (int i = 0; i < file.getShort(PROGRAM_HEADER_COUNT); i++, at += PROGRAM_HEADER_BYTES) {
      if (file.getLong(at + 8) + file.getLong(at + 0x20) > offset) {
        return true;
      }
    }
    return false;
  }
}
