package dev.varve.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** TLS of connections to other servers, with certificates and keys in PEM files. */
public final class ClientTls {
  private static final char[] NO_PASSWORD = {};

  private ClientTls() {}

  /**
   * Returns what encrypts connections.
   *
   * @param authorities certificates of who is believed; null: those that the JDK believes
   * @param certificate what is shown to servers that ask who it is, with those that lead to its
   *     authority after it; null: nothing
   * @param key the certificate's private key, in the clear; null if there is no certificate
   * @throws TlsException if a file can't be read, or holds something else, with its name
   */
  public static SSLSocketFactory sockets(Path authorities, Path certificate, Path key)
      throws TlsException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          certificate == null ? null : keys(certificate, key),
          authorities == null ? null : trust(authorities),
          null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsException(e.getMessage(), e);
    }
  }

  private static TrustManager[] trust(Path file)
      throws TlsException, GeneralSecurityException, IOException {
    KeyStore store = empty();
    for (X509Certificate certificate : certificates(file)) {
      store.setCertificateEntry("authority " + store.size(), certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyManager[] keys(Path certificate, Path file)
      throws TlsException, GeneralSecurityException, IOException {
    X509Certificate[] chain = certificates(certificate).toArray(X509Certificate[]::new);
    PrivateKey key;
    try {
      key = PrivateKeys.read(Certificates.text(file), "");
    } catch (TlsException e) {
      throw new TlsException(file + ": " + e.getMessage(), e);
    }
    KeyStore store = empty();
    store.setKeyEntry("client", key, NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static List<X509Certificate> certificates(Path file) throws TlsException {
    try {
      return Certificates.ofFile(file);
    } catch (TlsException e) {
      throw new TlsException(file + ": " + e.getMessage(), e);
    }
  }
}
