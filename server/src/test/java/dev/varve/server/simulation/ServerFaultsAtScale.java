package dev.varve.server.simulation;

import static dev.varve.storage.engine.DeliberateFault.affirm;
import static dev.varve.storage.engine.DeliberateFault.divert;

import dev.varve.storage.engine.DeliberateFault;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * As {@link ServerFaultsTest}, with faults that hardly any seed finds, so that it takes minutes:
 * run by {@code .ci/simulate --faults}.
 */
final class ServerFaultsAtScale {
  private static final int SEEDS = 800;

  static Stream<DeliberateFault> rareFaults() {
    return Stream.of(
            divert(
                "what was read before a flush is taken for what is there",
                "datatype.Misses",
                "holdsFor",
                "ReadView.flushedSequence",
                "nothingFlushed"),
            divert(
                "a view goes by databases as they are to be, before that is published",
                "datatype.Databases",
                "id",
                "ReadView.sequence",
                "newestSequence"),
            affirm(
                "CLIENT CACHING holds for the rest of a pipeline",
                "network.BatchReads",
                "rememberReads",
                "Session.outlastsCaching"))
        .map(fault -> fault.beneath(ServerFaultsTest.ROOT, ServerWrongTurns.class));
  }

  @ParameterizedTest
  @MethodSource("rareFaults")
  void isFound(DeliberateFault fault) throws Throwable {
    ServerFaultsTest.find(fault, SEEDS);
  }
}
