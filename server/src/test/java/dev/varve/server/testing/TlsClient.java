package dev.varve.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** What a client needs for TLS: whom it trusts, and perhaps a certificate of its own. */
public final class TlsClient {
  private static final char[] NO_PASSWORD = {};

  private final SSLContext context;

  /**
   * Reads certificates.
   *
   * @param authority {@code NAME.crt} in the folder that the server's certificate must come from
   * @param name of its own certificate and key there; null: none
   */
  public TlsClient(Path folder, String authority, String name)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = store();
    trusted.setCertificateEntry("authority", certificate(folder.resolve(authority + ".crt")));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyStore own = store();
    if (name != null) {
      own.setKeyEntry(
          "own",
          key(folder.resolve(name + ".key")),
          NO_PASSWORD,
          new Certificate[] {certificate(folder.resolve(name + ".crt"))});
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, NO_PASSWORD);
    context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
  }

  private static KeyStore store() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Certificate certificate(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
    byte[] encoded = Base64.getMimeDecoder().decode(base64);
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
  }

  /** Returns what makes sockets, for clients that make them themselves. */
  public SSLContext context() {
    return context;
  }

  /** Connects to the loopback, with no handshake yet. */
  public SSLSocket connect(int port) throws IOException {
    return (SSLSocket)
        context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
  }
}
