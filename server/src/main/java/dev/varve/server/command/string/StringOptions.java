package dev.varve.server.command.string;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Errors;

/**
 * The options of SET and GETEX.
 *
 * @param onlyIfAbsent NX
 * @param onlyIfPresent XX
 * @param get GET: answer the value before
 * @param keepDeadline KEEPTTL
 * @param persist PERSIST: drop the deadline
 * @param expire how the deadline is given; null if it isn't
 * @param expireArgument index of the argument that gives it
 */
record StringOptions(
    boolean onlyIfAbsent,
    boolean onlyIfPresent,
    boolean get,
    boolean keepDeadline,
    boolean persist,
    ExpireOption expire,
    int expireArgument) {
  private static final long NX = Request.upperCaseWord("NX");
  private static final long XX = Request.upperCaseWord("XX");
  private static final long GET = Request.upperCaseWord("GET");
  private static final long KEEPTTL = Request.upperCaseWord("KEEPTTL");
  private static final long PERSIST = Request.upperCaseWord("PERSIST");
  private static final long EX = Request.upperCaseWord("EX");
  private static final long PX = Request.upperCaseWord("PX");
  private static final long EXAT = Request.upperCaseWord("EXAT");
  private static final long PXAT = Request.upperCaseWord("PXAT");

  static StringOptions ofSet(Request request) {
    return parse(request, 3, true);
  }

  static StringOptions ofGetEx(Request request) {
    return parse(request, 2, false);
  }

  private static StringOptions parse(Request request, int first, boolean set) {
    boolean nx = false;
    boolean xx = false;
    boolean get = false;
    boolean keep = false;
    boolean persist = false;
    ExpireOption expire = null;
    int expireArgument = 0;
    for (int i = first; i < request.argumentCount(); i++) {
      long word = request.argumentLength(i) > Long.BYTES ? 0 : request.upperCaseWord(i);
      ExpireOption given = expireOption(word);
      if (set && word == NX && !xx) {
        nx = true;
      } else if (set && word == XX && !nx) {
        xx = true;
      } else if (set && word == GET) {
        get = true;
      } else if (set && word == KEEPTTL && expire == null) {
        keep = true;
      } else if (!set && word == PERSIST && expire == null) {
        persist = true;
      } else if (given != null
          && (expire == null || expire == given)
          && !keep
          && !persist
          && i + 1 < request.argumentCount()) {
        expire = given;
        expireArgument = ++i;
      } else {
        throw Errors.syntax();
      }
    }
    return new StringOptions(nx, xx, get, keep, persist, expire, expireArgument);
  }

  private static ExpireOption expireOption(long word) {
    if (word == EX) {
      return ExpireOption.EX;
    }
    if (word == PX) {
      return ExpireOption.PX;
    }
    if (word == EXAT) {
      return ExpireOption.EXAT;
    }
    return word == PXAT ? ExpireOption.PXAT : null;
  }
}
