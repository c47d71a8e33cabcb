package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OpenFilesTest {
  @Test
  void clientsGetAllThatDataLeaves() {
    assertEquals(10_000, OpenFiles.clients(10_000, Long.MAX_VALUE));
    assertEquals(10_000, OpenFiles.clients(10_000, 11_024));
    assertEquals(9_999, OpenFiles.clients(10_000, 11_023));
  }

  /** With 1,024 files, a common limit, no more than 32 clients were taken. */
  @Test
  void ofFewFilesHalfAreForClients() {
    assertEquals(512, OpenFiles.clients(10_000, 1_024));
    assertEquals(50, OpenFiles.clients(50, 1_024));
    assertEquals(32, OpenFiles.clients(10_000, 20));
  }

  @Test
  void tablesGetWhatClientsAndTheServerItselfLeave() {
    assertEquals(Integer.MAX_VALUE, OpenFiles.tables(10_000, Long.MAX_VALUE));
    assertEquals(960, OpenFiles.tables(10_000, 11_024));
    assertEquals(1_038_512, OpenFiles.tables(10_000, 1_048_576));
    assertEquals(448, OpenFiles.tables(10_000, 1_024));
    assertEquals(910, OpenFiles.tables(50, 1_024));
    assertEquals(8, OpenFiles.tables(10_000, 96));
  }
}
