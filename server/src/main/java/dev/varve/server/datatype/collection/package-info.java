/**
 * What all collections have in common, be they lists, sets, sorted sets, hashes or streams. A
 * collection is <i>packed</i> while it is small: all of it is one value of its key. One that grows
 * beyond {@link dev.varve.server.datatype.collection.CollectionLimits} is <i>spread</i>: its key
 * holds no more than a head, and each element is an engine key of its own under the collection's
 * id. It stays so until it is gone.
 *
 * <p>How a type is built on this: it has one {@link
 * dev.varve.server.datatype.collection.StoredCollection} for the key that is worked on, which knows
 * form, encoding and count. A command {@linkplain
 * dev.varve.server.datatype.collection.StoredCollection#find finds} it, reads and changes elements,
 * and {@linkplain dev.varve.server.datatype.collection.StoredCollection#store stores} it if it has
 * changed something, once, at the end. Packed elements lie in {@link
 * dev.varve.server.datatype.collection.Packed}, which the type gives its order. Elements of spread
 * ones are reached through {@link dev.varve.server.datatype.Elements}: the type says what stands in
 * a key after the prefix; what has members that are looked up by name, in no order, uses {@link
 * dev.varve.server.datatype.collection.Members}. When an element doesn't fit any more, the type
 * {@linkplain dev.varve.server.datatype.collection.StoredCollection#spread spreads} the collection
 * and puts what was packed.
 *
 * <p>What is done with whole keys (DEL, RENAME, COPY, EXPIRE, expiry, FLUSHDB …) is done by {@link
 * dev.varve.server.datatype.Keyspace}, which knows no more of a collection than where its head has
 * its id: a type has nothing to do for them.
 */
package dev.varve.server.datatype.collection;
