package dev.varve.server.writer;

import dev.varve.server.datatype.KeyUse;
import java.util.List;

/**
 * A command whose result is being built aside, see {@link BuildSteps}.
 *
 * @param uses the keys that it uses, which are leased to it
 * @param databaseId of the key that gets the result
 * @param id that the elements of the result are kept under
 * @param sequence what a view must show that it reads from
 * @param client number of the connection
 */
public record Build(List<KeyUse> uses, int databaseId, long id, long sequence, long client) {}
