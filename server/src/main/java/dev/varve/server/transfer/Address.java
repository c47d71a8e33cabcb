package dev.varve.server.transfer;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLSocketFactory;

/**
 * Where a server is, and who asks it.
 *
 * @param user null: the default one
 * @param password null: none is needed
 * @param database the one that is selected; -1: none was named
 * @param tls encrypts the connection; null: it is in the clear
 */
public record Address(
    SocketAddress socket, String user, String password, int database, SSLSocketFactory tls) {
  private static final String FORMS =
      "redis://[[user]:password@]host[:port][/db], rediss://… or unix:///path";

  /** Where Redis listens. */
  private static final int DEFAULT_PORT = 6379;

  /** Whether an address says that the connection is encrypted: it begins with {@code rediss:}. */
  public static boolean isEncrypted(String text) {
    return "rediss".equals(URI.create(text).getScheme());
  }

  /**
   * Returns what {@code redis://[[user]:password@]host[:port][/db]}, {@code rediss://…}, which is
   * the same over TLS, or {@code unix:///path} says.
   *
   * @param tls encrypts the connection if the address {@linkplain #isEncrypted says so}
   * @throws IllegalArgumentException if it is none of these, with what is wrong
   */
  public static Address of(String text, SSLSocketFactory tls) {
    boolean encrypted = isEncrypted(text);
    URI uri = URI.create(text);
    String scheme = uri.getScheme();
    if ("unix".equals(scheme) && uri.getPath() != null) {
      return ofUnixSocket(Path.of(uri.getPath()));
    }
    if ((!encrypted && !"redis".equals(scheme)) || uri.getHost() == null) {
      throw new IllegalArgumentException("\"" + text + "\" isn't " + FORMS);
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    int database = -1;
    if (path.length() > 1) {
      if (!path.matches("/[0-9]{1,7}")) {
        throw new IllegalArgumentException("\"" + path.substring(1) + "\" is no database");
      }
      database = Integer.parseInt(path.substring(1));
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    String[] who = who(uri.getRawUserInfo());
    InetSocketAddress socket = new InetSocketAddress(uri.getHost(), port);
    return new Address(socket, who[0], who[1], database, encrypted ? tls : null);
  }

  /** Returns the address of a server that listens on a unix socket and asks for no password. */
  public static Address ofUnixSocket(Path path) {
    return new Address(UnixDomainSocketAddress.of(path), null, null, -1, null);
  }

  private static String[] who(String info) {
    if (info == null) {
      return new String[] {null, null};
    }
    int colon = info.indexOf(':');
    String user = colon <= 0 ? null : decoded(info.substring(0, colon));
    return new String[] {user, decoded(info.substring(colon + 1))};
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Says where it is, without the password. */
  @Override
  public String toString() {
    return socket instanceof InetSocketAddress inet
        ? inet.getHostString() + ":" + inet.getPort()
        : socket.toString();
  }
}
