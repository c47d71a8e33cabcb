package dev.varve.server.datatype.check;

/** Checks the members of a spread set. */
final class SetCheck {
  private final Subject subject;

  SetCheck(Subject subject) {
    this.subject = subject;
  }

  void run() {
    long count = 0;
    try (Walk walk = subject.part(1)) {
      while (walk.next()) {
        if (!subject.isPlaced(walk.key())) {
          subject.stray(walk.key(), "a member that isn't where its hash says");
        } else {
          count++;
        }
      }
    }
    subject.counted(count);
    subject.settle(count, subject.head.own);
  }
}
