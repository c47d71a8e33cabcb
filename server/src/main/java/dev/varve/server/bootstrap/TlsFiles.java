package dev.varve.server.bootstrap;

import dev.varve.server.tls.ClientTls;
import dev.varve.server.tls.TlsException;
import dev.varve.server.transfer.Address;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of commands that connect to servers: the files for TLS, named as in redis-cli. */
final class TlsFiles {
  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description =
          "with rediss://: certificates (PEM) of who is believed; those that Java knows, if this"
              + " isn't given. The server's must be for the host that the URL names")
  private Path authorities;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "with rediss://: the certificate (PEM) that is shown to the server")
  private Path certificate;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "with --cert: its private key (PEM), in the clear")
  private Path key;

  /**
   * Checks the options beside the URLs that were given.
   *
   * @param urls null: one that wasn't
   * @throws IllegalArgumentException if they make no sense
   */
  void check(String... urls) {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("--cert and --key go together");
    }
    boolean encrypts = false;
    for (String url : urls) {
      encrypts |= url != null && Address.isEncrypted(url);
    }
    if (!encrypts && (authorities != null || certificate != null)) {
      throw new IllegalArgumentException("--cacert, --cert and --key are for rediss://");
    }
  }

  /**
   * Returns the address that a URL says, with what its connections need.
   *
   * @throws IOException if a file isn't what it must be
   * @throws IllegalArgumentException if the URL is wrong
   */
  Address address(String url) throws IOException {
    if (!Address.isEncrypted(url)) {
      return Address.of(url, null);
    }
    try {
      return Address.of(url, ClientTls.sockets(authorities, certificate, key));
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
