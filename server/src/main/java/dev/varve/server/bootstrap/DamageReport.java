package dev.varve.server.bootstrap;

import com.google.gson.stream.JsonWriter;
import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.server.datatype.check.Fault;
import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a verification finds, as one JSON object. Damages are written as they come: there may be
 * more than memory holds.
 */
final class DamageReport implements VerificationListener {
  private final PrintStream out;
  private final JsonWriter json;

  DamageReport(PrintStream out, Path directory) throws IOException {
    this.out = out;
    json = new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    json.beginObject().name("directory").value(directory.toString()).name("damages").beginArray();
  }

  @Override
  public void progressed(long bytes, long totalBytes) {}

  @Override
  public void damaged(Damage damage) {
    try {
      json.beginObject()
          .name("file")
          .value(damage.file())
          .name("offset")
          .value(damage.offset())
          .name("expected")
          .value(damage.expected())
          .endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All files were read. */
  void files(Verification result) throws IOException {
    json.endArray()
        .name("sound")
        .value(result.isSound())
        .name("tables")
        .value(result.tables())
        .name("entries")
        .value(result.entries())
        .name("blobFiles")
        .value(result.blobFiles())
        .name("logSegments")
        .value(result.logSegments())
        .name("lastSequence")
        .value(result.lastSequence())
        .name("bytes")
        .value(result.bytes())
        .name("faults")
        .beginArray();
  }

  /** Takes one thing that is wrong with what keys lead to. */
  void found(Fault fault, int databaseId, byte[] key, String detail) {
    try {
      json.beginObject().name("fault").value(fault.name());
      json.name("databaseId").value(Integer.toUnsignedLong(databaseId));
      if (key != null) {
        json.name("key").value(new String(key, StandardCharsets.ISO_8859_1));
      }
      json.name("detail").value(detail).endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Everything was read.
   *
   * @param collections null: files are damaged, so nothing was looked at in them
   */
  void end(CollectionCheck.Result collections) throws IOException {
    json.endArray();
    if (collections != null) {
      json.name("keys").value(collections.keys());
      json.name("packed").value(collections.packed());
      json.name("spread").value(collections.spread());
      json.name("unreachable").value(collections.unreachable());
    }
    endObject();
  }

  /** It could not go on. */
  void end(StorageException cause) throws IOException {
    json.endArray().name("error").value(cause.getMessage());
    endObject();
  }

  private void endObject() throws IOException {
    json.endObject();
    json.flush();
    out.println();
  }
}
