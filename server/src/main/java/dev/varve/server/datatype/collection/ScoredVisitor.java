package dev.varve.server.datatype.collection;

/** Takes members with their scores; those of sets have the score 1. */
@FunctionalInterface
public interface ScoredVisitor {
  /** Takes a member; its bytes are valid until it returns. */
  void visit(byte[] bytes, int offset, int length, double score);
}
