package dev.varve.server.datatype.check;

/**
 * Takes what would mend a database. All of it is to be applied in the order in which it comes; it
 * may be in several steps, of which each leaves the database no worse.
 */
public interface Changes {
  /** For one who only wants to know. */
  Changes NONE =
      new Changes() {
        @Override
        public void put(byte[] key, byte[] value) {}

        @Override
        public void delete(byte[] key) {}

        @Override
        public void abandon(byte[] begin, byte[] end) {}

        @Override
        public void count(long group, long delta) {}
      };

  /** Gives an engine's key a value. */
  void put(byte[] key, byte[] value);

  /** Removes an engine's key. */
  void delete(byte[] key);

  /** Nothing can reach these keys any more. */
  void abandon(byte[] begin, byte[] end);

  /** A group has so many keys more. */
  void count(long group, long delta);
}
